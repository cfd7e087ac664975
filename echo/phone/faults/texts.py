"""Faults of the provider's text messages, and a storm of keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from echo.phone.line.manner import Line, Manner
from echo.untrusted import Json

#: The most bytes of an endpoint's ``headers`` (Vonage, "Voice API: WebSockets").
HEADER_BYTES: Final = 512

#: What documents show of the values: objects, lists, numbers and booleans keep their types.
_NESTED: Final[Mapping[str, Json]] = {
    "phone-test": {
        "name": "Zo\u00eb \u6f22\u5b57 \U0001f4de",
        "age": 40,
        "roles": ["a", "b", {"c": [None, True, 1.5]}],
    },
    "phone-flag": False,
}


class LargeHeaders(Manner):
    """Fills the ``headers`` of the first text up to the documented limit, with nested values."""

    def open(self, line: Line, first_text: str) -> None:
        """Say the first text with as much in it as there may be."""
        told = json.loads(first_text)
        line.send_text(json.dumps(filled(told), ensure_ascii=False))


def filled(told: dict[str, Json]) -> dict[str, Json]:
    """Add headers to a first text until they have the bytes that are allowed; none where it has them already."""
    own = {key: value for key, value in told.items() if key not in {"event", "content-type"}}
    more: dict[str, Json] = {**_NESTED, "phone-filler": ""}
    room = HEADER_BYTES - _size({**own, **more})
    return told if room < 0 else {**told, **more, "phone-filler": "x" * room}


def _size(headers: Mapping[str, Json]) -> int:
    return len(json.dumps(headers, ensure_ascii=False).encode())


class LateAnswers(Manner):
    """Answers the application's ``clear`` and ``notify`` more than a second late, in their order."""

    SECONDS = 1.2

    def __init__(self) -> None:
        self._now = 0.0
        self._waiting: list[tuple[float, str]] = []

    def open(self, line: Line, first_text: str) -> None:
        """Begin."""
        self._now, self._waiting = 0.0, []
        super().open(line, first_text)

    def answer(self, line: Line, text: str) -> None:
        """Keep an answer."""
        del line
        self._waiting.append((self._now + self.SECONDS, text))

    def meanwhile(self, line: Line, elapsed: float) -> None:
        """Send the answers that were kept for long enough."""
        self._now = elapsed
        while self._waiting and self._waiting[0][0] <= elapsed:
            line.send_text(self._waiting.pop(0)[1])


def key_storm(begin: float, count: int, per_second: int) -> tuple[tuple[float, str], ...]:
    """Press ``count`` keys from ``begin`` on, in seconds, faster than any person."""
    digits = "0123456789*#"
    return tuple((begin + number / per_second, digits[number % len(digits)]) for number in range(count))
