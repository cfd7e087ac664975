"""Tests of echo.phone.faults.torture: one fault after the other, with calls that were made up."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from twisted.internet.task import Clock

from echo.phone.conduct import ORDINARY, Conditions
from echo.phone.faults import torture
from echo.phone.faults.seen import Seen
from echo.phone.faults.table import FAULTS
from echo.phone.faults.torture import Torture, chosen, try_all
from echo.phone.faults.trials import Bench, Result
from echo.phone.order import CallOrder, Output, TortureOrder
from echo.phone.reactor import Stop
from tests.phone.faults.doubles import BROKEN, ECHO, NOBODY, SOCKET, done


class Made:
    """Takes the place of the calls of a torture."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, calls: Iterable[Seen], usual: Seen = ECHO) -> None:
        self.orders: list[CallOrder] = []
        self.calls = iter(calls)
        self.usual = usual
        self.stop = Stop()
        self.stops_after: int | None = None
        self.told: list[Result] = []
        self.said: list[str] = []
        monkeypatch.setattr(torture, "ordinary_call", self.ordinary)
        monkeypatch.setattr(Bench, "call", self.call)

    async def ordinary(self, _reactor: Any, order: CallOrder, _stop: Stop) -> Seen:
        """Make the ordinary call."""
        self.orders.append(order)
        return self.usual

    async def call(
        self, order: CallOrder, conditions: Conditions = ORDINARY, *, small_window: bool = False
    ) -> Seen:
        """Make another one."""
        self.orders.append(order)
        if len(self.orders) == self.stops_after:
            self.stop.ask()
        return next(self.calls)

    def run(self, *only: str, order: CallOrder = SOCKET) -> Torture:
        """Try some faults."""
        faults = chosen(TortureOrder(order, only))
        result: Torture = done(
            try_all(Clock(), order, self.stop, self.told.append, faults, say=self.said.append)
        )
        return result


def states(result: Torture) -> dict[str, bool | None]:
    """What became of each row."""
    return {row.name: row.passed for row in result.results}


def test_a_torture_tells_the_ordinary_call_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the faults in the order of the table, whatever that of the command line is."""
    result = Made(monkeypatch, [ECHO] * 4).run("leading-space", "bursts")

    assert states(result) == {"ordinary-call": True, "bursts": True, "leading-space": True}
    assert list(states(result)) == ["ordinary-call", "bursts", "leading-space"]
    assert (result.exit_status, result.interrupted) == (0, False)


def test_each_row_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As soon as it is known, in the order of the outcome."""
    made = Made(monkeypatch, [ECHO] * 4)
    result = made.run("leading-space", "bursts")

    assert made.told == result.results


