"""A call from the first line to the verdict, as a command shows it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Protocol

from echo.phone.order import CallOrder, Output
from echo.phone.show.live import PlainLines, Watcher, watcher
from echo.phone.show.report import report_lines
from echo.phone.show.screen import look
from echo.phone.show.writing import write, write_document
from echo.untrusted import Json


class Judged(Protocol):
    """What the making of a call gives: an :class:`echo.phone.verdict.report.Report`."""

    def to_json(self) -> dict[str, Json]:
        """Give it as one JSON object."""
        ...


def show_call(opening: str, output: Output, make: Callable[[Watcher], Judged]) -> int:
    """
    Make a call with somebody looking on, and show its report.

    Args:
        opening: the first line.
        output: what is shown.
        make: makes the call, and tells the watcher how it goes.

    Returns:
        The exit status.

    Raises:
        PhoneError: if nothing could be done at all.
    """
    looks_on = watcher(sys.stderr, os.environ, quiet=output.quiet)
    looks_on.step(opening)
    try:
        report = make(looks_on).to_json()
    finally:
        looks_on.done()
    report = with_files(report, looks_on.unwritten)
    if output.quiet:  # the steps, which would tell it, are not shown
        for sentence in looks_on.unwritten:
            PlainLines(sys.stderr, look(sys.stderr, os.environ)).step(sentence)
    _show(report, output)
    status = report["exit_status"]
    return status if isinstance(status, int) else 2


def with_files(report: dict[str, Json], unwritten: Sequence[str]) -> dict[str, Json]:
    """Give the report of a call whose recording or trace is not whole: with a check more, which fails with 2."""
    if not unwritten:
        return report
    failed: Json = {"name": "files", "passed": False, "sentence": "; ".join(unwritten)}
    judged = report["checks"]
    checks: list[Json] = [*(judged if isinstance(judged, list) else []), failed]
    return {**report, "passed": False, "exit_status": 2, "checks": checks}


def opening(order: CallOrder) -> str:
    """Say what is about to happen."""
    return f"Calling {order.url} ..."


def _show(report: dict[str, Json], output: Output) -> None:
    if output.as_json:
        write_document(report, sys.stdout)
        return
    screen = look(sys.stdout, os.environ)
    lines = report_lines(report, screen, quiet=output.quiet, verbose=output.verbose)
    if len(lines) > 1 and not output.quiet:
        lines.insert(0, [])
    write(lines, sys.stdout, screen)
