"""What a person is told of a finding: its place in the document and one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, cast

from echo.untrusted import Json, clean, kind

if TYPE_CHECKING:
    from jsonschema import ValidationError

#: So many characters of the document a sentence, or a step of a path, repeats.
SHOWN: Final = 64

#: How near a word must be to be taken for a name, from 0 to 1 (difflib's ratio); and how near if it begins otherwise.
_NEAR, _NEARER = 0.75, 0.85

#: So many unknown names are compared with those that are missing.
_GUESSED: Final = 20

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)

#: With their articles. Where the schema allows two types it says in its own words what is required.
_TYPES = {"array": "an array", "object": "an object", "string": "a string"}


def place(path: Iterable[str | int]) -> str:
    """Write the path of a value, as in ``$[1].endpoint[0].uri``; names that are no words go in brackets."""
    return "$" + "".join(map(_step, path))


@dataclass(frozen=True)
class _Mistake:
    """
    What was found.

    Attributes:
        keyword: which keyword of the schema found it.
        rule: the value of that keyword.
        value: what stands in the document.
        name: the last step of its path.
        schema: the object of the schema that has the keyword; our keywords never are ``true`` or ``false``.
    """

    keyword: str
    rule: Any
    value: Any
    name: str
    schema: Mapping[str, Any]


def sentence(error: ValidationError) -> str:
    """Say what is wrong and what is allowed, in the words of the schema where it has some."""
    keyword, schema = str(error.validator), cast("Mapping[str, Any]", error.schema)
    say = _SENTENCES.get(keyword)
    if say is None:
        return error.message  # the keywords of rules.py bring their own
    name = str(error.absolute_path[-1]) if error.absolute_path else ""
    return say(_Mistake(keyword, error.validator_value, error.instance, name, schema))


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if len(step) <= SHOWN and _PLAIN_NAME.fullmatch(step) else f"[{_quoted(step)}]"


def _quoted(text: str) -> str:
    return f'"{clean(text, SHOWN)}"'


def _shown(value: Json) -> str:
    """Repeat a simple value; of a large one, tell the kind."""
    if isinstance(value, str):
        return _quoted(value)
    if value is None or isinstance(value, list | dict):
        return kind(value)
    return clean(str(value).lower() if isinstance(value, bool) else str(value), SHOWN)


def _where(found: str, mistake: _Mistake, otherwise: str) -> str:
    """Put what was found beside what the schema requires, in its own words or in ``otherwise``."""
    words = mistake.schema
    own = words.get(f"{mistake.keyword}ErrorMessage") or words.get("errorMessage")
    return f"{found} where {own or f'{otherwise} is required'}"


def _wrong_type(mistake: _Mistake) -> str:
    return _where(_shown(mistake.value), mistake, _TYPES.get(str(mistake.rule), ""))


def _wrong_value(mistake: _Mistake) -> str:
    return _where(_shown(mistake.value), mistake, "another value")


def _empty(mistake: _Mistake) -> str:
    return _where("an empty array" if mistake.keyword == "minItems" else '""', mistake, "something")


def _too_many(mistake: _Mistake) -> str:
    return _where(f"an array of {len(mistake.value)} items", mistake, f"at most {mistake.rule}")


def _too_long(mistake: _Mistake) -> str:
    return f"{len(mistake.value)} characters where at most {mistake.rule} are allowed"


def _out_of_range(mistake: _Mistake) -> str:
    """Give both limits where there are both."""
    low, high = mistake.schema["minimum"], mistake.schema.get("maximum")
    allowed = f"at least {low}" if high is None else f"{low} to {high}"
    return f"{_shown(mistake.value)} where {allowed} is allowed"


def _not_listed(mistake: _Mistake) -> str:
    """Name the values that there are, and the one that was probably meant."""
    named = ", ".join(f'"{value}"' for value in mistake.rule)
    told = _where(_shown(mistake.value), mistake, f"one of {named}" if len(mistake.rule) > 1 else named)
    advice = _advice(mistake.value, mistake.schema, mistake.rule)
    return f"{told}; {advice}" if advice else told


def _unknown(mistake: _Mistake) -> str:
    """Name the property that was probably meant, or all that there are."""
    known = sorted(mistake.schema["properties"])
    advice = _advice(mistake.name, mistake.schema, known) or f"known are {', '.join(known)}"
    return f"no document of the provider knows the property {_quoted(mistake.name)}; {advice}"


def _advice(word: str, schema: Mapping[str, Any], allowed: Iterable[str]) -> str | None:
    """Guess what ``word`` was meant for: by a hint of the schema, by its spelling, or by its letters."""
    hints: Mapping[str, str] = schema.get("x-hints", {})
    if word in hints or len(word) > SHOWN:
        return hints.get(word)
    near = _near(_letters(word), {_letters(name): name for name in (*hints, *allowed)})
    return None if near is None else hints.get(near, f'did you mean "{near}"?')


def _near(meant: str, spellings: Mapping[str, str]) -> str | None:
    """Find the one name that begins with these letters and has few more, or the one that is nearly spelt so."""
    longer = [name for name in spellings if name.startswith(meant) and len(meant) >= min(5, len(name) / 2)]
    if len(longer) == 1:
        return spellings[longer[0]]
    # two words in four letters of which one differs, as code and mode, are two words unless they begin alike
    close = get_close_matches(meant, spellings, n=3, cutoff=_NEAR)
    found = (
        name for name in close if name[:1] == meant[:1] or get_close_matches(meant, [name], cutoff=_NEARER)
    )
    return next((spellings[name] for name in found), None)


def misspelt(
    document: Mapping[str, Json], schema: Mapping[str, Any], required: Iterable[str]
) -> dict[str, str]:
    """
    Find properties that are missing, and others that are probably meant for them.

    Returns:
        The names that are missing, by those that stand in their place.
    """
    missing = [name for name in required if name not in document]
    if not missing:
        return {}
    known: Mapping[str, Any] = schema.get("properties", {})
    found: dict[str, str] = {}
    for name in islice((name for name in document if name not in known), _GUESSED):
        advice = _advice(name, schema, sorted(known)) or ""
        meant = next((each for each in missing if f'mean "{each}"?' in advice), None)
        if meant is not None and meant not in found.values():
            found[name] = meant
    return found


def absent(missing: Sequence[str], instead: Mapping[str, str]) -> str:
    """Say that properties are missing, and what stands in their place, as :func:`misspelt` has it."""
    named = " and ".join(f'"{name}"' for name in missing)
    told = f"{named} {'is' if len(missing) == 1 else 'are'} missing"
    if not instead:
        return told
    if len(missing) == 1:
        return f"{told}; did you mean it by {_quoted(next(iter(instead)))}?"
    pairs = [f'"{name}" by {_quoted(word)}' for word, name in instead.items()]
    return f"{told}; did you mean {' and '.join(pairs)}?"


def _letters(name: str) -> str:
    """Leave out what differs between camelCase, snake_case and kebab-case."""
    return re.sub(r"[_\s-]", "", name).lower()


_SENTENCES: Final[dict[str, Callable[[_Mistake], str]]] = {
    "additionalProperties": _unknown,
    "enum": _not_listed,
    "maxItems": _too_many,
    "maxLength": _too_long,
    "maxProperties": _wrong_value,
    "maximum": _out_of_range,
    "minItems": _empty,
    "minLength": _empty,
    "minimum": _out_of_range,
    "not": _wrong_value,
    "pattern": _wrong_value,
    "type": _wrong_type,
}
