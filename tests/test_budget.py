"""The token bucket: a burst at once, a rate in the long run, and no clock of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.budget import Budget, Budgets


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


def test_many_tokens_are_spent_at_once_or_not_at_all() -> None:
    """What is too much takes nothing, so that less still passes."""
    budget = Budget(rate=100, burst=1000, now=0)
    assert [budget.spend(amount, 0) for amount in (600, 500, 400, 1)] == [True, False, True, False]
    assert [budget.spend(amount, 1) for amount in (101, 100)] == [False, True]


#: Half a second, but for the tiny part of a token that a bucket has to spare.
HALF = pytest.approx(0.5, abs=1e-5)


def test_each_name_has_a_bucket_of_its_own() -> None:
    """One that has used up its burst is told how long to wait, and another goes on."""
    budgets = Budgets(rate=2, burst=3, most=10)
    assert [budgets.take("a", 0) for _ in range(5)] == [0, 0, 0, HALF, HALF]
    assert budgets.take("b", 0) == 0
    assert [budgets.take("a", 0.5) for _ in range(2)] == [0, HALF]


def test_names_never_take_more_than_their_places() -> None:
    """Ten thousand strangers are remembered in the places of a hundred."""
    budgets = Budgets(rate=1, burst=1, most=100)
    for n in range(10_000):
        assert budgets.take(str(n), 0) == 0
        assert len(budgets) <= 100


def test_who_has_not_been_seen_for_longest_is_forgotten() -> None:
    """A name that keeps coming stays remembered, whatever strangers there are; one that is forgotten is free again."""
    budgets = Budgets(rate=1, burst=1, most=2)
    budgets.take("regular", 0)
    for n in range(100):
        assert budgets.take("regular", 0) > 0
        assert budgets.take(f"stranger {n}", 0) == 0
    assert budgets.take("stranger 98", 0) == 0


@given(
    rate=st.integers(1, 20),
    burst=st.integers(1, 20),
    asked=st.lists(st.tuples(st.integers(0, 64), st.sampled_from("abc")), min_size=1, max_size=60),
)
def test_many_buckets_are_as_many_budgets(rate: int, burst: int, asked: list[tuple[int, str]]) -> None:
    """While there is room, each name gets what a budget of its own would give it."""
    now, budgets = 0.0, Budgets(rate, burst, most=3)
    alone = {name: Budget(rate, burst, now) for name in "abc"}
    for gap, name in asked:
        now += gap / 64
        assert (budgets.take(name, now) == 0) is alone[name].spend(1, now)
