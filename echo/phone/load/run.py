"""
``echo-phone load``: many calls from one process, their figures, and the verdict.

Each call talks for the duration of the order and listens on for its tail, as the one of ``echo-phone call`` does,
and longer where an echo is expected that goes on coming. What is for a single call (files of what is heard, keys,
mutes, faults) is left out. Times are told to about a millisecond: so often sockets are looked at while much comes.

The exit status is 0 if all checks passed, 1 if one failed, 2 if no call could be made. A load that was
interrupted (Ctrl-C) is judged by what it has, and has not passed while a call is missing: 1 if any call was over
by then, 2 if none was, for then nothing can be said of the application.
"""

from __future__ import annotations

import os
import random
import sys
import traceback
from typing import Any

from echo.errors import PhoneError
from echo.phone.caller import speech_can_be_made
from echo.phone.dial import far_end_of, signer_of
from echo.phone.line.connect import OPEN_SECONDS
from echo.phone.load.arrivals import beginnings, most_at_once, rate_of
from echo.phone.load.crowd import Crowd
from echo.phone.load.document import LoadReport
from echo.phone.load.figures import INTERVAL, Figures
from echo.phone.load.legs import Caller
from echo.phone.load.line import Shared
from echo.phone.load.machine import allow_descriptors, few_pauses, usage
from echo.phone.load.progress import Silent, progress
from echo.phone.load.shown import report_lines
from echo.phone.load.terms import Terms
from echo.phone.load.wheel import Wheel
from echo.phone.order import DEFAULT_DURATION, LoadOrder
from echo.phone.reactor import Stop, run
from echo.phone.show.screen import look
from echo.phone.show.writing import write, write_document
from echo.turns import Turns

#: As long as the command line takes one.
_SEEDS = 2**32


def run_load(order: LoadOrder) -> int:
    """
    Make the calls, show how they went, and return the exit status.

    Standard output gets the report for people, or with ``--json`` one object and nothing else; standard error
    gets what is to be seen meanwhile.

    Raises:
        PhoneError: where the order itself cannot be carried out.
    """
    terms = terms_of(order, random.SystemRandom().randrange(_SEEDS))
    output = order.output
    shown = progress(sys.stderr, os.environ, terms, quiet=output.quiet or output.as_json)
    with few_pauses():
        report = run(lambda reactor, stop: load(reactor, order, terms, stop, shown))
    if output.as_json:
        write_document(report.to_json(), sys.stdout)
    else:
        screen = look(sys.stdout, os.environ)
        lines = report_lines(report.to_json(), screen, quiet=output.quiet, verbose=output.verbose)
        write(lines, sys.stdout, screen)
    return report.exit_status


def terms_of(order: LoadOrder, seed: int) -> Terms:
    """
    Look at an order before anybody is called.

    Args:
        order: what was asked for.
        seed: what random times begin from, unless the order says.

    Raises:
        PhoneError: where it cannot be carried out.
    """
    call = order.call
    if call.audio == "-":
        raise PhoneError("standard input can be read once only, so many callers cannot say it: use a file")
    if call.expect not in {None, "echo"}:
        raise PhoneError(f"of many calls an echo can be expected, and nothing else: not {call.expect}")
    speech_can_be_made(call)
    endless = call.audio is None
    return Terms(
        url=call.url,
        calls=order.calls,
        rate=rate_of(order.calls, order.arrivals),
        poisson=order.poisson,
        seed=(seed if order.seed is None else order.seed) if order.poisson else None,
        lasts=(DEFAULT_DURATION if call.duration is None and endless else call.duration, call.tail),
        talked=_talked(order),
        max_failed=order.max_failed,
        echo=call.expect == "echo",
        limits=call.limits,
    )


async def load(
    reactor: Any, order: LoadOrder, terms: Terms, stop: Stop, shown: Silent, *, every: float = INTERVAL
) -> LoadReport:
    """Make all calls and report them; ``shown`` is told of the figures ``every`` so many seconds."""
    uniform = random.Random(terms.seed).random if terms.poisson else None  # noqa: S311  no secret
    times = beginnings(terms.calls, terms.rate, uniform)
    problem = allow_descriptors(_most_at_once(times, terms))
    if problem is not None:
        shown.say(problem)
    figures = Figures(usage(reactor.seconds()))
    shared = Shared(
        reactor,
        Wheel(reactor),
        figures,
        far_end_of(order.call),
        Turns(reactor, _bug),
        awaits_echo=terms.echo,
    )
    signer = signer_of(order.call)

    def make(number: int) -> Any:
        return Caller(shared, order.call, number, signer, stop).make()

    try:
        await Crowd(reactor, figures, make, usage=usage, progress=shown, every=every).run(times, stop)
    finally:
        shown.done()
    return LoadReport(terms, figures, interrupted=stop.asked)


def _most_at_once(times: list[float], terms: Terms) -> int:
    talks, tail = terms.lasts
    return terms.calls if talks is None else most_at_once(times, OPEN_SECONDS + talks + tail)


def _talked(order: LoadOrder) -> str:
    call = order.call
    if call.audio is not None:
        return os.path.basename(call.audio)  # noqa: PTH119  it may be no path of this system
    if call.tone is not None:
        return f"a tone of {call.tone:g} Hz"
    return "silence" if call.silence else "the built-in signal"


def _bug(_what: str) -> None:
    """Tell a bug of ours that came up while a socket was served; its call ends."""
    traceback.print_exc()
