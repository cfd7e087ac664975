"""
Every deadline of a call is met by a shell that only calls ``tick`` when it was asked to, and never in vain.

The expected end of a call is worked out from the limits and from what happened, without the session.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo.call.report import Ending
from echo.call.state import State
from echo.limits import STANDARD, Limits
from tests.doubles import RecordingApp, Stage

#: Long after every deadline below.
LONG = 10_000.0


class Shell:
    """
    A shell around one call: it ticks at the alarms the call asks for, and at no other time.

    Attributes:
        told: (seconds since the call began, verb) for each verb but those that carry messages.
    """

    def __init__(self, limits: Limits = STANDARD) -> None:
        self.stage = Stage(make_app=RecordingApp, limits=limits)
        self.stage.clock.now = self.opened = self.stage.call.opened_at
        self.stage.connection.wake_at(self.stage.call.next_deadline())
        self.told: list[tuple[float, str]] = []
        self.ticks = 0

    def run_until(self, at: float) -> None:
        """Let time pass to ``at`` seconds after the beginning, with a tick at each alarm on the way."""
        connection, clock = self.stage.connection, self.stage.clock
        while connection.alarm is not None and connection.alarm <= self.opened + at:
            alarm = connection.take_alarm()
            assert alarm is not None
            clock.now = max(clock.now, alarm)
            self._tick()
        clock.now = self.opened + at

    def do(self, at: float, what: str) -> None:
        """Let something happen at ``at``."""
        self.run_until(at)
        call = self.stage.call
        {
            "audio": self.stage.hear,
            "text": self.stage.read,
            "pong": lambda: call.ponged(b"", self.stage.clock.now),
            "congested": call.congested,
            "drained": call.drained,
            "close": lambda: call.close(1000, "bye"),
            "over": lambda: call.over(Ending("provider", 1000, "")),
        }[what]()
        self._note()

    def _tick(self) -> None:
        now = self.stage.clock.now
        self.ticks += 1
        self.stage.call.tick(now)
        alarm = self.stage.connection.alarm
        assert alarm is None or alarm > now, "a tick that asks for another at once: a busy loop"
        self._note()

    def _note(self) -> None:
        asked = self.stage.connection.asked
        self.told += [(self.stage.clock.now - self.opened, str(verb)) for verb, *_ in asked]
        asked.clear()


def expected_end(limits: Limits, events: list[tuple[float, str]]) -> tuple[float, str]:
    """When a call ends to which ``events`` happen, and by which verb or event; at the latest by silence."""
    first, heard, stuck = math.inf, 0.0, math.inf
    for at, what in [*events, (math.inf, "nothing")]:
        if first == math.inf:
            rule = (float(limits.first_message_timeout), "close")
        else:
            rule = (heard + limits.idle_timeout, "abort")
        due = min(rule, (stuck + limits.stuck_timeout, "abort"))
        if due[0] < at:
            return due
        if what in {"close", "over"}:
            return at, what
        if what in {"audio", "text"}:
            first = min(first, at)
        if what in {"audio", "text", "pong"}:
            heard = at
        if what == "congested":
            stuck = min(stuck, at)
        if what == "drained":
            stuck = math.inf
    raise AssertionError("unreachable: silence ends every call")


def expected_pings(limits: Limits, events: list[tuple[float, str]], end: float) -> list[float]:
    """The times of the pings between the first message and the ``end``."""
    first = min((at for at, what in events if what in {"audio", "text"}), default=math.inf)
    times = []
    due = max(first, limits.ping_interval)
    while due < end:
        times.append(due)
        due += limits.ping_interval
    return times


def run(limits: Limits, events: list[tuple[float, str]]) -> Shell:
    """A call to which ``events`` happen until it is over, and then a long time without any."""
    shell = Shell(limits)
    for at, what in events:
        shell.do(at, what)
    shell.run_until(LONG)
    return shell


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[float, str]]:
    """Events in order, no two at the same moment nor at one that a whole number of seconds lies between."""
    kinds = st.sampled_from(
        ["audio", "text", "pong", "congested", "drained", "audio", "pong", "close", "over"]
    )
    steps = draw(st.lists(st.tuples(st.integers(0, 25), kinds), max_size=20))
    at, events = 0, []
    for number, (gap, what) in enumerate(steps, 1):
        at += gap
        events.append((at + number / 1024, what))
    return events


SECONDS = st.integers(1, 40)


@settings(max_examples=150)
@given(
    limits=st.builds(
        Limits,
        first_message_timeout=SECONDS,
        idle_timeout=SECONDS,
        ping_interval=SECONDS,
        stuck_timeout=SECONDS,
        close_timeout=SECONDS,
    ),
    events=histories(),
)
def test_every_deadline_is_met(limits: Limits, events: list[tuple[float, str]]) -> None:
    """Whatever happens and whichever limits hold, a call pings and ends exactly when it must."""
    shell = run(limits, events)
    end, verb = expected_end(limits, events)
    pings = expected_pings(limits, events, end)
    ends = {
        "abort": [(end, "abort")],
        "close": [(end, "close"), (end + limits.close_timeout, "abort")],
        "over": [(end + limits.close_timeout, "abort")],
    }
    assert shell.told == [*((at, "ping") for at in pings), *ends[verb]]
    assert shell.ticks <= len(pings) + 2 * len(events) + 4


@pytest.mark.parametrize(
    ("events", "end", "line"),
    [
        ([], (10, "close"), "echo (close code 1008: no message in the first 10 s) after 15.0 s"),
        ([(3, "pong")], (10, "close"), "echo (close code 1008: no message in the first 10 s) after 15.0 s"),
        (
            [(3, "audio")],
            (63, "abort"),
            "echo (no close frame: nothing heard for 60 s, not even a pong) after 63.0 s",
        ),
        ([(3, "text"), (50, "pong")], (110, "abort"), "echo (no close frame: nothing heard for 60 s"),
        (
            [(3, "audio"), (5, "congested")],
            (15, "abort"),
            "echo (no close frame: stuck: did not take what waited for 10 s)",
        ),
        ([(1, "congested")], (10, "close"), "echo (close code 1008: no message in the first 10 s)"),
        (
            [(0, "congested")],
            (10, "abort"),
            "echo (no close frame: stuck: did not take what waited for 10 s)",
        ),
        ([(3, "audio"), (5, "congested"), (14, "drained")], (63, "abort"), "echo (no close frame: nothing"),
        ([(3, "audio"), (5, "congested"), (14, "congested")], (15, "abort"), "echo (no close frame: stuck"),
        ([(3, "audio"), (5, "close")], (5, "close"), "echo (close code 1000: bye) after 10.0 s"),
    ],
)
def test_standard_limits(events: list[tuple[float, str]], end: tuple[float, str], line: str) -> None:
    """The deadlines of a daemon as it comes, one by one, and what the log says of them."""
    shell = run(STANDARD, events)
    assert next((at, verb) for at, verb in shell.told if verb != "ping") == end
    shell.stage.clock.now = shell.opened + shell.told[-1][0]
    shell.stage.call.lost(Ending("network", 1006, "reset"))
    assert f"ended by {line}" in shell.stage.log.at("info")[-1]


def test_a_peer_that_answers_pings_may_be_silent() -> None:
    """A caller on hold says nothing for an hour; pongs keep the call."""
    shell = Shell()
    shell.do(0, "text")
    for at in range(20, 3600, 20):
        shell.do(at + 0.05, "pong")
    assert {verb for _, verb in shell.told} == {"ping"}
    assert shell.stage.call.state is State.TALKING
    assert shell.ticks <= 3600 / 20 + 2


def test_a_tick_too_early_does_nothing() -> None:
    """A tick before its time changes nothing, and asks for the deadline again."""
    stage = Stage()
    stage.pass_time(0.5)
    assert stage.connection.asked == []
    assert stage.connection.take_alarm() == stage.call.opened_at + 10
    stage.call.close(1000, "bye")
    stage.pass_time(0.5)
    assert stage.connection.asked == [("close", 1000, "bye")]
    assert stage.connection.take_alarm() == stage.clock.now + 4.5


def test_the_first_message_may_bring_a_nearer_deadline() -> None:
    """With a long first deadline and a short idle one, the alarm is moved as the call begins to talk."""
    shell = Shell(replace(STANDARD, first_message_timeout=600, idle_timeout=5))
    shell.do(1, "audio")
    assert shell.stage.connection.alarm == shell.opened + 6
    shell.run_until(LONG)
    assert shell.told == [(6, "abort")]
