"""
Whether audio comes fast enough to be heard without breaks.

A player takes a message every 20 ms: where one comes too late for its turn, the sound breaks off. What came ahead is
played meanwhile, so a jittery line breaks the sound only until that much is ahead; a sender that is too slow breaks it
all along.
"""

from __future__ import annotations

import math
from typing import Final

from echo.audio.format import FRAME_MS

_STEP: Final = FRAME_MS / 1000

#: Steps of 20 ms: a longer break is a pause, and a new stretch of sound begins behind it.
SHORT_BREAK: Final = 5

#: Steps of breaks in a stretch that are nobody's mistake: until so much is ahead, jitter breaks the sound.
TO_GET_AHEAD: Final = 3

#: Sums of 0.02 fall short of what they should be.
_TINY: Final = 1e-6


class Pace:
    """
    Whether messages come fast enough to be played one every 20 ms.

    Attributes:
        breaks: times that the sound broke off for 100 ms at most and went on: those that getting ahead explains
            left out.
        missing: how long these lasted in all, in seconds.
        seconds: seconds of the call in which there was sound.
        broken: those of them with a break.
        flowed: the time between messages that are no pause apart, in seconds; ``messages`` came in it.
    """

    __slots__ = (
        "_began",
        "_broken_at",
        "_played",
        "_ran_out",
        "_second",
        "breaks",
        "broken",
        "flowed",
        "messages",
        "missing",
        "seconds",
    )

    def __init__(self) -> None:
        self._began = 0.0
        self._played = 0
        self._ran_out = 0
        self._second = self._broken_at = -1
        self.breaks = 0
        self.missing = 0.0
        self.seconds = 0
        self.broken = 0
        self.flowed = 0.0
        self.messages = 0

    @property
    def spacing(self) -> float | None:
        """How far apart messages came while there was sound, in seconds."""
        return self.flowed / self.messages if self.messages else None

    def begin(self, now: float) -> None:
        """Take the first message, or the first behind those that were thrown away."""
        if self._second < 0:
            self._began = now
        self._play(self._step(now))
        self._ran_out = 0

    def arrived(self, now: float, gap: float, missed: int, *, paused: bool) -> None:
        """
        Take a message.

        Args:
            now: when it came.
            gap: since the one before it.
            missed: how many that were said between the two did not come: their silence is another mistake.
            paused: the caller did not talk between the two.
        """
        late = self._step(now) - (self._played + 1)
        self._play(self._played + 1 + max(0, late))
        if paused or late > SHORT_BREAK:
            self._ran_out = 0
            return
        self.flowed += gap
        self.messages += 1
        if late > missed:
            self._broke(late - missed)

    def _step(self, now: float) -> int:
        """Tell the first step of 20 ms that begins at ``now`` or later."""
        return math.ceil((now - self._began) / _STEP - _TINY)

    def _broke(self, steps: int) -> None:
        """Count a break, unless the application may still be getting ahead."""
        self._ran_out += steps
        if self._ran_out > TO_GET_AHEAD:
            self.breaks += 1
            self.missing += steps * _STEP
            self.broken += self._second != self._broken_at
            self._broken_at = self._second

    def _play(self, step: int) -> None:
        self._played = step
        second = step * FRAME_MS // 1000
        self.seconds += second != self._second
        self._second = second
