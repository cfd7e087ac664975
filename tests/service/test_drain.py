"""Tests of echo.service.drain: the end of the calls, on a clock that moves when told to."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from echo.call.report import Ending
from echo.call.session import CallSession
from echo.registry import Registry
from echo.service.drain import CLOSED_PER_SECOND, LONGEST_SPREAD, Drain, Stage
from tests.doubles import RecordingLog
from tests.doubles import Stage as CallStage

#: Seconds by which a call must be gone after its Close frame.
PATIENCE = 9.0


class End:
    """A drain with its calls."""

    def __init__(
        self, calls: int = 0, seconds: float = 30.0, random: float = 0.5, *, is_held: bool = False
    ) -> None:
        self.clock = Clock()
        self.log = RecordingLog()
        self.registry = Registry()
        self.over_at: list[float] = []
        self.drain = Drain(
            reactor=self.clock,
            registry=self.registry,
            log=self.log,
            seconds=seconds,
            patience=lambda: PATIENCE,
            random=lambda: random,
            is_held=is_held,
        )
        self.drain.when_over(lambda: self.over_at.append(self.clock.seconds()))
        self.stages = [CallStage(number=number) for number in range(1, calls + 1)]
        for stage in self.stages:
            self.registry.add(stage.call)

    def hang_up(self, *calls: CallSession) -> None:
        """Let the peers of these calls go, or of all."""
        for call in calls or [stage.call for stage in self.stages]:
            call.lost(Ending("provider", 1000, ""))
            self.registry.remove(call)

    def closed(self) -> list[int]:
        """The numbers of the calls that were sent a Close frame, each with 1001."""
        asked = {stage.call.number: stage.connection.asked for stage in self.stages}
        close = ("close", 1001, "the daemon is stopping")
        return [number for number, verbs in asked.items() if verbs.count(close) == 1]


def test_without_calls_it_is_over_at_once() -> None:
    """Nobody is waited for, and nothing is left in the reactor."""
    end = End()

    end.drain.hurry()

    assert (end.drain.stage, end.over_at, end.clock.getDelayedCalls()) == (Stage.OVER, [0.0], [])


def test_calls_go_on_and_no_new_one_is_taken() -> None:
    """At the first signal nothing happens to a call, and the gate is closed."""
    end = End(calls=2)
    assert end.drain.is_open

    end.drain.hurry()

    end.clock.advance(29.9)
    assert (end.drain.is_open, end.closed(), end.over_at) == (False, [], [])
    assert end.log.at("info") == [
        "draining: 2 calls may go on for 30 s, and no new one is taken; a second signal closes them now"
    ]


def test_it_is_over_with_the_last_call() -> None:
    """Nobody waits for the rest of the time."""
    end = End(calls=2)
    end.drain.hurry()
    end.clock.advance(5)

    end.hang_up(end.stages[0].call)
    assert end.over_at == []
    end.hang_up(end.stages[1].call)

    assert (end.over_at, end.clock.getDelayedCalls()) == ([5.0], [])


def test_what_is_left_after_the_time_is_closed_one_after_the_other() -> None:
    """Each call gets its Close frame at a moment of its own, at the pace at which they may come back."""
    end = End(calls=10, random=0.25)
    end.drain.hurry()

    end.clock.advance(30)
    assert end.closed() == []
    for place in range(10):
        end.clock.advance(0.25 / CLOSED_PER_SECOND + 1e-9)
        assert len(end.closed()) == place + 1
        end.clock.advance(0.75 / CLOSED_PER_SECOND)

    end.hang_up()
    assert len(end.over_at) == 1
    assert end.clock.getDelayedCalls() == []


def test_very_many_calls_take_no_longer_than_ten_seconds() -> None:
    """The spread is bounded, whatever the number of calls."""
    end = End(calls=600, seconds=0)

    end.drain.hurry()

    end.clock.advance(LONGEST_SPREAD / 2)
    assert 290 <= len(end.closed()) <= 310
    end.clock.advance(LONGEST_SPREAD / 2)
    assert len(end.closed()) == 600
    end.hang_up()


def test_calls_that_can_come_back_are_closed_at_once() -> None:
    """Where those who come back wait for the next process, none of them waits for others; it is told once."""
    end = End(calls=600, is_held=True)
    told: list[int] = []
    end.drain.when_closing(lambda: told.append(len(end.closed())))
    end.drain.hurry()
    end.clock.advance(29.9)
    assert told == []

    end.clock.advance(0.1)

    assert (told, len(end.closed())) == ([0], 600)
    end.hang_up()
    assert (end.over_at, told) == ([30.0], [0])


def test_the_moments_are_random() -> None:
    """Within its place each call is closed early or late, as the random number says."""
    early, late = End(calls=1, seconds=0, random=0.0), End(calls=1, seconds=0, random=0.99)
    for end in (early, late):
        end.drain.hurry()
        end.clock.advance(0)

    assert (early.closed(), late.closed()) == ([1], [])
    late.clock.advance(1 / CLOSED_PER_SECOND)
    assert late.closed() == [1]


def test_a_second_signal_closes_all_calls_now() -> None:
    """Whoever is in a hurry waits neither for the time nor for the spread."""
    end = End(calls=100)
    end.drain.hurry()

    end.drain.hurry()

    assert (len(end.closed()), end.over_at) == (100, [])
    end.hang_up()
    assert end.over_at == [0.0]


def test_a_signal_within_the_spread_closes_the_rest_now() -> None:
    """Calls that were closed are not closed again."""
    end = End(calls=100)
    end.drain.hurry()
    end.clock.advance(30)
    end.clock.advance(1)
    assert 0 < len(end.closed()) < 100

    end.drain.hurry()

    assert len(end.closed()) == 100
    end.hang_up()


def test_a_signal_while_peers_are_to_answer_ends_it_without_them() -> None:
    """The third signal at the latest: nobody is waited for any more."""
    end = End(calls=1)
    end.drain.hurry()
    end.drain.hurry()
    assert end.over_at == []

    end.drain.hurry()

    assert end.over_at == [0.0]
    assert end.log.at("warn") == ["not waiting for 1 call to answer the Close frame"]
    end.drain.hurry()  # whatever comes then changes nothing
    assert (end.over_at, end.clock.getDelayedCalls()) == ([0.0], [])


def test_a_call_that_never_ends_is_given_up() -> None:
    """By a bug of ours a call may stay in the list: the stop is over all the same, and says so."""
    end = End(calls=1, seconds=0)
    end.drain.hurry()

    end.clock.advance(1)
    end.clock.advance(PATIENCE)

    assert end.drain.stage is Stage.OVER
    assert end.log.at("error") == ["1 call did not end in time; stopping without them"]


def test_calls_that_end_within_the_spread_end_it() -> None:
    """When the last one is gone, no goodbye is left to be said."""
    end = End(calls=100, seconds=0)
    end.drain.hurry()

    end.hang_up()

    assert (end.over_at, end.clock.getDelayedCalls()) == ([0.0], [])


def test_the_end_can_be_had_at_once() -> None:
    """Who stops the service itself closes all calls, without any drain."""
    end = End(calls=60)

    end.drain.close_all()

    assert (len(end.closed()), end.drain.is_open) == (60, False)
    end.hang_up()
    assert end.over_at == [0.0]


def test_a_bug_in_one_call_spares_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where closing one call fails, the others are closed."""
    end = End(calls=2, seconds=0, random=0.0)
    broken, close = end.stages[0].call, CallSession.close
    monkeypatch.setattr(
        CallSession, "close", lambda call, *why: 1 / 0 if call is broken else close(call, *why)
    )

    end.drain.hurry()
    end.clock.advance(1)

    assert end.closed() == [2]
    assert end.log.at("failure") == ["call 1: closing failed"]
    end.hang_up()


@pytest.mark.parametrize(("seconds", "told"), [(7200, 60), (30, 30), (12.5, 13)])
def test_a_refused_caller_is_told_when_to_ask_again(seconds: float, told: int) -> None:
    """In whole seconds, when the drain ends, but in a minute at the latest; and never in none."""
    end = End(calls=1, seconds=seconds)
    assert end.drain.retry_after() == 1
    end.drain.hurry()

    assert end.drain.retry_after() == told
    end.clock.advance(seconds)
    assert end.drain.retry_after() == 1
    end.hang_up()


def test_the_status_tells_how_far_it_is() -> None:
    """One line for ``systemctl status``."""
    end = End(calls=1)
    told = [end.drain.status()]
    end.drain.hurry()
    end.clock.advance(12)
    told.append(end.drain.status())
    end.clock.advance(18)
    told.append(end.drain.status())
    end.hang_up()
    told.append(end.drain.status())

    assert told == [
        "taking calls, 1 call is on",
        "draining, 1 call is on, for 18 s at most",
        "closing, 1 call is on",
        "stopping, 0 calls are on",
    ]
