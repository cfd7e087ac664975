"""What may be expected."""

from __future__ import annotations

import math

import pytest

from echo.phone.order import COUNTS as ORDERED_COUNTS
from echo.phone.order import LATENCIES
from echo.phone.verdict.expectations import COUNTS, TIMES, Expectations


def test_the_limits_are_those_that_can_be_ordered() -> None:
    """Each limit of the command line is known here, and the other way round."""
    assert set(TIMES) == set(LATENCIES)
    assert set(COUNTS) == set(ORDERED_COUNTS)


@pytest.mark.parametrize(
    ("hear", "limits", "problem"),
    [
        ("music", {}, "expectation 'music': one of echo, silence, speech is required"),
        (None, {"max_p42": 1}, "limit 'max_p42': one of max_p50, "),
        (None, {"max_p99": -1}, "limit max_p99=-1: a number from 0 up is required"),
        (None, {"max_p99": math.nan}, "limit max_p99=nan: a number from 0 up is required"),
    ],
)
def test_what_no_check_would_look_at_is_refused(
    hear: str | None, limits: dict[str, float], problem: str
) -> None:
    """A misspelt expectation would pass unseen."""
    with pytest.raises(ValueError, match=problem):
        Expectations(hear, limits)
