"""
Times of which there are too many to keep: counted in buckets, each less than a hundredth wide of what it holds.

The buckets are those of an HDR histogram: every doubling is cut into 128 equal parts. A floating-point number is
its doubling and the part in it already, so a time is found by taking it apart; and memory is the same after a
second and after a day.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from math import frexp, ldexp
from operator import add
from typing import Final

#: 128 parts of a doubling: a percentile is off by less than 0.4 %.
_PART_BITS: Final = 7

#: Parts of the whole of which frexp gives the upper half.
_PARTS: Final = 2 << _PART_BITS

#: Times that are told apart, as powers of two: from a nanosecond to 18 hours.
_LEAST_POWER, _MOST_POWER = -30, 16

_LEAST: Final = 2.0**_LEAST_POWER
_MOST: Final = 2.0**_MOST_POWER
_BUCKETS: Final = ((_MOST_POWER - _LEAST_POWER) << _PART_BITS) + 1

#: What frexp makes of the least time: a half (of 256 parts) and one power more.
_FIRST: Final = (_LEAST_POWER + 2) << _PART_BITS


class Histogram:
    """
    Counted times, in seconds.

    Attributes:
        count: how many there are.
        longest: the longest of them, exactly; 0 without any.
    """

    __slots__ = ("_buckets", "count", "longest")

    def __init__(self) -> None:
        self._buckets = [0] * _BUCKETS
        self.count = 0
        self.longest = 0.0

    def add(self, seconds: float) -> None:
        """Count a time; what is below 0 counts as 0."""
        self.count += 1
        if seconds > self.longest:  # noqa: PLR1730  a call takes as long as all the rest
            self.longest = seconds
        part, power = frexp(seconds if _LEAST < seconds < _MOST else _bounded(seconds))
        self._buckets[(power << _PART_BITS) + int(part * _PARTS) - _FIRST] += 1

    def merge(self, other: Histogram) -> None:
        """Add all times of another one."""
        self._buckets = list(map(add, self._buckets, other._buckets))
        self.count += other.count
        self.longest = max(self.longest, other.longest)

    def percentiles(self, percents: Sequence[float]) -> list[float | None]:
        """Take percentiles by the nearest rank, in seconds; ``None`` for each if there is no time."""
        if not self.count:
            return [None for _ in percents]
        sums = list(accumulate(self._buckets))
        return [self._percentile(sums, percent) for percent in percents]

    def _percentile(self, sums: list[int], percent: float) -> float:
        rank = max(1, math.ceil(self.count * percent / 100))
        if rank == self.count:
            return self.longest
        return min(self.longest, _middle(bisect_left(sums, rank)))


def _bounded(seconds: float) -> float:
    """Take a time that is too short or too long to be told apart for one that is not."""
    return _LEAST if seconds <= _LEAST else _MOST


def _middle(index: int) -> float:
    """Give the time in the middle of a bucket, in seconds."""
    power, part = divmod(index, 1 << _PART_BITS)
    return ldexp(1 + (part + 0.5) / (1 << _PART_BITS), power + _LEAST_POWER)
