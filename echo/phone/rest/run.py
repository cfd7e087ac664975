"""
``echo-phone rest``: serves the API, and shows each call that was placed through it.

The exit status is 0 if all checks of all calls passed, 1 if one failed, 2 if there was no call or one could not be
made.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, Final

from twisted.internet.defer import Deferred

from echo.errors import PhoneError
from echo.phone.caller import speech_can_be_made
from echo.phone.dial import signer_of
from echo.phone.order import RestOrder
from echo.phone.reactor import Stop, run
from echo.phone.rest.api import open_api, read_public_key
from echo.phone.rest.placing import Placing
from echo.phone.show.live import Snapshot, Watcher, watcher
from echo.phone.show.report import report_lines
from echo.phone.show.screen import look
from echo.phone.show.writing import write, write_document
from echo.phone.verdict.report import Report

#: Seconds for which the API answers on when the last call is over: it is looked at once a second, say.
LINGER: Final = 2.5

#: As much of a uuid as tells it from others on a screen.
_HEAD = 8


def run_rest(order: RestOrder) -> int:
    """
    Serve the API until there were enough calls, or Ctrl-C; show them and return the exit status.

    Raises:
        PhoneError: for a key, a secret or audio that cannot be used, or a port that is taken.
    """
    read_public_key(order.api.public_key)
    speech_can_be_made(order.call)
    signer_of(order.call)
    output = order.output
    looks_on = watcher(sys.stderr, os.environ, quiet=output.quiet or output.as_json)
    reports = run(lambda reactor, stop: _serve(reactor, stop, order, looks_on))
    if output.as_json:
        write_document(as_document(reports), sys.stdout)
    elif not reports:
        raise PhoneError("no call was placed")
    return exit_status(reports)


def exit_status(reports: Sequence[tuple[str, Report]]) -> int:
    """Tell the worst of the calls; 2 where there was none."""
    return max((report.exit_status for _, report in reports), default=2)


def as_document(reports: Sequence[tuple[str, Report]]) -> dict[str, Any]:
    """Make the object of ``--json``."""
    status = exit_status(reports)
    calls = [{"uuid": uuid, **report.to_json()} for uuid, report in reports]
    return {"passed": status == 0, "exit_status": status, "calls": calls}


async def _serve(reactor: Any, stop: Stop, order: RestOrder, looks_on: Watcher) -> list[tuple[str, Report]]:
    reports: list[tuple[str, Report]] = []

    def tell(uuid: str, report: Report) -> None:
        reports.append((uuid, report))
        if not order.output.as_json:
            _show(uuid, report, order)

    placing = Placing(reactor, stop, order, lambda uuid: _OfOne(looks_on, uuid), tell)
    async with open_api(reactor, order.api, placing.switchboard, looks_on.step) as url:
        placing.url = url
        looks_on.step(f"REST API at {url}: waiting for calls to be placed")
        await placing.done()
        await _linger(reactor, stop)
    return reports


async def _linger(reactor: Any, stop: Stop) -> None:
    """Let those who wait for the end of the last call see it; nobody does after Ctrl-C."""
    over: Deferred[None] = Deferred()
    timer = reactor.callLater(LINGER, over.callback, None)
    forget = stop.on_stop(lambda: timer.active() and timer.reset(0))
    try:
        await over
    finally:
        forget()


def _show(uuid: str, report: Report, order: RestOrder) -> None:
    screen = look(sys.stdout, os.environ)
    output = order.output
    lines = report_lines(report.to_json(), screen, quiet=output.quiet, verbose=output.verbose)
    write([[(f"Call {uuid}", "bold")], *lines, []], sys.stdout, screen)


class _OfOne:
    """Looks on at one of several calls: its steps are told with its name, and there is no live line."""

    def __init__(self, watcher: Watcher, uuid: str) -> None:
        self.unwritten: list[str] = []
        self._watcher = watcher
        self._name = uuid[:_HEAD]

    def step(self, sentence: str) -> None:
        """Tell what has happened."""
        self._watcher.step(f"{self._name}  {sentence}")

    def tick(self, snapshot: Snapshot) -> None:
        """Show nothing."""

    def done(self) -> None:
        """There is nothing to be cleared away."""
