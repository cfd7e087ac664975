"""
How fast the clock of a sender runs, by when its audio arrives.

Audio says how much time has passed for its sender, our clock how much for us. What lies between them is the delay of
the way, which varies, and is never less than some least. So of each two seconds the least is kept, and a line is laid
through these. A pause, a lost stretch or another way shifts the line at once by far more than a clock can: there a
new line with the same slope begins. A sender that is off by more than 5000 ppm has no clock, and is told nothing of.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

#: Seconds of audio of which the least delay is kept.
WINDOW: Final = 2.0

#: Seconds between the least delays of two windows that no clock can make: 5000 ppm.
_SHIFT: Final = 0.01

#: Windows until a slope is worth telling.
_ENOUGH: Final = 5

_MILLION: Final = 1e6


@dataclass(frozen=True, slots=True)
class ClockDrift:
    """
    How fast a sender's clock runs against ours.

    Attributes:
        ppm: millionths by which it is ahead; negative for one that is slow.
        within: the standard error of that, in ppm.
    """

    ppm: float
    within: float


class Drift:
    """Measures the clock of one sender; a dozen numbers, however long it sends."""

    __slots__ = (
        "_count",
        "_ends",
        "_late",
        "_least",
        "_lines",
        "_newest",
        "_of_line",
        "_place",
        "_product",
        "_said",
        "_spread",
        "_square",
        "_time",
    )

    def __init__(self) -> None:
        self._said = 0.0
        self._ends = WINDOW
        self._least = math.inf
        self._place = 0.0
        # The line that is being laid: how many points, and their means.
        self._of_line = 0
        self._newest = 0.0
        self._time = 0.0
        self._late = 0.0
        # Of all lines: points, and sums of squares and products about the means of each.
        self._count = 0
        self._lines = 0
        self._spread = 0.0
        self._product = 0.0
        self._square = 0.0

    def arrived(self, seconds: float, now: float) -> None:
        """Take so many seconds of audio, which came at ``now``."""
        late = now - self._said
        if late < self._least:
            self._least, self._place = late, self._said
        self._said += seconds
        if self._said >= self._ends:
            self._point(self._place, self._least)
            self._least = math.inf
            self._ends = self._said + WINDOW

    def drift(self) -> ClockDrift | None:
        """Tell how fast the sender's clock runs; ``None`` before there is enough to tell it by."""
        free = self._count - self._lines - 1
        if self._count < _ENOUGH or free < 1 or self._spread <= 0:
            return None
        slope = self._product / self._spread
        rest = max(0.0, self._square - slope * self._product)
        # Our time passes 1 + slope times as fast as theirs.
        return ClockDrift(-slope / (1 + slope) * _MILLION, math.sqrt(rest / free / self._spread) * _MILLION)

    def _point(self, time: float, late: float) -> None:
        """Lay the line on through one more point: Welford's way of sums about a mean."""
        if not self._of_line or abs(late - self._newest) > _SHIFT:
            self._of_line, self._time, self._late = 0, 0.0, 0.0
            self._lines += 1
        self._newest = late
        self._of_line += 1
        self._count += 1
        off, up = time - self._time, late - self._late
        self._time += off / self._of_line
        self._late += up / self._of_line
        self._spread += off * (time - self._time)
        self._product += off * (late - self._late)
        self._square += up * (late - self._late)
