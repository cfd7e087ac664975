"""Tests of echo.phone.load.crowd: calls begin at their times, and the load is over with the last one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from echo.phone.load.counts import Usage
from echo.phone.load.crowd import REFRESH, Crowd
from echo.phone.load.figures import Figures, Interval
from echo.phone.reactor import Stop


class Watching:
    """Keeps what is shown."""

    def __init__(self) -> None:
        self.intervals: list[Interval] = []
        self.ticks: list[float] = []

    def interval(self, interval: Interval) -> None:
        """Keep it."""
        self.intervals.append(interval)

    def tick(self, elapsed: float, figures: Figures) -> None:
        """Keep it."""
        self.ticks.append(elapsed)


class Load:
    """Calls that are over when the test says so."""

    def __init__(self, times: Sequence[float], stop: Stop | None = None, *, at_once: bool = False) -> None:
        self.clock = Clock()
        self.clock.advance(100)
        self.figures = Figures(Usage(100, 0, 0))
        self.shown = Watching()
        self.stop = stop or Stop()
        self.at_once = at_once
        self.calls: dict[int, Deferred[None]] = {}
        self.begun: list[float] = []
        crowd = Crowd(
            self.clock,
            self.figures,
            self._make,
            usage=lambda now: Usage(now, (now - 100) / 2, 0),
            progress=self.shown,
        )
        self.results: list[object] = []
        self.work = Deferred.fromCoroutine(crowd.run(times, self.stop)).addBoth(self.results.append)

    async def _make(self, number: int) -> None:
        self.begun.append(self.clock.seconds() - 100)
        self.calls[number] = Deferred()
        if self.at_once:
            self.calls[number].callback(None)
        await self.calls[number]

    def advance(self, seconds: float) -> None:
        """Let time pass in steps of 10 ms."""
        for _ in range(round(seconds * 100)):
            self.clock.advance(0.01)


def test_calls_begin_at_their_times() -> None:
    """Each begins when it is due, two at the same time as well."""
    load = Load([0, 0.5, 0.5, 2])
    load.advance(3)
    assert load.begun == pytest.approx([0, 0.5, 0.5, 2], abs=0.011)


def test_the_load_is_over_with_the_last_call() -> None:
    """Not before all have begun and all are over; then no timer is left and the last interval is closed."""
    load = Load([0, 1])
    load.calls[0].callback(None)
    load.advance(2)
    assert load.results == []
    load.calls[1].callback(None)
    assert load.results == [None]
    assert load.clock.getDelayedCalls() == []
    assert [interval.end for interval in load.figures.intervals] == pytest.approx([2])


def test_ten_seconds_are_told_together() -> None:
    """After ten seconds an interval is closed and shown, with what the phone took in it."""
    load = Load([0])
    load.advance(25)
    ends = [interval.end for interval in load.shown.intervals]
    assert ends == pytest.approx([10, 20], abs=REFRESH)
    assert [interval.usage.cpu_share for interval in load.shown.intervals] == pytest.approx([0.5, 0.5])
    load.calls[0].callback(None)
    assert len(load.figures.intervals) == 3


def test_the_live_line_is_written_all_the_time() -> None:
    """How things stand is shown every quarter of a second, from the beginning on."""
    load = Load([0])
    load.advance(1.01)
    assert load.shown.ticks == pytest.approx([0, 0.25, 0.5, 0.75, 1.0], abs=0.02)


def test_ctrl_c_begins_no_more_calls() -> None:
    """Those that have begun are waited for; they are hung up by themselves."""
    load = Load([0, 1, 2])
    load.advance(0.5)
    load.stop.ask()
    load.advance(5)
    assert load.begun == [0]
    assert load.results == []
    load.calls[0].callback(None)
    assert load.results == [None]
    assert load.clock.getDelayedCalls() == []


def test_ctrl_c_between_calls_ends_the_load() -> None:
    """With no call under way there is nothing to wait for."""
    load = Load([0, 60])
    load.calls[0].callback(None)
    load.advance(0.5)
    load.stop.ask()
    assert load.results == [None]


def test_a_load_that_was_stopped_before_it_began() -> None:
    """No call is made."""
    stop = Stop()
    stop.ask()
    load = Load([0, 1], stop)
    assert load.begun == []
    assert load.results == [None]


def test_calls_that_are_over_at_once() -> None:
    """Where nothing listens a load may be over before it is shown for the first time."""
    load = Load([0, 0], at_once=True)
    assert load.results == [None]
    assert load.shown.ticks == []
    assert load.clock.getDelayedCalls() == []


def test_a_bug_ends_the_load() -> None:
    """What goes wrong in a call that is no failure of it is not hidden: all calls are hung up, and it is raised."""
    load = Load([0, 0, 5])
    load.calls[0].errback(ZeroDivisionError("oh"))
    assert load.results == []
    assert load.stop.asked
    load.calls[1].callback(None)
    (failure,) = load.results
    assert isinstance(failure, Failure)
    assert failure.check(ZeroDivisionError)
