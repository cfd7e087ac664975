"""Percentiles and times."""

from __future__ import annotations

import math

import pytest

from echo.phone.verdict.figures import counted, milliseconds, ms, percentile


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (1, 1), (50, 50), (95, 95), (99, 99), (100, 100)])
def test_a_percentile_is_one_of_the_values(percent: float, value: float) -> None:
    """The nearest rank of 1 to 100 is the percentage itself."""
    assert percentile(range(1, 101), percent) == value


def test_few_values_have_percentiles_too() -> None:
    """Of one value every percentile is that one; of none there is none."""
    assert percentile([7.0], 99) == 7.0
    assert percentile([], 50) is None


@pytest.mark.parametrize(
    ("seconds", "figure"), [(0.0123456, 12.346), (None, None), (math.inf, None), (math.nan, None)]
)
def test_milliseconds_have_three_places(seconds: float | None, figure: float | None) -> None:
    """What is no finite number is none: JSON has no other."""
    assert milliseconds(seconds) == figure


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.00042, "0.42 ms"),
        (0.0371, "37.1 ms"),
        (0.25, "250 ms"),
        (3.14, "3.1 s"),
        (-0.25, "-250 ms"),
        (0.0, "0.00 ms"),
    ],
)
def test_times_are_written_in_two_or_three_digits(seconds: float, text: str) -> None:
    """As many as tell something."""
    assert ms(seconds) == text


def test_a_number_is_written_with_its_noun() -> None:
    """One is one, all others are many."""
    assert counted(2, "reply", "replies") == "2 replies"
    assert (counted(1, "frame"), counted(0, "frame"), counted(2, "frame")) == (
        "1 frame",
        "0 frames",
        "2 frames",
    )
