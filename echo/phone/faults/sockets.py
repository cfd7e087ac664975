"""Faults of the connection: a peer that does not read, one that is gone without a word, one that goes in mid-frame."""

from __future__ import annotations

import os

from echo.phone.line.manner import Line, Manner
from echo.wire.frames import client_frame

_BINARY = 2


class StopReading(Manner):
    """Talks on but reads nothing for some seconds: what the application sends is stuck on the way."""

    BEGIN, END = 0.5, 4.0

    def __init__(self) -> None:
        self._stopped = self._resumed = False

    def open(self, line: Line, first_text: str) -> None:
        """Begin."""
        self._stopped = self._resumed = False
        super().open(line, first_text)

    def meanwhile(self, line: Line, elapsed: float) -> None:
        """Stop in time, and read again in time."""
        if elapsed >= self.BEGIN and not self._stopped:
            self._stopped = True
            line.pause()
        if elapsed >= self.END and not self._resumed:
            self._resumed = True
            line.resume()


class HalfOpen(StopReading):
    """
    Is gone without a word: neither reads nor sends, and answers no ping, while TCP keeps the connection.

    At the end it reads again, to see whether the application closed the connection meanwhile.
    """

    def __init__(self) -> None:
        super().__init__()
        self._gone = False

    def open(self, line: Line, first_text: str) -> None:
        """Begin."""
        self._gone = False
        super().open(line, first_text)

    def speak(self, line: Line, frame: bytes, index: int) -> bytes | None:
        """Send a frame, until the caller is gone."""
        return None if self._gone else super().speak(line, frame, index)

    def answer(self, line: Line, text: str) -> None:
        """Answer, until the caller is gone."""
        if not self._gone:
            super().answer(line, text)

    def meanwhile(self, line: Line, elapsed: float) -> None:
        """Go in time."""
        self._gone = elapsed >= self.BEGIN
        super().meanwhile(line, elapsed)


class ResetMidFrame(Manner):
    """Sends half a frame and then resets the connection, as a provider's machine that fails does."""

    LAST = 25

    def speak(self, line: Line, frame: bytes, index: int) -> bytes | None:
        """Send a frame, half of the last one, nothing while that travels; then end the connection."""
        if index < self.LAST:
            return super().speak(line, frame, index)
        if index == self.LAST:
            whole = client_frame(_BINARY, frame, os.urandom(4))
            line.write(whole[: len(whole) // 2])
        elif index == self.LAST + 3:
            line.abort()
        return None
