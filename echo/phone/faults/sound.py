"""Faults of the caller's audio: when frames leave, and how they are cut. Each is a manner of the provider's side."""

from __future__ import annotations

from typing import Final

from echo.audio.format import FRAME_MS
from echo.phone.line.manner import Line, Manner

_STEP: Final = FRAME_MS / 1000


class Bursts(Manner):
    """Sends nothing for half a second and then all of it at once, over and over, as a congested network does."""

    FRAMES = 25

    def due(self, index: int) -> float:
        """Let a frame wait for the last one of its burst."""
        return (index // self.FRAMES + 1) * self.FRAMES * _STEP


class Stall(Manner):
    """
    Falls silent for two seconds, and then sends the last second of what was said at once.

    The provider's published module (Nexmo/wsbridge) keeps about a second and throws away what is older.
    """

    BEGIN, END, KEPT = 50, 150, 50

    def due(self, index: int) -> float:
        """Let the frames of the stall wait for its end."""
        return super().due(self.END if self.BEGIN <= index < self.END else index)

    def speak(self, line: Line, frame: bytes, index: int) -> bytes | None:
        """Send a frame, unless it was said too long ago."""
        if self.BEGIN <= index < self.END - self.KEPT:
            return None
        return super().speak(line, frame, index)


class SilenceGaps(Manner):
    """Sends nothing while the caller is silent, as the platform did in 2018 (Nexmo/wsbridge, README)."""

    TALK, SILENCE = 30, 20

    def speak(self, line: Line, frame: bytes, index: int) -> bytes | None:
        """Send a frame, unless the caller is taken to be silent."""
        if index % (self.TALK + self.SILENCE) >= self.TALK:
            return None
        return super().speak(line, frame, index)


class AudioBeforeText(Manner):
    """Sends the first frames before the first text; on the wire the text comes first, but few rely on it."""

    EARLY = 5

    def __init__(self) -> None:
        self._first_text = ""

    def open(self, line: Line, first_text: str) -> None:
        """Keep the first text for later."""
        del line
        self._first_text = first_text

    def speak(self, line: Line, frame: bytes, index: int) -> bytes | None:
        """Send a frame, and the first text when some have left."""
        if index == self.EARLY:
            line.send_text(self._first_text)
        return super().speak(line, frame, index)


class FragmentedAudio(Manner):
    """Cuts each message into three WebSocket frames, as a proxy may (RFC 6455 section 5.4)."""

    def speak(self, line: Line, frame: bytes, index: int) -> bytes | None:
        """Send a message in three pieces of uneven size, the second one of an odd number of bytes."""
        del index
        first, second = len(frame) // 4, len(frame) // 2 + 1
        line.send_piece(frame[:first], first=True, last=False)
        line.send_piece(frame[first:second], first=False, last=False)
        line.send_piece(frame[second:], first=False, last=True)
        return frame


class OddSizedFrames(Manner):
    """Sends messages that are not one frame: longer, shorter, of half a sample more, and empty ones."""

    def __init__(self) -> None:
        self._kept = b""

    def open(self, line: Line, first_text: str) -> None:
        """Begin."""
        self._kept = b""
        super().open(line, first_text)

    def speak(self, line: Line, frame: bytes, index: int) -> bytes | None:
        """Send what the sixth of its turn has."""
        turn = index % 6
        if turn == 0:
            self._kept = frame
            return None
        half = len(frame) // 2
        payload = (b"", self._kept + frame, frame[:half], frame[half + 1 :], b"", frame + b"\x01")[turn]
        line.send_audio(payload)
        return payload or None
