"""
One whole call as the provider makes it: the answer URL, the NCCO, the socket, the events; and the report of it.

Everything that is shown or judged was gathered as facts first; nothing here decides whether a call is good.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from twisted.internet.defer import CancelledError, Deferred

from echo.ncco.lint import Finding, lint
from echo.phone.caller import Caller, PlainCaller, speech_can_be_made
from echo.phone.control import Control
from echo.phone.dial import AnswerUrl, identity_of, own_socket, signer_of
from echo.phone.legs import INTERRUPTED, Legs
from echo.phone.line.connect import OPEN_SECONDS
from echo.phone.line.manner import Manner
from echo.phone.notebook import files_can_be_written
from echo.phone.order import DEFAULT_RATE, CallOrder
from echo.phone.provider.answer import Ncco
from echo.phone.provider.identity import Identity
from echo.phone.provider.signing import Signer
from echo.phone.provider.terms import Answered
from echo.phone.reactor import Stop, run
from echo.phone.show.live import Watcher
from echo.phone.show.meters import counted
from echo.phone.trace.reading import Trace
from echo.phone.verdict.expectations import Expectations
from echo.phone.verdict.facts import Facts, Setup, Webhook
from echo.phone.verdict.report import Report


@dataclass(frozen=True)
class Conditions:
    """
    What differs from an ordinary call: for faults, and where applications place the calls.

    Attributes:
        manner: how the provider behaves on the socket.
        caller: who talks, of the order.
        sign: makes who signs the webhooks.
        answered: when the ``answered`` event of the socket leaves.
        identity: names the call; ``None`` for a new one.
        open_seconds: how long a socket may take to open.
        told: lines that are told before anything is done.
        control: what the REST API does to the call, if there is one.
        ncco: followed in place of what the answer URL says, which is not asked then.
        direction: whether the call comes in or was placed.
        alone: it is a socket that is called, and nobody else.
    """

    manner: Callable[[], Manner] = Manner
    caller: Callable[[CallOrder], Caller] = PlainCaller
    sign: type[Signer] = Signer
    answered: Answered = Answered.WITH_FIRST_TEXT
    identity: Identity | None = None
    open_seconds: float = OPEN_SECONDS
    told: Sequence[str] = ()
    control: Control | None = None
    ncco: Ncco | None = None
    direction: str = "inbound"
    alone: bool = False


ORDINARY = Conditions()


def call_can_be_made(order: CallOrder, read: Sequence[str] = ()) -> None:
    """
    Look for what is wrong on this side, before anybody is called.

    Args:
        order: what is asked for.
        read: files that are read for the call, besides the order's audio.

    Raises:
        PhoneError: for audio that cannot be played, files that cannot be written, a secret that is none.
    """
    speech_can_be_made(order)
    files_can_be_written(order, read)
    signer_of(order)


def run_call(order: CallOrder, watcher: Watcher, conditions: Conditions = ORDINARY) -> Report:
    """
    Make a call on a reactor of its own, until it is over or Ctrl-C hangs it up.

    Raises:
        PhoneError: where the order itself cannot be carried out, as with audio that is not there.
    """
    return run(lambda reactor, stop: conduct(reactor, order, watcher, stop, conditions))


async def conduct(
    reactor: Any, order: CallOrder, watcher: Watcher, stop: Stop, conditions: Conditions = ORDINARY
) -> Report:
    """Make a call and report it; PhoneError as for :func:`run_call`."""
    call_can_be_made(order)
    return await _Conduct(reactor, order, watcher, stop, conditions).report()


def run_replay(order: CallOrder, trace: Trace, watcher: Watcher) -> Report:
    """Make a traced call once more: its messages, at their times; a trace that is not whole is told as a step."""
    from echo.phone.replay import Traced  # noqa: PLC0415  only this command needs it

    traced = Traced(trace)
    again = replace(order, rate=trace.audio.rate)
    told = () if trace.note is None else (trace.note,)
    return run_call(again, watcher, Conditions(manner=lambda: traced, caller=lambda _: traced, told=told))


@dataclass
class _Conduct:
    """One call under way."""

    reactor: Any
    order: CallOrder
    watcher: Watcher
    stop: Stop
    conditions: Conditions
    webhooks: list[Webhook] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    ncco_seconds: float | None = None
    problem: str | None = None
    failed_at: str = "upgrade"

    async def report(self) -> Report:
        """Make the call, and judge the facts."""
        signer = signer_of(self.order, self.conditions.sign)
        legs = Legs(
            self.reactor,
            self.order,
            self.watcher,
            self.stop,
            self.conditions.caller(self.order),
            manner=self.conditions.manner(),
            signer=signer,
            open_seconds=self.conditions.open_seconds,
        )
        try:
            for line in self.conditions.told:
                legs.step(line)
            await self._unless_stopped(legs, signer)
        finally:
            self.watcher.done()
        return self._judged(legs)

    async def _unless_stopped(self, legs: Legs, signer: Signer | None) -> None:
        """Make the call; Ctrl-C ends whatever is under way, but an open socket hangs up by itself."""
        if self.stop.asked:
            return
        work = Deferred.fromCoroutine(self._make(legs, signer))

        def stopped() -> None:
            if not legs.talking:
                work.cancel()

        forget = self.stop.on_stop(stopped)
        try:
            await work
        except CancelledError:
            if not self.stop.asked:
                raise
        finally:
            forget()

    async def _make(self, legs: Legs, signer: Signer | None) -> None:
        if self.order.is_socket:
            await legs.open_socket(*own_socket(self.order))
        else:
            self.problem = await self._answer_url(legs, signer)
        await legs.gone()

    async def _answer_url(self, legs: Legs, signer: Signer | None) -> str | None:
        """Ask for the NCCO and follow it; returns why no socket was ever open, ``None`` if one was."""
        self.failed_at = "answer"
        conditions = self.conditions
        call = AnswerUrl(
            self.reactor,
            self.order,
            signer,
            self.stop,
            keep=self.webhooks.append,
            brought=lambda ncco, seconds: self._brought(legs, ncco, seconds),
            identity=conditions.identity or identity_of(self.order),
            answered=conditions.answered,
            ncco=conditions.ncco,
            control=conditions.control,
            direction=conditions.direction,
            alone=conditions.alone,
        )
        if conditions.control is not None:
            conditions.control.take(legs)
        return await call.follow(legs)

    def _brought(self, legs: Legs, ncco: Ncco, seconds: float) -> None:
        """Look at the NCCO, now that it is there."""
        self.ncco_seconds, self.failed_at = seconds, "ncco"
        self.findings = lint([*ncco])
        legs.step(f"NCCO with {counted(len(ncco), 'action')} after {seconds * 1000:.0f} ms")

    def _judged(self, legs: Legs) -> Report:
        """Judge every socket; the first that failed is the report, else the last one."""
        expected = Expectations(self.order.expect, self.order.limits)
        reports = [Report(self._completed(facts, legs), expected) for facts in legs.facts or [self._none()]]
        return next((report for report in reports if report.exit_status), reports[-1])

    def _none(self) -> Facts:
        return Facts(
            url=self.order.url,
            rate=self.order.rate or DEFAULT_RATE,
            problem=self.problem or INTERRUPTED,
            failed_at=self.failed_at,
            interrupted=self.stop.asked,
        )

    def _completed(self, facts: Facts, legs: Legs) -> Facts:
        facts.setup = Setup(self.ncco_seconds, facts.setup.upgrade, facts.setup.first_audio)
        if not self.order.is_socket:
            facts.answer_url = self.order.url or None
        facts.reconnects = [each.reconnected for each in legs.facts if each.reconnected is not None]
        facts.webhooks, facts.ncco, facts.steps = self.webhooks, self.findings, legs.steps
        return facts
