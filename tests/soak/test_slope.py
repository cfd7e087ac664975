"""A line through noise."""

from __future__ import annotations

import math
from random import Random

import pytest

from soak.slope import by_minute, slope


@pytest.mark.parametrize("true", [0.0, 0.5, -2.0])
def test_the_slope_is_that_of_the_line_under_the_noise(true: float) -> None:
    """The interval holds it."""
    random = Random(7)
    found = slope([(x / 60, true * x / 60 + random.gauss(0, 0.05)) for x in range(60)])
    assert found is not None
    assert found.low <= true <= found.high
    assert found.value == pytest.approx(true, abs=0.1)


def test_outliers_do_not_turn_it() -> None:
    """A fifth of the points a hundred times as high leaves it where it was."""
    found = slope([(x, 2.0 * x + (500 if x % 5 == 0 else 0)) for x in range(50)])
    assert found is not None
    assert found.value == pytest.approx(2.0, abs=0.5)


def test_few_points_say_little() -> None:
    """Nothing at all below three, and next to nothing with three."""
    assert slope([(0, 0), (1, 1)]) is None
    found = slope([(0, 0), (1, 1), (2, 5)])
    assert found is not None
    assert (found.low, found.high) == (-math.inf, math.inf)


def test_a_minute_counts_by_its_median() -> None:
    """The first and the last one are not whole, and count for nothing."""
    points = [(float(second), float(second)) for second in range(30, 250)]
    assert by_minute(points) == [(90, 89.5), (150, 149.5), (210, 209.5)][:3]


def test_no_points_have_no_minutes() -> None:
    """A soak that ended before it began."""
    assert by_minute([]) == []
