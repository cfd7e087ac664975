"""Tests of echo.phone.load.arrivals: when the calls of a load begin."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest

from echo.phone.load.arrivals import beginnings, most_at_once, rate_of, slot_of


def test_even_arrivals_are_equally_far_apart() -> None:
    """At 4/s a call begins every 250 ms, the first one at once."""
    assert beginnings(5, 4) == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_without_a_rate_all_calls_begin_within_a_second() -> None:
    """200 calls begin at 200/s, the last one before the second is over."""
    times = beginnings(200, None)

    assert rate_of(200, None) == 200
    assert times[0] == 0
    assert times[-1] == pytest.approx(0.995)


def test_random_arrivals_are_those_of_a_poisson_process() -> None:
    """Gaps have the mean and the standard deviation of an exponential distribution: both are 1/rate."""
    times = beginnings(20001, 10, random.Random(1).random)
    gaps = [after - before for before, after in pairwise(times)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5

    assert mean == pytest.approx(0.1, rel=0.03)
    assert deviation == pytest.approx(0.1, rel=0.03)
    assert times == sorted(times)


def test_random_arrivals_can_be_had_again() -> None:
    """The same random numbers give the same times; others give others."""
    again = [beginnings(10, 5, random.Random(seed).random) for seed in (7, 7, 8)]

    assert again[0] == again[1]
    assert again[0] != again[2]


def test_the_largest_random_number_gives_a_time() -> None:
    """A random source that comes as near to 1 as a float can breaks nothing."""
    assert beginnings(2, 1, lambda: 1 - 2**-53)[1] == pytest.approx(36.7, abs=0.1)


@pytest.mark.parametrize("calls", [100, 200, 1000])
def test_calls_are_spread_over_the_20_ms_of_a_frame(calls: int) -> None:
    """However many there are, each millisecond has its share of the calls, give or take two."""
    places = Counter(slot_of(number, 20) for number in range(calls))

    assert set(places) == set(range(20))
    assert all(abs(number - calls / 20) <= 2 for number in places.values())


@pytest.mark.parametrize(
    ("times", "lasts", "most"),
    [([0.0], 1, 1), ([0.0, 1.0, 2.0, 3.0], 10, 4), ([0.0, 1.0, 2.0, 3.0], 1, 2), ([0.0, 5.0], 1, 1)],
)
def test_the_most_calls_at_once_follow_from_their_length(times: list[float], lasts: float, most: int) -> None:
    """Calls that are over do not count any more."""
    assert most_at_once(times, lasts) == most
