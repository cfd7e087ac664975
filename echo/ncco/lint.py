"""
The linter for NCCOs: every action, endpoint and option, with the place of each mistake.

An *error* is what the provider refuses. A *warning* is what it may well take: where its documents disagree, what
they do not know, or what is hardly meant. Which is which is said by the rules, :mod:`echo.ncco.rules`.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from echo.errors import UntrustedTextError
from echo.ncco.rules import PLACEHOLDER, WARNINGS, validator
from echo.ncco.template import MAX_BYTES, told_of
from echo.ncco.wording import place, sentence
from echo.untrusted import Json, parse_json

if TYPE_CHECKING:
    from jsonschema import ValidationError

#: More findings than these are not looked for.
FINDINGS: Final = 100

#: As deep as :func:`echo.untrusted.parse_json` lets a document be.
DEPTH: Final = 16

#: Keywords that are about a whole value: once one has found a mistake, the rest about that value is noise.
_WHOLE: Final = frozenset(
    {"enum", "maxItems", "maxLength", "maximum", "minItems", "minLength", "minimum", "not", "pattern", "type"}
)

#: Keywords that cannot tell as long as there is a placeholder in the string.
_OF_TEXT: Final = frozenset({"enum", "maxLength", "minLength", "pattern"})

Path: TypeAlias = "tuple[str | int, ...]"


@dataclass(frozen=True)
class Finding:
    """
    One thing that the linter found.

    Attributes:
        path: where, as in ``$[0].endpoint[0].uri``; ``$`` is the whole document.
        severity: ``error`` for what the provider refuses, ``warning`` for what it may take.
        problem: one sentence: what is wrong and what is allowed.
    """

    path: str
    severity: Literal["error", "warning"]
    problem: str

    @property
    def sentence(self) -> str:
        """The problem, by the name that it has in reports."""
        return self.problem

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


def lint_text(body: bytes, *, placeholders: bool = False) -> list[Finding]:
    """
    Check a text that should be an NCCO: first whether it is JSON at all, then as :func:`lint` does.

    Args:
        body: UTF-8, at most ``MAX_BYTES``; a byte order mark is the mark of an editor, and no mistake.
        placeholders: whether ``${name}`` in a string stands for a value that is filled in later.
    """
    body = body.removeprefix(BOM_UTF8)
    try:
        document = parse_json(body, MAX_BYTES, DEPTH)
    except UntrustedTextError as error:
        return [Finding("$", "error", told_of(error, body))]
    return lint(document, placeholders=placeholders)


def lint(document: Json, *, placeholders: bool = False) -> list[Finding]:
    """
    Check a document that should be an NCCO.

    Args:
        document: any JSON value, however large; time and findings are bounded.
        placeholders: whether ``${name}`` in a string stands for a value that is filled in later.

    Returns:
        What was found, in the order of the document, ``FINDINGS`` at most.
    """
    if _too_deep(document):
        return [
            Finding("$", "error", f"the document is nested deeper than the {DEPTH} levels that are allowed")
        ]
    # In the order of the document, once it is known which there are: the schema has an order of its own.
    errors = list(islice(_errors(document, placeholders=placeholders), FINDINGS + 1))
    errors.sort(
        key=lambda error: (_position(document, tuple(error.absolute_path)), error.validator in WARNINGS)
    )
    found = list(dict.fromkeys(map(_finding, errors)))
    if len(errors) <= FINDINGS:
        return found
    more = f"there are more than {FINDINGS - 1} findings; mend these first"
    return [*found[: FINDINGS - 1], Finding("$", "error", more)]


def _finding(error: ValidationError) -> Finding:
    severity: Literal["error", "warning"] = "warning" if error.validator in WARNINGS else "error"
    return Finding(place(error.absolute_path), severity, sentence(error))


def _errors(document: Json, *, placeholders: bool) -> Iterator[ValidationError]:
    """Give what the schema finds, without what only follows from another mistake."""
    wrong: set[Path] = set()
    for error in validator().iter_errors(document):
        path = tuple(error.absolute_path)
        if placeholders and _is_open(error):
            continue
        if error.validator in _WHOLE or _is_conditional(error):
            if path in wrong:
                continue
            if error.validator in _WHOLE:
                wrong.add(path)
        yield error


def _is_open(error: ValidationError) -> bool:
    """Tell whether the finding hangs on a value that a placeholder stands for."""
    text = error.instance
    depends = error.validator in _OF_TEXT or _is_conditional(error)
    return depends and isinstance(text, str) and PLACEHOLDER.search(text) is not None


def _is_conditional(error: ValidationError) -> bool:
    """Tell a warning about some values of a property from one about the property."""
    return error.validator == "deprecationMessage" and list(error.absolute_schema_path)[-2] in {
        "then",
        "else",
    }


def _position(document: Any, path: Path) -> tuple[int, ...]:
    """Say how far into the document a path leads, in numbers that sort."""
    position = []
    for step in path:
        position.append(step if isinstance(step, int) else list(document).index(step))
        document = document[step]
    return tuple(position)


def _too_deep(document: Json) -> bool:
    """Look level by level, without recursion, which a hostile document would exhaust."""
    level: list[Json] = [document]
    for _ in range(DEPTH + 1):
        level = [child for each in level for child in _children(each)]
    return bool(level)


def _children(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
