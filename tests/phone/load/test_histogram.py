"""Tests of echo.phone.load.histogram: percentiles of more times than one can keep."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.phone.load.histogram import Histogram

PERCENTS = (50, 90, 95, 99, 99.9, 100)


def histogram(times: list[float]) -> Histogram:
    """Count these times."""
    counted = Histogram()
    for time in times:
        counted.add(time)
    return counted


def exact(times: list[float], percent: float) -> float:
    """The percentile by the nearest rank, of all times."""
    return sorted(times)[max(0, math.ceil(len(times) * percent / 100) - 1)]


def test_percentiles_are_within_a_hundredth_of_the_exact_ones() -> None:
    """Of round trips from microseconds to seconds no percentile is off by 1 %."""
    dice = random.Random(1)
    times = [dice.lognormvariate(-7, 2) for _ in range(10_000)]

    for percent, found in zip(PERCENTS, histogram(times).percentiles(PERCENTS), strict=True):
        assert found == pytest.approx(exact(times, percent), rel=0.01)


@given(st.lists(st.floats(1e-6, 60000), min_size=1, max_size=30), st.floats(0, 100))
def test_any_percentile_is_within_a_hundredth(times: list[float], percent: float) -> None:
    """This holds for any times from a microsecond to 16 hours."""
    (found,) = histogram(times).percentiles([percent])

    assert found == pytest.approx(exact(times, percent), rel=0.01)


def test_the_longest_time_is_exact() -> None:
    """The maximum is no middle of a bucket."""
    assert histogram([0.001, 0.0123456789]).percentiles([100]) == [0.0123456789]


def test_one_time_is_each_percentile() -> None:
    """Of a single time every percentile is that time."""
    assert histogram([0.0427]).percentiles([0, 50, 100]) == [0.0427, 0.0427, 0.0427]


def test_of_nothing_there_is_no_percentile() -> None:
    """Nothing was measured, and nothing is told."""
    assert Histogram().percentiles([50, 100]) == [None, None]


@pytest.mark.parametrize("time", [0.0, -0.001, -1e-12])
def test_times_below_zero_count_as_zero(time: float) -> None:
    """A clock of another source may go back by a little; the median is then 0, to half a nanosecond."""
    assert histogram([time, time, 1.0]).percentiles([50])[0] == pytest.approx(0, abs=1e-9)


def test_a_time_beyond_all_buckets_is_counted() -> None:
    """Two days count as the longest bucket, and as the exact maximum."""
    counted = histogram([172_800.0, 172_801.0, 172_802.0])

    assert counted.count == 3
    assert counted.percentiles([100]) == [172_802.0]
    assert (counted.percentiles([50])[0] or 0) > 60_000


def test_merged_histograms_count_all_times() -> None:
    """Intervals that are added up give the percentiles of all of them."""
    first, second = [0.001 * n for n in range(1, 101)], [0.5 + 0.001 * n for n in range(100)]
    total = histogram(first)
    total.merge(histogram(second))

    assert total.count == 200
    assert total.longest == max(second)
    assert total.percentiles(PERCENTS) == histogram(first + second).percentiles(PERCENTS)


def test_memory_does_not_grow() -> None:
    """A hundred thousand times take as much room as none."""
    counted = Histogram()
    size = len(counted._buckets)
    for number in range(100_000):
        counted.add(number * 1e-5)

    assert len(counted._buckets) == size < 6000
