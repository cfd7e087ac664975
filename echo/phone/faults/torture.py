"""``echo-phone torture``: every fault, one after the other, and a table of how the application bore them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from echo.phone.caller import speech_can_be_made
from echo.phone.faults.seen import Seen
from echo.phone.faults.shown import as_document, as_lines
from echo.phone.faults.table import FAULTS, Fault
from echo.phone.faults.trials import Bench, Result, attempt, missing, ordinary_call
from echo.phone.order import CallOrder, TortureOrder
from echo.phone.reactor import Stop, run
from echo.phone.show.live import Watcher, watcher
from echo.phone.show.screen import look
from echo.phone.show.writing import write, write_document

#: The row of the table that is no fault: the call that all others are held against.
ORDINARY_CALL = "ordinary-call"


@dataclass(frozen=True)
class Torture:
    """
    What became of all of it.

    Attributes:
        problem: why no call could be made at all; ``None`` where one was.
        results: in the order of the table, the ordinary call first.
    """

    problem: str | None
    results: Sequence[Result]

    @property
    def exit_status(self) -> int:
        """0 all passed or were not tried, 1 some failed, 2 no call could be made."""
        if self.problem is not None:
            return 2
        return int(any(result.passed is False for result in self.results))


def run_torture(order: TortureOrder) -> int:
    """
    Try the faults that are asked for, show how they went, and return the exit status.

    Raises:
        PhoneError: where the order itself cannot be carried out.
    """
    output = order.output
    seen_by = watcher(sys.stderr, os.environ, quiet=output.quiet or output.as_json)
    torture = run(lambda reactor, stop: try_all(reactor, order, stop, seen_by))
    if output.as_json:
        write_document(
            as_document(order.call.url, torture.problem, torture.exit_status, torture.results), sys.stdout
        )
    else:
        screen = look(sys.stdout, os.environ)
        write(as_lines(torture.problem, torture.results, screen, quiet=output.quiet), sys.stdout, screen)
    return torture.exit_status


def chosen(order: TortureOrder) -> list[Fault]:
    """Take the faults that are asked for, in the order of the table."""
    return [
        fault
        for fault in FAULTS
        if (not order.only or fault.name in order.only) and fault.name not in order.without
    ]


async def try_all(
    reactor: Any, order: TortureOrder, stop: Stop, seen_by: Watcher, faults: Sequence[Fault] | None = None
) -> Torture:
    """Make the ordinary call, then try fault after fault as long as calls are taken and nobody stops it."""
    call = _plain(order.call)
    speech_can_be_made(call)
    usual = await ordinary_call(reactor, call, stop)
    if usual.problem is not None:
        return Torture(usual.problem, [])
    results = [_ordinary(usual)]
    seen_by.step(_line(results[0]))
    bench = Bench(reactor, call, stop, usual, usual)
    wanted = chosen(order) if faults is None else faults
    for number, fault in enumerate(wanted, 1):
        result = await _one(bench, fault)
        results.append(result)
        seen_by.step(f"{number}/{len(wanted)} {_line(result)}")
    seen_by.done()
    return Torture(None, results)


async def _one(bench: Bench, fault: Fault) -> Result:
    """Try a fault if there is any sense in it."""
    reason = _senseless(bench) or missing(fault, bench.order, bench.usual) or await _gone(bench)
    if reason is not None:
        return Result(fault.name, None, reason)
    result = await attempt(bench, fault)
    stopped = _stopped(bench)
    return result if stopped is None else Result(fault.name, None, stopped)


def _stopped(bench: Bench) -> str | None:
    return "stopped" if bench.stop.asked else None


def _senseless(bench: Bench) -> str | None:
    """Say why no call can show anything, if it is so."""
    if bench.usual.ended_by == "phone" or "stays" in bench.usual.failed:
        return "the ordinary call goes wrong already"
    return _stopped(bench)


async def _gone(bench: Bench) -> str | None:
    return None if await bench.takes_calls() else "the application takes no calls any more"


def _plain(order: CallOrder) -> CallOrder:
    """Leave out of a call what is for a single one: files, expectations and keys."""
    return replace(order, record=None, trace=None, expect=None, limits={}, dtmf=(), mutes=(), hangup="abrupt")


def _ordinary(usual: Seen) -> Result:
    """Judge the ordinary call by the provider's rules alone."""
    broken = next(iter(usual.failed.values()), None)
    told = f"The caller heard {usual.heard}" + (
        f", {usual.echoed} of {usual.said} frames" * (usual.heard == "echo")
    )
    return Result(ORDINARY_CALL, broken is None, broken or f"{told}.")


def _line(result: Result) -> str:
    words: dict[bool | None, str] = {True: "passed", False: "failed", None: "not tried"}
    return f"{result.name}: {words[result.passed]}"
