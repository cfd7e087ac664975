"""One of many calls from beginning to end: its NCCO, its socket, its events, and what became of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater

from echo.audio.format import AudioFormat
from echo.audio.signal import Frames, Numbered
from echo.errors import PhoneError
from echo.phone.caller import speech
from echo.phone.dial import AnswerUrl, first_text, format_of, identity_of, outcome_of, own_socket, style_of
from echo.phone.line.connect import TooSlowError, open_call
from echo.phone.line.plan import CallPlan
from echo.phone.load.line import CrowdCall, Shared
from echo.phone.load.outcome import Fate, fate_of, without_url
from echo.phone.order import CallOrder
from echo.phone.provider.signing import Signer, upgrade_authorization
from echo.phone.provider.terms import By, Outcome, SocketLeg
from echo.phone.reactor import INTERRUPTED, Stop
from echo.phone.verdict.facts import Ended, Webhook
from echo.untrusted import Json

if TYPE_CHECKING:
    from echo.phone.line.call import MediaCall
    from echo.phone.provider.answer import Ncco

#: Who may have ended a socket in whose place another one comes.
_LOST = ("application", "network")

#: Numbers that belong to nobody: a thousand of these (Ofcom, numbers for drama), so that callers differ.
_FIRST_CALLER, _CALLERS = 447700900000, 1000


@dataclass
class Caller:
    """
    One of many who call; fulfils :class:`echo.phone.provider.walk.Around`.

    Attributes:
        shared: what all calls have in common.
        order: what each of them does.
        number: which one this is.
        signer: signs the webhooks where somebody does.
        stop: Ctrl-C.
        problem: why there was no socket, if there was none.
    """

    shared: Shared
    order: CallOrder
    number: int
    signer: Signer | None
    stop: Stop
    problem: str | None = None
    _call: CrowdCall | None = field(default=None, repr=False)
    _connected: bool = False
    #: What becomes of the call if its socket is not connected again, and how far it had come.
    _fate: tuple[Fate, str] | None = None
    _lost_at: float = 0.0
    _said: int = 0

    async def make(self) -> None:
        """Make the call, to its end; whatever goes wrong with it is counted."""
        self.shared.figures.begun += 1
        work = Deferred.fromCoroutine(self._socket() if self.order.is_socket else self._answer_url())
        forget = self.stop.on_stop(lambda: self._interrupt(work))
        try:
            await work
        except CancelledError:
            if not self.stop.asked:
                raise
        finally:
            forget()
        if not self._connected:
            self._count_nothing()
        elif self._fate is not None:
            self.shared.figures.fates.add(*self._fate)

    def _interrupt(self, work: Deferred[None]) -> None:
        """Come to an end: hang up if the socket is open, else give up whatever is under way."""
        if self._call is None:
            work.cancel()
        else:
            self._call.hang_up()

    def _count_nothing(self) -> None:
        """Count a call that never was one."""
        if self.stop.asked:
            self.shared.figures.fates.add("interrupted")
        else:
            reason = without_url(
                self.problem or "the call was over before its socket was open", self.order.url
            )
            self.shared.figures.fates.add("not connected", reason)

    # The way to the socket.

    async def _socket(self) -> None:
        """Open the socket that was given."""
        await self.open_socket(*own_socket(self.order))

    async def _answer_url(self) -> None:
        """Ask for this call's own NCCO and follow it."""
        way = AnswerUrl(
            self.shared.reactor,
            self.order,
            self.signer,
            self.stop,
            keep=self._keep,
            brought=self._brought,
            identity=identity_of(self.order, str(_FIRST_CALLER + self.number % _CALLERS)),
        )
        self.problem = await way.follow(self) or self.problem

    def _brought(self, _ncco: Ncco, seconds: float) -> None:
        """Count how long an NCCO took."""
        self.shared.figures.ncco.add(seconds)

    def _keep(self, webhook: Webhook) -> None:
        """Count the events that failed; what became of the answer URL is told by the call itself."""
        failed = webhook.kind == "event" and webhook.problem is not None and not webhook.cut_off
        self.shared.figures.events_failed += failed

    # What a walk asks for.

    async def open_socket(self, endpoint: dict[str, Json], leg: SocketLeg) -> Outcome:
        """Open a socket, talk on it, and return when it is over."""
        url = str(endpoint.get("uri", ""))
        try:
            ended = await self._talk(endpoint, url, leg)
        except PhoneError as error:
            self.problem = without_url(str(error), url)
            return Outcome(By.NOBODY, self.problem, timed_out=isinstance(error, TooSlowError))
        except CancelledError:
            return Outcome(By.CALLER, INTERRUPTED)
        return outcome_of(ended)

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        await deferLater(self.shared.reactor, seconds)

    def now(self) -> float:
        """Tell the time in seconds since 1970."""
        return time.time()

    def step(self, line: str) -> None:
        """Tell nobody: there are too many calls to follow each."""

    # The socket.

    async def _talk(self, endpoint: dict[str, Json], url: str, leg: SocketLeg) -> Ended:
        self._said = self._said if leg.resumes else 0
        plan = self._plan(endpoint, leg.limit)
        call = CrowdCall(self.shared, self.number, plan, again=self._connected)
        reactor, figures = self.shared.reactor, self.shared.figures
        began = reactor.seconds()
        await open_call(
            reactor,
            cast("MediaCall", call),  # it has all of it that is needed here: ready, socket and the ears
            url,
            subprotocol=self.order.subprotocol,
            authorization=upgrade_authorization(endpoint, self.signer),
            insecure=self.order.insecure,
        )
        self._call, self._connected = call, True
        figures.upgrade.add(call.began - began)
        leg.opened()
        ended = await call.over
        self._call = None
        self._count(call, ended, resumes=leg.resumes)
        call.forget()
        if call.socket.is_closed is not None:
            await call.socket.is_closed  # or the end of the process would cut off what is on its way
        return ended

    def _count(self, call: CrowdCall, ended: Ended, *, resumes: bool) -> None:
        """Count what came of a socket; whether the call has failed is known when it is not connected again."""
        figures, over_at = self.shared.figures, call.began + ended.at
        if resumes:
            heard = call.hearing.arrivals.first_at
            figures.silence.add((over_at if heard is None else heard) - self._lost_at)
        fate = fate_of(ended, interrupted=self.stop.asked)
        if ended.by in _LOST and not self.order.is_socket:
            figures.lost(call.hearing)
            self._fate, self._lost_at, self._said = fate, over_at, self._said + call.frames_out
        else:
            figures.ended(call.hearing, *fate)
            self._fate = None

    def _plan(self, endpoint: dict[str, Json], limit: float | None) -> CallPlan:
        order = self.order
        audio = format_of(order, endpoint)
        whole = speech(order, audio)
        spoken = replace(whole, source=self._source(whole.source, audio)).behind(self._said)
        return CallPlan(
            audio=audio,
            source=spoken.source,
            duration=spoken.duration,
            tail=order.tail,
            longest=limit,
            hangup=order.hangup,
            style=style_of(order),
            first_text=first_text(order, endpoint, audio),
        )

    def _source(self, source: Frames, audio: AudioFormat) -> Frames:
        """Give each caller a signal of his own, so that one who hears another is found out."""
        return Numbered(audio, self.number) if isinstance(source, Numbered) else source
