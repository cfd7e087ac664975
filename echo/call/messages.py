"""
The provider's text messages, as far as a call needs to understand them.

The first text message carries the call's metadata: ``content-type`` and every key of the NCCO endpoint's
``headers``, flattened to the top level. Older versions of the provider's media side sent it, and keys,
without an ``event``, and put one space before each JSON text; all of that is accepted.
``docs/protocol.rst`` shows every message.
"""

from __future__ import annotations

from dataclasses import dataclass

from echo.audio.format import AudioFormat
from echo.budget import Budget
from echo.errors import UntrustedTextError
from echo.limits import Limits
from echo.log import Log
from echo.untrusted import Json, clean, parse_object

CONNECTED = "websocket:connected"

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
            self._log.info(f"{name} says {clean(text).strip()}")
        else:
            self.left_out += 1


def _is_start(event: Json, others: dict[str, Json]) -> bool:
    """Tell a first text message from a key, by its event or, where there is none, by the ``others``."""
    if event is not None:
        return event == CONNECTED  # and then ``digit`` is one of the headers
    return "content-type" in others or not others.keys() & {"digit", "dtmf"}
