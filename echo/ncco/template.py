"""
The operator's NCCO: a JSON file with placeholders.

Placeholders are filled in after the file was parsed, inside strings, so no value of a request can change the
structure of the document. They are not encoded for URLs: ``${from}`` within a query string is as it came.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from echo.errors import NccoError, UntrustedTextError
from echo.untrusted import Json, clean, kind, parse_json

#: What may stand between ``${`` and ``}``.
PLACEHOLDERS = (
    "socket_url",
    "socket_token",
    "events_url",
    "from",
    "to",
    "uuid",
    "conversation_uuid",
    "app",
    "room",
)

#: Scripts have a few hundred bytes; this only keeps a wrong file from being read as one.
MAX_BYTES = 1024 * 1024

_OURS = re.compile(rf"\$\{{({'|'.join(PLACEHOLDERS)})\}}")
_ANY = re.compile(r"\$\{([^{}]*)\}")
_BETWEEN_ACTIONS = re.compile(r"[\s,]*")


@dataclass(frozen=True)
class NccoTemplate:
    """
    A checked NCCO; make one with :meth:`parse`.

    Attributes:
        source: where it came from, for messages.
        actions: the document with its placeholders; not to be changed.
    """

    source: str
    actions: tuple[dict[str, Json], ...]

    @classmethod
    def parse(cls, body: bytes, source: str) -> NccoTemplate:
        """
        Check that ``body`` is an NCCO: a JSON array of actions, at least one.

        Which actions there are is left to the provider, who adds to them.

        Raises:
            NccoError: naming the place in the document, and the line where there is one.
        """
        try:
            body = body.removeprefix(BOM_UTF8)  # some editors put it there, and mean no harm
            document = parse_json(body, MAX_BYTES)
        except UntrustedTextError as error:
            raise NccoError(source, "$", told_of(error, body)) from None
        if not isinstance(document, list):
            raise NccoError(source, "$", f"line 1: {kind(document)} where an array of actions is required")
        if not document:
            raise NccoError(source, "$", "line 1: an empty array where at least one action is required")
        return cls(source, tuple(_actions(document, body.decode(), source)))

    def fill(self, values: Mapping[str, str]) -> list[dict[str, Json]]:
        """
        Make the script of one call: a new document with the values in place of their placeholders.

        Args:
            values: by names of ``PLACEHOLDERS``; missing ones become empty strings. A value is put in as it
                is: a placeholder inside it is not filled.
        """
        return [_fill_object(action, values) for action in self.actions]

    @property
    def unknown_placeholders(self) -> tuple[str, ...]:
        """Names in ``${…}`` that are none of ours, each once, in the order of the document."""
        names = (name for text in _strings(self.actions) for name in _ANY.findall(text))
        return tuple(dict.fromkeys(name for name in names if name not in PLACEHOLDERS))


def told_of(error: UntrustedTextError, body: bytes) -> str:
    """Say why a text is not read; of one that is no JSON also how it begins, which tells a page from a script."""
    begin = (
        f'; it begins with "{clean(body.lstrip(), 40)}"'
        if error.problem.startswith("the text is not JSON")
        else ""
    )
    return error.problem + begin


def _actions(document: list[Json], text: str, source: str) -> Iterator[dict[str, Json]]:
    """Check each action; the path of an error counts from 0, its line from 1."""
    for index, action in enumerate(document):
        place, problem = f"$[{index}]", ""
        if not isinstance(action, dict):
            problem = f"{kind(action)} where an action (an object) is required"
        elif not isinstance(action.get("action"), str) or not action["action"]:
            place += ".action"
            problem = 'the name of the action is required, as in {"action": "talk"}'
        else:
            yield action
            continue
        raise NccoError(source, place, f"line {_line_of_item(text, index)}: {problem}")


def _line_of_item(text: str, index: int) -> int:
    """Find the line, from 1, on which an item of the array in ``text`` starts; the text is valid JSON."""
    decoder = json.JSONDecoder()
    at = text.index("[") + 1
    for _ in range(index):
        _, at = decoder.raw_decode(text, _skip(text, at))
    return text.count("\n", 0, _skip(text, at)) + 1


def _skip(text: str, at: int) -> int:
    """Go on from ``at`` to where the next item starts."""
    return next(_BETWEEN_ACTIONS.finditer(text, at)).end()


def _fill_object(template: Mapping[str, Json], values: Mapping[str, str]) -> dict[str, Json]:
    return {key: _fill(value, values) for key, value in template.items()}


def _fill(template: Json, values: Mapping[str, str]) -> Json:
    """Copy ``template`` with its strings filled; as deep as the parser allows, so recursion is fine."""
    if isinstance(template, str):
        return _OURS.sub(lambda found: values.get(found[1], ""), template)
    if isinstance(template, list):
        return [_fill(item, values) for item in template]
    if isinstance(template, dict):
        return _fill_object(template, values)
    return template


def _strings(values: Iterable[Json]) -> Iterator[str]:
    """Walk over all strings in ``values``, keys left out."""
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from _strings(value)
        elif isinstance(value, dict):
            yield from _strings(value.values())
