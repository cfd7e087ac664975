"""Tests of echo.vonage.patience: how often, and how long before each further time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.vonage.patience import STANDARD, Patience, is_worth_another, retry_after

NOON = 1795348800.0  # Sun, 22 Nov 2026 12:00:00 GMT


def test_delays_double() -> None:
    """Each is between half of what it may be and the whole, up to the longest one; then it is given up."""
    patience = Patience(tries=7, first=0.5, most=4)
    assert [patience.delay(attempt, lambda: 1.0) for attempt in range(1, 8)] == [0.5, 1, 2, 4, 4, 4, None]
    assert [patience.delay(attempt, lambda: 0.0) for attempt in range(1, 4)] == [0.25, 0.5, 1]


def test_what_the_api_asks_for_counts_for_more() -> None:
    """It is never asked sooner than it wants to be, and not at all where that is too late."""
    assert STANDARD.delay(1, lambda: 0.5, 3.0) == 3.0
    assert STANDARD.delay(1, lambda: 1.0, 0.0) == 0.5
    assert STANDARD.delay(1, lambda: 0.5, STANDARD.longest) == STANDARD.longest
    assert STANDARD.delay(1, lambda: 0.5, STANDARD.longest + 1) is None


@given(st.integers(1, 200), st.floats(0, 1), st.none() | st.floats(0, 1e9))
def test_a_delay_is_bounded(attempt: int, random: float, told: float | None) -> None:
    """Whatever the API says, nobody waits longer than the longest time."""
    delay = STANDARD.delay(attempt, lambda: random, told)
    assert delay is None or 0 <= delay <= STANDARD.longest


@pytest.mark.parametrize(
    ("status", "repeatable", "others"),
    [(429, True, True), (500, True, True), (503, True, True), (502, True, False), (504, True, False)]
    + [(status, False, False) for status in (200, 301, 400, 401, 403, 404, 409, 422)],
)
def test_which_answers_are_worth_another_try(status: int, *, repeatable: bool, others: bool) -> None:
    """429 and 5xx are; behind a gateway that failed something may have been done, so only what may be done twice."""
    assert is_worth_another(status, repeatable=True) is repeatable
    assert is_worth_another(status, repeatable=False) is others


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0),
        (" 10 ", 10.0),
        ("0", 0.0),
        ("Sun, 22 Nov 2026 12:00:05 GMT", 5.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("Sun, 22 Nov 2026 12:00:05 -0000", 5.0),
        ("9" * 400, 999999999.0),
        (None, None),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("\u0663", None),
        ("Sun, 99 Nov 2026 12:00:05 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    """Seconds or a date (RFC 9110 section 10.2.3); anything else says nothing."""
    assert retry_after(value, NOON) == seconds


@given(st.text(max_size=40))
def test_whatever_retry_after_says_is_a_time_or_nothing(text: str) -> None:
    """Never before now."""
    seconds = retry_after(text, NOON)
    assert seconds is None or seconds >= 0
