"""The token bucket: a burst at once, a rate in the long run, and no clock of its own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from echo.budget import Budget


def test_the_first_burst_is_free() -> None:
    """A full bucket gives its burst at once and then nothing."""
    budget = Budget(rate=2, burst=3, now=100)
    assert [budget.take(100) for _ in range(5)] == [True, True, True, False, False]


def test_it_refills_at_its_rate() -> None:
    """Two a second come back after half a second each, also when it was asked too often in between."""
    budget = Budget(rate=2, burst=1, now=0)
    asked = [0, 0.25, 0.5, 0.75, 0.875, 1.0]
    assert [budget.take(now) for now in asked] == [True, False, True, False, False, True]


def test_a_long_rest_saves_one_burst_only() -> None:
    """An hour of silence buys no more than a burst."""
    budget = Budget(rate=50, burst=3, now=0)
    assert [budget.take(3600) for _ in range(5)] == [True, True, True, False, False]


@given(
    rate=st.integers(1, 20),
    burst=st.integers(1, 20),
    gaps=st.lists(st.integers(0, 64), min_size=1, max_size=60),
)
def test_no_interval_gets_more_than_its_share(rate: int, burst: int, gaps: list[int]) -> None:
    """Between any two moments no more is given than the burst and what the rate makes of the time."""
    now = 0.0
    budget = Budget(rate, burst, now)
    given_at = []
    for gap in gaps:
        now += gap / 64
        if budget.take(now):
            given_at.append(now)
    for first, start in enumerate(given_at):
        for last in range(first, len(given_at)):
            assert last - first + 1 <= burst + rate * (given_at[last] - start) + 1e-9
