"""
Faults, tried: an ordinary call first, then the fault, then a call that shows that the application bore it.

Which call is made for which kind of fault stands in ``ways``; what it is held against in ``judging``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from echo.phone.conduct import ORDINARY, Conditions, conduct
from echo.phone.faults.judging import praise, trouble
from echo.phone.faults.seen import Seen
from echo.phone.faults.slow_tls import slow_handshake
from echo.phone.faults.table import Fault
from echo.phone.faults.texts import LateAnswers
from echo.phone.faults.ways import AskedTwice, Forged, Need, OnCall, SlowHandshake
from echo.phone.faults.webhooks import ask_forged, ask_twice
from echo.phone.faults.window import SmallWindow
from echo.phone.order import CallOrder
from echo.phone.reactor import Stop
from echo.phone.show.live import Nobody

#: The ordinary call: long enough for an application that greets the caller. The provider never stops to send,
#: so the time in which the phone only listens is shorter than any fault.
_TALK, _TAIL = 2.5, 1.5

#: A call that only shows that calls are taken.
_SHORT: Final = 0.6

#: What an echo, or a greeting, may take longer than in the ordinary call, in seconds.
_SPARE: Final = 0.4

#: The longest that an application is waited for that is slow to speak or to return, in seconds.
_LONGEST: Final = 5.0


@dataclass(frozen=True)
class Result:
    """
    What became of one fault.

    Attributes:
        name: of the fault.
        passed: ``None`` if it was not tried.
        sentence: what happened, or why it was not tried.
    """

    name: str
    passed: bool | None
    sentence: str


@dataclass
class Bench:
    """
    Where an application is tried.

    Attributes:
        reactor: Twisted's.
        order: what every call has.
        stop: Ctrl-C.
        usual: the ordinary call.
        last: the call that was made last to see whether calls are taken.
        untaken: how many of those were not, in a row.
    """

    reactor: Any
    order: CallOrder
    stop: Stop
    usual: Seen
    last: Seen
    untaken: int = 0

    async def call(
        self, order: CallOrder, conditions: Conditions = ORDINARY, *, small_window: bool = False
    ) -> Seen:
        """Make a call that nobody watches; ``small_window`` as in :class:`OnCall`."""
        reactor = SmallWindow(self.reactor) if small_window else self.reactor
        return await watch(reactor, order, self.stop, conditions)

    async def check(self) -> str | None:
        """Make a short ordinary call, and say what is wrong with it, if anything."""
        self.last = await self.call(self.timed(self.order, _SHORT))
        self.untaken = 0 if self.last.problem is None else self.untaken + 1
        return trouble(self.usual, self.last)

    async def takes_calls(self) -> bool:
        """Tell whether the last call was taken, or another one is."""
        if self.last.problem is not None:
            await self.check()
        return self.last.problem is None

    def timed(self, order: CallOrder, talk: float) -> CallOrder:
        """Give a call at least ``talk`` seconds, and the time that this application needs to be heard."""
        first = min(self.usual.first_audio or 0.0, _LONGEST)
        trip = min(self.usual.round_trip or 0.0, _LONGEST)
        return replace(order, duration=max(talk, first + _SPARE), tail=trip + _SPARE)


async def watch(reactor: Any, order: CallOrder, stop: Stop, conditions: Conditions = ORDINARY) -> Seen:
    """Make a call and tell what it showed."""
    report = await conduct(reactor, order, Nobody(), stop, conditions)
    return Seen.of(report.to_json())


async def ordinary_call(reactor: Any, order: CallOrder, stop: Stop) -> Seen:
    """Find out how the application behaves when nothing is wrong."""
    return await watch(reactor, replace(order, duration=_TALK, tail=_TAIL), stop)


def missing(fault: Fault, order: CallOrder, usual: Seen) -> str | None:
    """Say what a fault needs that is not there, if anything."""
    there = {
        Need.ANSWER_URL: not order.is_socket,
        Need.SECRET: order.signature_secret is not None,
        Need.TLS: _tls_url(order, usual) is not None,
    }
    lacking = [need.value for need in fault.requires if not there[need]]
    if lacking:
        return f"needs {' and '.join(lacking)}"
    if isinstance(fault.way, OnCall) and fault.way.answered is not ORDINARY.answered and not usual.events:
        return "needs an eventUrl in the NCCO, or --event-url"
    return None


def _tls_url(order: CallOrder, usual: Seen) -> str | None:
    urls = (url for url in (order.url, usual.url) if url.lower().startswith(("https://", "wss://")))
    return next(urls, None)


async def attempt(bench: Bench, fault: Fault) -> Result:
    """Try one fault, and see whether calls are taken afterwards."""
    passed, sentence = await _try(bench, fault)
    if passed:
        after = await bench.check()
        if after is not None:
            return _result(fault, passed=False, sentence=f"afterwards an ordinary call went wrong: {after}")
    else:
        await bench.check()
    return _result(fault, passed=passed, sentence=sentence)


def _result(fault: Fault, *, passed: bool, sentence: str) -> Result:
    whole = sentence[:1].upper() + sentence[1:]
    return Result(fault.name, passed, whole if whole.endswith(".") else f"{whole}.")


async def _try(bench: Bench, fault: Fault) -> tuple[bool, str]:
    match fault.way:
        case OnCall() as way:
            return await _on_call(bench, way)
        case Forged() as way:
            wrong = await ask_forged(bench.reactor, bench.order, way)
            return wrong is None, wrong or f"{way.what} was refused, and a good one served"
        case AskedTwice():
            wrong = await ask_twice(bench.reactor, bench.order)
            return wrong is None, wrong or "both answers were the same NCCO"
        case SlowHandshake() as way:
            return await _slow_tls(bench, way)


async def _on_call(bench: Bench, way: OnCall) -> tuple[bool, str]:
    order = bench.timed(replace(bench.order, **way.changes), way.talk)
    conditions = Conditions(manner=way.manner, answered=way.answered)
    beside = None if way.beside is None else Deferred.fromCoroutine(_beside(bench, way.beside))
    now = await bench.call(order, conditions, small_window=way.small_window)
    wrong = None if beside is None else await beside
    if wrong is not None:
        return False, f"meanwhile another call went wrong: {wrong}"
    wrong = trouble(bench.usual, now, way.tolerance)
    return wrong is None, wrong or _told(now, way)


def _told(now: Seen, way: OnCall) -> str:
    told = praise(now, way.tolerance)
    if way.manner is LateAnswers and not now.commands:
        told += "; it sent neither clear nor notify"
    return told if way.beside is None else f"{told}, and another call went well meanwhile"


async def _beside(bench: Bench, seconds: float) -> str | None:
    """Make an ordinary call some time from now, and say what is wrong with it, if anything."""
    await deferLater(bench.reactor, seconds)
    return trouble(bench.usual, await bench.call(bench.timed(bench.order, _SHORT)))


async def _slow_tls(bench: Bench, way: SlowHandshake) -> tuple[bool, str]:
    url = _tls_url(bench.order, bench.usual)
    if url is None:
        raise ValueError("a slow TLS handshake needs an https or wss URL")
    beside = Deferred.fromCoroutine(_beside(bench, way.seconds / 3))
    wrong, told = await slow_handshake(bench.reactor, url, way)
    meanwhile = await beside
    if meanwhile is not None:
        return False, f"meanwhile another call went wrong: {meanwhile}"
    return wrong is None, wrong or f"{told}, and another call went well meanwhile"
