"""
The provider's text messages, as far as a call needs to understand them.

The first text message carries the call's metadata: ``content-type`` and every key of the NCCO endpoint's
``headers``, flattened to the top level. Older versions of the provider's media side sent it, and keys,
without an ``event``, and put one space before each JSON text; all of that is accepted.
``docs/protocol.rst`` shows every message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from echo.audio.format import AudioFormat
from echo.budget import Budget
from echo.errors import UntrustedTextError
from echo.limits import Limits
from echo.log import Log
from echo.untrusted import Json, clean, parse_object

CONNECTED = "websocket:connected"
CLEARED = "websocket:cleared"
NOTIFIED = "websocket:notify"
PRESSED = "websocket:dtmf"

#: Asks the provider to stop what it plays, and to throw away what waits there; it answers with ``CLEARED``.
CLEAR = '{"action":"clear"}'

#: The keys of a telephone; A to D are on none that a caller has, and are told all the same.
KEYS = frozenset("0123456789*#ABCD")

#: Longer texts are no message of the provider's: its headers alone are capped at 512 bytes.
_MAX_TEXT = 4096

#: The longest format of the provider's has 22 characters.
_MAX_CONTENT_TYPE = 64


@dataclass(frozen=True)
class Start:
    """
    The first text message of a call.

    Attributes:
        text: as it came. It is kept so, and not parsed, since parsed it may take a hundred times its size.
        content_type: the audio format as it was written, or ``None``.
        audio: that format, or ``None`` where it is missing or not one of the provider's three.
    """

    text: bytes
    content_type: str | None = None
    audio: AudioFormat | None = None

    @property
    def metadata(self) -> dict[str, Json]:
        """Everything it said, but for ``event`` and ``content-type``."""
        message = parse_object(self.text, max_bytes=_MAX_TEXT)
        return {name: value for name, value in message.items() if name not in {"event", "content-type"}}


def parse_start(text: bytes) -> Start | None:
    """Read ``text`` as a first text message; ``None`` if it is something else (a key, a note, no JSON)."""
    try:
        message = parse_object(text, max_bytes=_MAX_TEXT)
    except UntrustedTextError:
        return None
    if not _is_start(message.pop("event", None), message):
        return None
    content_type = message.pop("content-type", None)
    if content_type is None:
        return Start(text)
    written = str(content_type)[
        :_MAX_CONTENT_TYPE
    ]  # a number or worse is no format either; the log shall tell it
    return Start(text, content_type=written, audio=AudioFormat.parse(written))


class TextLog:
    """
    Writes what a peer says into the log, as many lines a second as the limits allow.

    Attributes:
        left_out: how many texts were not written.
    """

    __slots__ = ("_budget", "_log", "left_out")

    def __init__(self, log: Log, limits: Limits, now: float) -> None:
        """Write to ``log``; ``now`` is in seconds of the clock that :meth:`write` goes by."""
        self._log = log
        self._budget = Budget(limits.log_lines_per_second, limits.log_lines_burst, now)
        self.left_out = 0

    def write(self, name: str, text: bytes, now: float) -> None:
        """Write that the call of this ``name`` has said ``text``, or count it."""
        if self._budget.take(now):
            self._log.info(f"{name} says {clean(self._log.privacy.text(text)).strip()}")
        else:
            self.left_out += 1


def _is_start(event: Json, others: dict[str, Json]) -> bool:
    """Tell a first text message from a key, by its event or, where there is none, by the ``others``."""
    if event is not None:
        return event == CONNECTED  # and then ``digit`` is one of the headers
    return "content-type" in others or not others.keys() & {"digit", "dtmf"}


@dataclass(frozen=True)
class Event:
    """
    A text message of the provider's that an app may want to know of.

    Attributes:
        kind: ``PRESSED``, ``CLEARED`` or ``NOTIFIED``.
        digit: the key that was pressed, one of ``KEYS``; else empty.
        payload: what a ``notify`` of ours carried; else empty.
    """

    kind: str
    digit: str = ""
    payload: Mapping[str, Json] | None = None


def parse_event(text: bytes) -> Event | None:
    """Read ``text`` as a key, in its old form too, or as the answer to a command; ``None`` if it is neither."""
    try:
        message = parse_object(text, max_bytes=_MAX_TEXT)
    except UntrustedTextError:
        return None
    kind = message.get("event")
    if kind == CLEARED:
        return Event(CLEARED)
    if kind == NOTIFIED:
        payload = message.get("payload")
        return Event(NOTIFIED, payload=payload if isinstance(payload, dict) else {})
    if kind == PRESSED or (kind is None and "content-type" not in message):
        return _key(message)
    return None


def _key(message: Mapping[str, Json]) -> Event | None:
    """Find the key in a message, on its own or in an object named ``dtmf``, as some platforms nest it."""
    nested = message.get("dtmf")
    digit = nested.get("digit") if isinstance(nested, dict) else message.get("digit", nested)
    if isinstance(digit, int) and not isinstance(digit, bool):
        digit = str(digit)
    if not isinstance(digit, str) or digit.upper() not in KEYS:
        return None
    return Event(PRESSED, digit.upper())


def notify(payload: Mapping[str, Json]) -> str:
    """Write a ``notify``: the provider sends ``payload`` back once it has played the audio before it."""
    return json.dumps({"action": "notify", "payload": dict(payload)}, separators=(",", ":"), allow_nan=False)


def is_clear(text: str) -> bool:
    """Tell whether a text that is sent asks the provider to throw away what it has not played yet."""
    if text == CLEAR:
        return True
    try:
        return parse_object(text.encode(), max_bytes=_MAX_TEXT).get("action") == "clear"
    except UntrustedTextError:
        return False
