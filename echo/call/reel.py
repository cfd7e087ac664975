"""
What of a call is to be recorded: kept here in the order in which it happens, until somebody fetches it.

A call that is not recorded has none, and pays nothing. One that is pays one append for each message, and the rest is
done for many messages at a time, in a thread (``echo.recording``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from echo.audio.format import AudioFormat
from echo.audio.tracks import CLEARED, Item

if TYPE_CHECKING:
    from echo.call.app import Call

#: Texts of one call that are kept for its recording, and their characters together.
MOST_TEXTS: Final = 1000
MOST_CHARACTERS: Final = 100_000


class Reel:
    """
    What has happened to one call that is recorded.

    Attributes:
        audio: the format, until the end.
        began_at: when it began, in seconds of the call's clock.
        items: audio that was heard and sent, and when; emptied by whoever fetches it.
        texts: when each text message came or went, in seconds from the beginning; ``in`` or ``out``; and the text.
        texts_left_out: how many were too much.
        has_audio: whether any was fetched already.
    """

    __slots__ = (
        "_characters",
        "_ended",
        "audio",
        "began_at",
        "has_audio",
        "items",
        "texts",
        "texts_left_out",
    )

    def __init__(self, audio: AudioFormat, began_at: float, ended: Callable[[Reel, float], None]) -> None:
        """Begin at ``began_at``; ``ended`` is told of the end, and when it was."""
        self.audio = audio
        self.began_at = began_at
        self.items: list[Item] = []
        self.texts: list[tuple[float, str, str]] = []
        self.texts_left_out = 0
        self.has_audio = False
        self._characters = 0
        self._ended = ended

    @property
    def is_blank(self) -> bool:
        """Whether no audio has happened yet, so that its format may still be another one."""
        return not self.has_audio and not self.items

    def text(self, now: float, direction: str, text: str) -> None:
        """Keep a text message that came (``in``) or went (``out``)."""
        self._characters += len(text)
        if len(self.texts) >= MOST_TEXTS or self._characters > MOST_CHARACTERS:
            self.texts_left_out += 1
        else:
            self.texts.append((max(0.0, now - self.began_at), direction, text))

    def cleared(self, now: float) -> None:
        """Note that the other end was told to forget what it has not played yet."""
        self.items.append((now, CLEARED, b""))

    def end(self, now: float) -> None:
        """Record no more."""
        self._ended(self, now)


class Recorder(Protocol):
    """
    Who records calls.

    Attributes:
        records_all: whether every call is recorded, or only those of which an app wants it.
    """

    @property
    def records_all(self) -> bool:
        """Whether every call is recorded."""

    def begin(self, call: Call, now: float) -> Reel:
        """Record ``call`` from now on."""
