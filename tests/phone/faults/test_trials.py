"""Tests of echo.phone.faults.trials: one fault at a time, with calls that were made up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from twisted.internet.task import Clock

from echo.phone.conduct import ORDINARY, Conditions
from echo.phone.faults import trials
from echo.phone.faults.seen import Seen
from echo.phone.faults.table import FAULTS
from echo.phone.faults.trials import Bench, Result, attempt, missing
from echo.phone.faults.ways import OnCall
from echo.phone.order import CallOrder
from echo.phone.reactor import Stop
from tests.phone.faults.doubles import ANSWER, BROKEN, ECHO, NOBODY, SOCKET, done, fault


class ScriptedBench(Bench):
    """Makes the calls that it is given, and remembers with what."""

    def __init__(self, *calls: Seen, order: CallOrder = SOCKET, usual: Seen = ECHO) -> None:
        super().__init__(Clock(), order, Stop(), usual, usual)
        self.calls = list(calls)
        self.orders: list[CallOrder] = []
        self.conditions: list[Conditions] = []
        self.small: list[bool] = []

    async def call(
        self, order: CallOrder, conditions: Conditions = ORDINARY, *, small_window: bool = False
    ) -> Seen:
        """Take the next one."""
        self.orders.append(order)
        self.small.append(small_window)
        self.conditions.append(conditions)
        return self.calls.pop(0)


def tried(bench: ScriptedBench, name: str) -> Result:
    """What became of one fault."""
    result: Result = done(attempt(bench, fault(name)), bench.reactor)
    return result


def test_a_fault_that_is_borne_passes() -> None:
    """Both the call with the fault and the one after it are as usual."""
    bench = ScriptedBench(ECHO, ECHO)

    assert tried(bench, "bursts") == Result("bursts", True, "50 of 50 frames came back.")
    assert [order.duration for order in bench.orders] == [1.5, 0.6]
    assert [order.tail for order in bench.orders] == [0.5, 0.5]


def test_a_fault_that_is_not_borne_fails() -> None:
    """The sentence is that of the call with the fault."""
    result = tried(ScriptedBench(BROKEN, ECHO), "bursts")

    assert (result.passed, result.sentence[:34]) == (False, "7 of the 57 frames did not come ba")


def test_the_call_afterwards_counts() -> None:
    """An application that survives the fault but not the next call has not borne it."""
    result = tried(ScriptedBench(ECHO, NOBODY), "bursts")

    assert result.passed is False
    assert result.sentence == (
        "Afterwards an ordinary call went wrong: there was no call: connection refused."
    )


def test_the_call_beside_counts() -> None:
    """While one call is stuck another one is made; both must go well."""
    good = tried(ScriptedBench(ECHO, ECHO, ECHO), "half-open")
    calls = ScriptedBench(replace(ECHO, heard="nothing"), BROKEN, ECHO)
    bad = tried(calls, "half-open")

    assert (good.passed, bad.passed) == (True, False)
    assert good.sentence.endswith("another call went well meanwhile.")
    assert bad.sentence.startswith("Meanwhile another call went wrong: 7 of")
    assert [order.duration for order in calls.orders] == [4.4, 0.6, 0.6]


def test_a_slow_application_is_given_time() -> None:
    """Who greets after 3 s and returns after 2 s is listened to for longer, within reason."""
    slow = replace(ECHO, first_audio=3.0, round_trip=2.0)
    slower = replace(ECHO, first_audio=60.0, round_trip=60.0)

    for usual, times in ((slow, (3.4, 2.4)), (slower, (5.4, 5.4))):
        order = ScriptedBench(usual=usual).timed(SOCKET, 1.0)
        assert (order.duration, order.tail) == pytest.approx(times)


def test_the_calls_are_those_of_the_fault() -> None:
    """Manner, changes of the order and the time of the event are those of the table; the call afterwards is plain."""
    for name, way in ((each.name, each.way) for each in FAULTS):
        if not isinstance(way, OnCall):
            continue
        bench = ScriptedBench(*[ECHO] * 3)
        tried(bench, name)

        assert bench.conditions[0].manner is way.manner
        assert bench.conditions[0].answered is way.answered
        assert bench.small == [way.small_window, *[False] * (len(bench.small) - 1)]
        assert {key: getattr(bench.orders[0], key) for key in way.changes} == way.changes
        assert bench.conditions[-1] == ORDINARY
        assert replace(bench.orders[-1], duration=None, tail=2.0) == SOCKET


def test_late_answers_to_nothing_are_told() -> None:
    """An application without commands has nothing answered late."""
    told = tried(ScriptedBench(ECHO, ECHO), "late-cleared").sentence
    asked = tried(ScriptedBench(replace(ECHO, commands=1), ECHO), "late-cleared").sentence

    assert told.endswith("it sent neither clear nor notify.")
    assert "neither" not in asked


@pytest.mark.parametrize(
    ("name", "order", "usual", "told"),
    [
        ("bursts", SOCKET, ECHO, None),
        ("duplicate-answer", SOCKET, ECHO, "needs an answer URL"),
        ("duplicate-answer", ANSWER, ECHO, None),
        ("stale-webhook", SOCKET, ECHO, "needs an answer URL and --signature-secret"),
        ("stale-webhook", ANSWER, ECHO, "needs --signature-secret"),
        ("stale-webhook", replace(ANSWER, signature_secret="s"), ECHO, None),
        ("answered-before-socket", ANSWER, ECHO, None),
        (
            "answered-before-socket",
            ANSWER,
            replace(ECHO, events=0),
            "needs an eventUrl in the NCCO, or --event-url",
        ),
        ("slow-tls", ANSWER, ECHO, "needs https:// or wss://"),
        ("slow-tls", CallOrder("https://app/"), ECHO, None),
        ("slow-tls", ANSWER, replace(ECHO, url="wss://app/"), None),
    ],
)
def test_what_is_missing_is_told(name: str, order: CallOrder, usual: Seen, told: str | None) -> None:
    """A fault that cannot be tried says what it needs."""
    assert missing(fault(name), order, usual) == told


@pytest.mark.parametrize(
    ("came", "beside", "passed", "sentence"),
    [
        ((None, "it answered"), ECHO, True, "It answered, and another call went well meanwhile."),
        (("it did nothing", ""), ECHO, False, "It did nothing."),
        ((None, "it answered"), NOBODY, False, "Meanwhile another call went wrong: there was no call:"),
    ],
)
def test_a_slow_handshake_is_judged(
    monkeypatch: pytest.MonkeyPatch,
    came: tuple[str | None, str],
    beside: Seen,
    passed: bool,
    sentence: str,
) -> None:
    """It is begun with the address that has TLS, and a call is made beside it."""
    asked: list[str] = []

    async def shake(_reactor: Any, url: str, _way: Any) -> tuple[str | None, str]:
        asked.append(url)
        return came

    monkeypatch.setattr(trials, "slow_handshake", shake)
    bench = ScriptedBench(beside, ECHO, order=ANSWER, usual=replace(ECHO, url="wss://app/"))
    result = tried(bench, "slow-tls")

    assert (result.passed, result.sentence[: len(sentence)]) == (passed, sentence)
    assert asked == ["wss://app/"]
