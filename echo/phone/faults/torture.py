"""
``echo-phone torture``: every fault, one after the other, and a table of how the application bore them.

The exit status is 0 if it bore everything that could be tried, 1 if it did not bear something, and 2 if no call could
be made or somebody stopped it (Ctrl-C) before everything was tried: what was not tried has not passed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from echo.phone.caller import speech_can_be_made
from echo.phone.faults.seen import Seen
from echo.phone.faults.shown import as_document, last_lines, row_lines
from echo.phone.faults.table import FAULTS, Fault
from echo.phone.faults.trials import Bench, Result, attempt, missing, ordinary_call
from echo.phone.order import CallOrder, TortureOrder
from echo.phone.reactor import INTERRUPTED, Stop, run
from echo.phone.show.live import watcher
from echo.phone.show.screen import look
from echo.phone.show.writing import write, write_document

#: The row of the table that is no fault: the call that all others are held against.
ORDINARY_CALL = "ordinary-call"

#: After so many calls in a row that were not taken nobody is called any more.
_LAST_CALLS: Final = 3

_GONE: Final = "the application takes no calls any more"
_SILENT: Final = "the application no longer answers"


@dataclass(frozen=True)
class Torture:
    """
    What became of all of it.

    Attributes:
        problem: why no call could be made at all; ``None`` where one was.
        results: in the order of the table, the ordinary call first.
        interrupted: somebody stopped it before everything was tried.
    """

    problem: str | None
    results: Sequence[Result]
    interrupted: bool = False

    @property
    def exit_status(self) -> int:
        """0 all passed that could be tried, 1 some failed, 2 no call could be made, or it was interrupted."""
        if self.problem is not None:
            return 2
        if any(result.passed is False for result in self.results):
            return 1
        return 2 if self.interrupted else 0


def run_torture(order: TortureOrder) -> int:
    """
    Try the faults that are asked for, show how they went, and return the exit status.

    Raises:
        PhoneError: where the order itself cannot be carried out.
    """
    output, faults = order.output, chosen(order)
    screen = look(sys.stdout, os.environ)
    width = max(len(name) for name in (ORDINARY_CALL, *(fault.name for fault in faults)))

    def tell(result: Result) -> None:
        if not output.as_json and (result.passed is False or not output.quiet):
            write(row_lines(result, width, screen), sys.stdout, screen)

    begun = watcher(sys.stderr, os.environ, quiet=output.quiet or output.as_json)
    begun.step(f"Trying {len(faults)} fault{'s' * (len(faults) != 1)} on {order.call.url} ...")
    torture = run(lambda reactor, stop: try_all(reactor, order.call, stop, tell, faults, say=begun.step))
    if output.as_json:
        write_document(as_document(order.call.url, torture), sys.stdout)
    else:
        write(last_lines(torture, screen, quiet=output.quiet), sys.stdout, screen)
    return torture.exit_status


def chosen(order: TortureOrder) -> list[Fault]:
    """Take the faults that are asked for, in the order of the table."""
    return [
        fault
        for fault in FAULTS
        if (not order.only or fault.name in order.only) and fault.name not in order.without
    ]


async def try_all(
    reactor: Any,
    order: CallOrder,
    stop: Stop,
    tell: Callable[[Result], None],
    faults: Sequence[Fault],
    *,
    say: Callable[[str], object] = lambda _: None,
) -> Torture:
    """
    Make the ordinary call, then try fault after fault as long as calls are taken and nobody stops it.

    Args:
        reactor: Twisted's.
        order: what each of the calls does besides.
        stop: Ctrl-C.
        tell: is told what became of each, as soon as that is known.
        faults: what to try, in order.
        say: is told what is waited for, where that may take long.
    """
    call = _plain(order)
    speech_can_be_made(call)
    usual = await ordinary_call(reactor, call, stop)
    if usual.problem is not None:
        return Torture(usual.problem, [], interrupted=stop.asked)
    results = [Result(ORDINARY_CALL, None, INTERRUPTED) if stop.asked else _ordinary(usual)]
    tell(results[0])
    bench = Bench(reactor, call, stop, usual, usual)
    for fault in faults:
        results.append(await _one(bench, fault, say))
        tell(results[-1])
    return Torture(None, results, interrupted=any(result.sentence == INTERRUPTED for result in results))


async def _one(bench: Bench, fault: Fault, say: Callable[[str], object]) -> Result:
    """Try a fault if there is any sense in it."""
    reason = _senseless(bench) or missing(fault, bench.order, bench.usual) or await _gone(bench, say)
    if reason is not None:
        return Result(fault.name, None, reason)
    result = await attempt(bench, fault)
    stopped = _stopped(bench)
    return result if stopped is None else Result(fault.name, None, stopped)


def _stopped(bench: Bench) -> str | None:
    return INTERRUPTED if bench.stop.asked else None


def _senseless(bench: Bench) -> str | None:
    """Say why no call can show anything, if it is so."""
    if bench.usual.ended_by == "phone" or "stays" in bench.usual.failed:
        return "the ordinary call goes wrong already"
    return _stopped(bench)


async def _gone(bench: Bench, say: Callable[[str], object]) -> str | None:
    """Say that no calls are taken, if it is so: a call that hangs costs seconds, so the last ones are counted."""
    if bench.untaken >= _LAST_CALLS:
        return _SILENT
    if bench.untaken:
        say(f"The last call was not taken: calling again ({bench.untaken + 1} of {_LAST_CALLS}) ...")
    return None if await bench.takes_calls() else _GONE


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
