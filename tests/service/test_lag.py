"""Tests of echo.service.lag."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from echo.service.lag import EVERY, WINDOW, Lag


def started() -> tuple[Lag, Clock]:
    """Begin to measure a clock that stands still."""
    clock = Clock()
    lag = Lag(clock)
    lag.start()
    return lag, clock


def pass_in_time(clock: Clock, seconds: float) -> None:
    """Let time pass as for a reactor that fires each timer when it is due."""
    for _ in range(round(seconds / EVERY)):
        clock.advance(EVERY)


def test_a_reactor_that_is_on_time_has_no_lag() -> None:
    """Timers that fire when they are due are not late."""
    lag, clock = started()

    pass_in_time(clock, 1.0)

    assert lag.latest == pytest.approx(0.0, abs=1e-9)
    assert lag.worst == pytest.approx(0.0, abs=1e-9)


def test_a_stall_shows_and_passes() -> None:
    """What comes at once after a stall is late by it; the next timer is not, but the stall stays the worst."""
    lag, clock = started()

    clock.advance(EVERY + 3.0)
    assert lag.latest == pytest.approx(3.0)

    pass_in_time(clock, EVERY)
    assert lag.latest == pytest.approx(0.0, abs=1e-9)
    assert lag.worst == pytest.approx(3.0)


def test_a_timer_that_has_not_fired_yet_counts() -> None:
    """Who asks within a stall is told of it, before the late timer has had its turn."""
    lag, clock = started()

    clock.rightNow += EVERY + 2.0  # the reactor is busy: nothing fires

    assert lag.latest == pytest.approx(2.0)
    assert lag.worst == pytest.approx(2.0)


def test_the_worst_is_forgotten_after_two_minutes_and_not_within_one() -> None:
    """A stall at the start of a service is no news an hour later."""
    lag, clock = started()
    clock.advance(EVERY + 3.0)

    pass_in_time(clock, WINDOW)
    assert lag.worst == pytest.approx(3.0)

    pass_in_time(clock, WINDOW + 5)
    assert lag.worst == pytest.approx(0.0, abs=1e-6)


def test_it_leaves_nothing_behind() -> None:
    """After the stop there is no timer, and no lag; stopping twice does no harm."""
    lag, clock = started()
    clock.advance(5.0)

    lag.stop()
    lag.stop()

    assert clock.getDelayedCalls() == []
    assert lag.latest == 0.0
