"""
Times of which there are too many to keep: counted in buckets, each less than a hundredth wide of what it holds.

The buckets are those of an HDR histogram: every doubling is cut into 128 equal parts, so a time is found by a
shift and an addition, and memory is the same after a second and after a day.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from operator import add
from typing import Final

#: 128 parts of a doubling: a percentile is off by less than 0.4 %.
_PART_BITS: Final = 7

#: The longest time that is told apart, in bits of nanoseconds: 19 hours.
_BITS: Final = 46

_LAST: Final = (1 << _BITS) - 1
_BUCKETS: Final = (_BITS - _PART_BITS + 1) << _PART_BITS


class Histogram:
    """
    Counted times, in seconds.

    Attributes:
        count: how many there are.
        longest: the longest of them, exactly; 0 without any.
    """

    __slots__ = ("_buckets", "count", "longest")

    def __init__(self) -> None:
        self._buckets: array[int] = array("Q", bytes(8 * _BUCKETS))
        self.count = 0
        self.longest = 0.0

    def add(self, seconds: float) -> None:
        """Count a time; what is below 0 counts as 0."""
        nanoseconds = min(max(0, int(seconds * 1e9)), _LAST)
        shift = nanoseconds.bit_length() - _PART_BITS - 1
        if shift > 0:
            self._buckets[(shift << _PART_BITS) + (nanoseconds >> shift)] += 1
        else:
            self._buckets[nanoseconds] += 1
        self.count += 1
        self.longest = max(self.longest, seconds)

    def merge(self, other: Histogram) -> None:
        """Add all times of another one."""
        self._buckets = array("Q", map(add, self._buckets, other._buckets))
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


def _middle(index: int) -> float:
    """Give the time in the middle of a bucket, in seconds."""
    shift = max(0, (index >> _PART_BITS) - 1)
    lowest = (index - (shift << _PART_BITS)) << shift
    return (lowest + (1 << shift) / 2) / 1e9