def test_a_failed_fault_does_not_end_the_torture(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one is tried, and the exit status tells of the failure."""
    result = Made(monkeypatch, [BROKEN, ECHO, ECHO, ECHO]).run("leading-space", "bursts")

    assert states(result) == {"ordinary-call": True, "bursts": False, "leading-space": True}
    assert result.exit_status == 1


def test_an_application_that_is_gone_is_asked_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """If it does not come back, the rest is not tried; if it does, it is."""
    gone = Made(monkeypatch, [ECHO, NOBODY, NOBODY]).run("leading-space", "bursts")
    back = Made(monkeypatch, [ECHO, NOBODY, ECHO, ECHO, ECHO]).run("leading-space", "bursts")

    assert states(gone) == {"ordinary-call": True, "bursts": False, "leading-space": None}
    assert gone.results[-1].sentence == "the application takes no calls any more"
    assert states(back) == {"ordinary-call": True, "bursts": False, "leading-space": True}


def test_an_application_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three calls in a row that are not taken are enough, however many faults are left; each is announced."""
    faults = [fault.name for fault in FAULTS if not fault.requires][:6]
    made = Made(monkeypatch, [NOBODY] * 4)
    result = made.run(*faults)

    assert list(states(result).values()) == [True, False, *[None] * 5]
    assert [row.sentence for row in result.results[2:]] == [
        *["the application takes no calls any more"] * 2,
        *["the application no longer answers"] * 3,
    ]
    assert made.said == [
        f"The last call was not taken: calling again ({number} of 3) ..." for number in (2, 3)
    ]
    assert (result.exit_status, result.interrupted) == (1, False)


@pytest.mark.parametrize(
    "usual",
    [
        replace(ECHO, ended_by="phone", failed={"frame-size": "Message 0 has 3 bytes."}),
        replace(ECHO, ended_by="application", failed={"stays": "It closed the call."}),
    ],
)
def test_no_fault_is_tried_where_the_ordinary_call_breaks_off(
    monkeypatch: pytest.MonkeyPatch, usual: Seen
) -> None:
    """That is told, with its sentence, and the rest is not tried."""
    result = Made(monkeypatch, [], usual).run("bursts")

    assert states(result) == {"ordinary-call": False, "bursts": None}
    assert result.results[0].sentence == next(iter(usual.failed.values()))
    assert result.exit_status == 1


def test_no_call_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit status is 2."""
    result = Made(monkeypatch, [], NOBODY).run("bursts")

    assert (result.exit_status, result.problem, list(result.results)) == (2, "connection refused", [])


def test_ctrl_c_ends_the_torture(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was tried stands; what was under way and the rest was not tried."""
    made = Made(monkeypatch, [ECHO] * 4)
    made.stops_after = 4
    result = made.run("leading-space", "bursts", "dtmf-storm")

    assert states(result) == {
        "ordinary-call": True,
        "bursts": True,
        "leading-space": None,
        "dtmf-storm": None,
    }
    assert (result.exit_status, result.interrupted) == (2, True)
    assert [row.sentence for row in result.results[2:]] == ["interrupted"] * 2
    assert made.told == result.results


def test_an_ordinary_call_that_was_stopped_has_not_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was cut short: what it showed is no measure."""
    made = Made(monkeypatch, [])
    made.stop.ask()
    result = made.run("bursts")

    assert states(result) == {"ordinary-call": None, "bursts": None}
    assert (result.exit_status, result.interrupted) == (2, True)


def test_a_failure_before_ctrl_c_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has failed has failed, whatever else was not tried."""
    made = Made(monkeypatch, [BROKEN, *[ECHO] * 3])
    made.stops_after = 4
    result = made.run("leading-space", "bursts")

    assert states(result) == {"ordinary-call": True, "bursts": False, "leading-space": None}
    assert (result.exit_status, result.interrupted) == (1, True)


def test_a_call_of_a_torture_has_nothing_of_a_single_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """No files are written 40 times, and no expectation fails every call."""
    single = replace(
        SOCKET, record="x.wav", trace="x", expect="silence", limits={"max_p50": 1}, dtmf=((1, "1"),)
    )
    made = Made(monkeypatch, [ECHO] * 2)
    made.run("bursts", order=single)

    assert [replace(order, duration=None, tail=2.0) for order in made.orders] == [SOCKET] * 3


def test_faults_are_chosen() -> None:
    """All of them, only some, or all but some."""
    every = [fault.name for fault in FAULTS]

    assert [fault.name for fault in chosen(TortureOrder(SOCKET))] == every
    assert [fault.name for fault in chosen(TortureOrder(SOCKET, only=("stall", "bursts")))] == [
        "bursts",
        "stall",
    ]
    assert [fault.name for fault in chosen(TortureOrder(SOCKET, without=("bursts",)))] == every[1:]
    assert chosen(TortureOrder(SOCKET, only=("bursts",), without=("bursts",))) == []


ROWS = """\
ordinary-call  passed     The caller heard echo, 50 of 50 frames.
bursts         failed     7 of the 57 frames did not come back, where an ordinary call returns all.
"""


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        (Output(), f"{ROWS}\n1 passed, 1 failed\n"),
        (Output(quiet=True), ROWS.splitlines(keepends=True)[1]),
        (Output(as_json=True), None),
    ],
)
def test_the_outcome_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], output: Output, shown: str | None
) -> None:
    """Each row goes to standard output once, or one object does; the exit status is returned."""
    made = Made(monkeypatch, [BROKEN, ECHO])
    monkeypatch.setattr(torture, "run", lambda work: done(work(Clock(), made.stop)))

    assert torture.run_torture(TortureOrder(SOCKET, ("bursts",), output=output)) == 1
    told = capsys.readouterr()
    assert told.out == shown or [fault["passed"] for fault in json.loads(told.out)["faults"]] == [True, False]
    assert told.err == ("" if output.quiet or output.as_json else "Trying 1 fault on ws://app/ ...\n")
