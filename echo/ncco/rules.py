"""
The rules of an NCCO: one JSON Schema (draft 2020-12), and the few keywords that JSON Schema lacks.

``schema.json`` is part of the package and of use to editors by itself. It is read here, once, in the way that
Python reads modules; nothing else in :mod:`echo.ncco` touches a file. ``docs/ncco.rst`` tells the keywords.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from echo.ncco.wording import absent, misspelt
from echo.untrusted import Json

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

#: How many items of one array are looked at. Scripts have a dozen actions; a megabyte of them holds 50,000.
ITEMS: Final = 200

#: What stands in a template for a value that is not known yet.
PLACEHOLDER: Final = re.compile(r"\$\{[^{}]*\}")

#: Keywords that find what may well work: a warning where all others find an error.
WARNINGS: Final = frozenset({"additionalProperties", "deprecationMessage", "items", "x-order"})

_TAG = re.compile(r"<[^<>]*>")
_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")


@cache
def schema() -> dict[str, Any]:
    """Read the schema that comes with the package; not to be changed."""
    loaded: dict[str, Any] = json.loads(files(__package__).joinpath("schema.json").read_text("utf-8"))
    return loaded


@cache
def action_names() -> tuple[str, ...]:
    """Name every action that there is; the last one is going."""
    return tuple(schema()["$defs"]["action"]["properties"]["action"]["enum"])


@cache
def validator() -> Validator:
    """Make the validator, once: jsonschema takes a tenth of a second to import, and not everybody lints."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415  # see above
    from jsonschema.validators import extend  # noqa: PLC0415

    ours = {
        "additionalProperties": _additional_properties,
        "dependentRequired": _dependent_required,
        "deprecationMessage": _deprecation_message,
        "items": _items,
        "maximum": _of_strings_too(Draft202012Validator.VALIDATORS["maximum"]),
        "minimum": _of_strings_too(Draft202012Validator.VALIDATORS["minimum"]),
        "pattern": _pattern,
        "required": _required,
        "x-max-bytes": _max_bytes,
        "x-max-spoken": _max_spoken,
        "x-order": _order,
    }
    made: Validator = extend(Draft202012Validator, ours)(schema())  # type: ignore[no-untyped-call]  # its stub has no types
    return made


def _found(sentence: str, *path: str | int) -> ValidationError:
    """Make one finding, at ``path`` below the value that is looked at."""
    from jsonschema import ValidationError  # noqa: PLC0415  # as above; loaded by now

    return ValidationError(sentence, path=path)


def _additional_properties(
    _validator: Validator, _rule: Json, instance: Json, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Find unknown properties, each at its own place."""
    if isinstance(instance, dict):
        told = misspelt(instance, schema, schema.get("required", ()))  # by what is missing
        yield from (
            _found("", name) for name in instance if name not in schema["properties"] and name not in told
        )


def _deprecation_message(
    _validator: Validator, message: str, _instance: Json, _schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Find every value that comes here: conditions in the schema have sorted out the others."""
    yield _found(message)


def _items(
    validator: Any, rule: Mapping[str, Any], instance: Json, _schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Look at the first items only, so that the time is bounded, and say so."""
    if not isinstance(instance, list):
        return
    for index, item in enumerate(instance[:ITEMS]):
        yield from validator.descend(item, rule, path=index)
    if len(instance) > ITEMS:
        yield _found(f"only the first {ITEMS} of {len(instance)} items were looked at")


def _of_strings_too(stock: Any) -> Any:
    """Let a limit hold for numbers in quotes too; other strings are none of its business."""

    def limited(validator: Validator, limit: float, instance: Json, schema: Mapping[str, Any]) -> Any:
        if isinstance(instance, str):
            if not _NUMBER.fullmatch(instance):
                return ()
            instance = float(instance)
        return stock(validator, limit, instance, schema)

    return limited


def _pattern(
    _validator: Validator, pattern: str, instance: Json, _schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Match as ECMA 262 does, whose ``$`` is the very end; Python's allows a line feed after it."""
    if pattern.endswith("$"):
        pattern = pattern[:-1] + r"\Z"
    if isinstance(instance, str) and not re.search(pattern, instance):
        yield _found("")


def _required(
    _validator: Validator, names: Sequence[str], instance: Json, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Find all missing properties of an object at once; they have no place of their own."""
    if isinstance(instance, dict):
        missing = [name for name in names if name not in instance]
        if missing:
            yield _found(absent(missing, misspelt(instance, schema, names)))


def _dependent_required(
    _validator: Validator, rules: Mapping[str, Sequence[str]], instance: Json, _schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Find properties that ask for another one."""
    if isinstance(instance, dict):
        for cause, names in rules.items():
            missing = [name for name in names if cause in instance and name not in instance]
            yield from (_found(f'"{name}" is missing, which "{cause}" requires') for name in missing)


def _max_bytes(
    _validator: Validator, limit: int, instance: Json, _schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Measure an object as JSON at its shortest, without placeholders: what is too long then is so in any case."""
    if isinstance(instance, dict):
        text = json.dumps(instance, ensure_ascii=False, separators=(",", ":"))
        size = len(PLACEHOLDER.sub("", text).encode("utf-8", "surrogatepass"))
        if size > limit:
            yield _found(f"{size} bytes of JSON where at most {limit} are allowed")


def _max_spoken(
    _validator: Validator, limit: int, instance: Json, _schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Count the characters that are spoken: without the tags of SSML, and without placeholders."""
    if isinstance(instance, str):
        size = len(_TAG.sub("", PLACEHOLDER.sub("", instance)))
        if size > limit:
            yield _found(f"{size} characters (without tags) where at most {limit} are allowed")


def _order(
    validator: Validator, rules: Sequence[Mapping[str, Any]], instance: Json, _schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Find actions that may not, or cannot, come after an earlier one."""
    if isinstance(instance, list):
        for rule in rules:
            yield from _out_of_order(validator, rule, instance)


def _out_of_order(
    validator: Validator, rule: Mapping[str, Any], actions: Sequence[Json]
) -> Iterator[ValidationError]:
    """After an action as in ``after``, the next one that is not as in ``skip`` has to be as in ``then``."""

    def fits(action: Json, part: str) -> bool:
        return isinstance(action, dict) and validator.evolve(schema=rule[part]).is_valid(action)

    waiting = False
    for index, action in enumerate(islice(actions, ITEMS)):
        if waiting and not fits(action, "skip"):
            if not fits(action, "then"):
                yield _found(rule["message"], index)
            waiting = False
        waiting = waiting or fits(action, "after")
