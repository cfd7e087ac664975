"""The sockets of one call: each opened as an NCCO's endpoint has it, talked on, and written down as facts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from twisted.internet.defer import CancelledError, Deferred

from echo.audio.format import FRAME_MS, AudioFormat
from echo.errors import PhoneError
from echo.phone.caller import Caller, Speech
from echo.phone.dial import far_end_of, first_text, format_of, outcome_of, style_of
from echo.phone.going_on import NOTHING, Before, reconnect, told_of
from echo.phone.line.call import MediaCall
from echo.phone.line.connect import OPEN_SECONDS, TooSlowError, open_call
from echo.phone.line.manner import Manner
from echo.phone.line.plan import CallPlan
from echo.phone.line.socket import PhoneSocket
from echo.phone.listening.far_end import FarEnd
from echo.phone.listening.hearing import Hearing
from echo.phone.notebook import Notebook
from echo.phone.order import DEFAULT_RATE, CallOrder
from echo.phone.provider.signing import Signer, upgrade_authorization
from echo.phone.provider.terms import By, Outcome, SocketLeg
from echo.phone.reactor import Stop
from echo.phone.show.live import Watcher
from echo.phone.verdict.facts import Ended, Facts
from echo.untrusted import Json

#: Who may have ended a socket in whose place another one comes.
_LOST = ("application", "network")

#: What is told of a call that somebody stopped before it was one.
INTERRUPTED = "interrupted before the call was open"


@dataclass
class Legs:
    """
    Opens the sockets of one call; fulfils :class:`echo.phone.provider.terms.Around`.

    Attributes:
        reactor: Twisted's.
        order: what was asked for.
        watcher: looks on.
        stop: Ctrl-C.
        caller: who talks and listens.
        manner: how the provider behaves.
        signer: signs the handshake where the endpoint wants it.
        open_seconds: how long a socket may take to open.
        facts: one for each socket, in order; also for those that did not open.
        steps: the lines that were told.
        talking: whether a socket is open.
        opened: is told of each call on a socket, as soon as it is open.
        call: the one that is open, if one is.
    """

    reactor: Any
    order: CallOrder
    watcher: Watcher
    stop: Stop
    caller: Caller
    manner: Manner = field(default_factory=Manner)
    signer: Signer | None = None
    open_seconds: float = OPEN_SECONDS
    facts: list[Facts] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    talking: bool = False
    opened: Callable[[MediaCall], object] = field(default=lambda _: None)
    call: MediaCall | None = None
    _cut: tuple[str, str] | None = None
    _is_opening: bool = False
    _waiting: Deferred[None] | None = None
    _sockets: list[PhoneSocket] = field(default_factory=list)
    _before: Before = field(default_factory=lambda: NOTHING)

    # What a walk asks for.

    async def open_socket(self, endpoint: dict[str, Json], leg: SocketLeg) -> Outcome:
        """Open a socket, talk on it, and return when it is over."""
        order = self.order
        facts = Facts(
            url=str(endpoint.get("uri", "")), rate=order.rate or DEFAULT_RATE, far_end=order.far_end
        )
        self.facts.append(facts)
        try:
            ended = await self._talk(endpoint, leg, facts)
        except PhoneError as error:
            facts.problem = str(error)
            return Outcome(By.NOBODY, str(error), timed_out=isinstance(error, TooSlowError))
        except CancelledError:
            if not self.stop.asked:
                raise
            facts.problem, facts.interrupted = INTERRUPTED, True
            return Outcome(By.CALLER, INTERRUPTED)
        self.step(told_of(ended))
        return replace(outcome_of(ended), pressed=facts.keys_pressed)

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        over: Deferred[None] = Deferred()
        self._waiting = over
        timer = self.reactor.callLater(seconds, over.callback, None)
        try:
            await over
        finally:
            self._waiting = None
            if timer.active():
                timer.cancel()

    def end_socket(self, by: str, reason: str) -> None:
        """End the socket that is open or about to be, or a wait, on somebody's behalf; else nothing."""
        if self.call is not None:
            self.call.hang_up(by, reason)
        elif self._is_opening:
            self._cut = (by, reason)
        elif self._waiting is not None:
            self._waiting.callback(None)

    async def gone(self) -> None:
        """Wait for the connections to be closed: the end of the process would cut off what is on its way."""
        self._forget()
        for socket in self._sockets:
            if socket.is_closed is not None:
                await socket.is_closed

    def now(self) -> float:
        """Tell the time in seconds since 1970."""
        return time.time()

    def step(self, line: str) -> None:
        """Tell one line of what happens."""
        self.steps.append(line)
        self.watcher.step(line)

    # One socket.

    async def _talk(self, endpoint: dict[str, Json], leg: SocketLeg, facts: Facts) -> Ended:
        audio = format_of(self.order, endpoint)
        facts.rate = audio.rate
        if not leg.resumes:
            self._forget()
        before = self._before
        spoken = self._speech(audio)
        self._before = replace(before, spoken=spoken)
        facts.talked = spoken.talked
        try:
            with self._notebook(audio, spoken) as notes:
                plan = self._plan(endpoint, audio, spoken, leg)
                hear = _hearing_maker(audio, far_end_of(self.order))
                call = MediaCall(self.reactor, plan, hear, notes)
                await self._open(call, endpoint, facts)
                leg.opened()
                ended = await self._over(call)
                notes.ended(ended)
        except BaseException:
            self._forget()
            raise
        self._note(call, plan, facts, ended, before)
        return ended

    def _speech(self, audio: AudioFormat) -> Speech:
        """Begin to say what is to be said, or go on with it; a pipe is opened once."""
        before = self._before
        pipe = None if before.spoken is None or before.spoken.pipe is None else before.spoken
        spoken = pipe or self.caller.speech(audio)
        return spoken.behind(before.frames) if before.frames else spoken

    def _forget(self) -> None:
        """Go on with nothing: what is said next begins anew."""
        spoken, self._before = self._before.spoken, NOTHING
        if spoken is not None:
            self._close_pipe(spoken)

    async def _over(self, call: MediaCall) -> Ended:
        """Wait for the end of an open call; Ctrl-C is the caller's way to hang up."""
        self._sockets.append(call.socket)
        self.talking, self.call = True, call
        self.opened(call)
        forget = self.stop.on_stop(call.interrupt)
        cut, self._cut = self._cut, None
        if cut is not None:
            call.hang_up(*cut)
        try:
            return await call.over
        finally:
            self.talking, self.call = False, None
            forget()

    @contextmanager
    def _notebook(self, audio: AudioFormat, spoken: Speech) -> Iterator[Notebook]:
        """Take notes of a socket; what is wrong with one of the files is told, and spoils no report."""
        number = 1 + sum(facts.hearing is not None for facts in self.facts)
        notes = Notebook(self.order, audio, self.watcher, self.caller, spoken.duration, number=number)
        try:
            yield notes
        finally:
            self.watcher.done()
            for problem in notes.close():
                self.step(problem)

    def _close_pipe(self, spoken: Speech) -> None:
        """Read no more of a pipe, and tell what was wrong with it."""
        pipe = spoken.pipe
        if pipe is None:
            return
        pipe.close()
        if pipe.problem:
            self.step(pipe.problem)
        if pipe.silent:
            seconds = pipe.silent * FRAME_MS / 1000
            self.step(f"standard input was late: {seconds:g} s of silence were said in its place")

    async def _open(self, call: MediaCall, endpoint: dict[str, Json], facts: Facts) -> None:
        began = self.reactor.seconds()
        self._is_opening = True
        try:
            await open_call(
                self.reactor,
                call,
                facts.url,
                subprotocol=self.order.subprotocol,
                authorization=upgrade_authorization(endpoint, self.signer),
                insecure=self.order.insecure,
                open_seconds=self.open_seconds,
            )
        finally:
            self._is_opening = False
        facts.setup.upgrade = call.began - began

    def _plan(
        self, endpoint: Mapping[str, Json], audio: AudioFormat, spoken: Speech, leg: SocketLeg
    ) -> CallPlan:
        order, said = self.order, self._before.seconds
        return CallPlan(
            audio=audio,
            source=spoken.source,
            duration=spoken.duration,
            tail=order.tail,
            longest=leg.limit,
            keys=tuple(
                (max(0.0, at - said), key) for at, key in order.dtmf[len(order.dtmf) - leg.keys_left :]
            ),
            mutes=tuple((round(begin - said, 6), round(end - said, 6)) for begin, end in order.mutes),
            hangup=order.hangup,
            style=style_of(order),
            manner=self.manner,
            first_text=first_text(order, endpoint, audio),
            awaits_echo=order.expect == "echo",
        )

    def _note(self, call: MediaCall, plan: CallPlan, facts: Facts, ended: Ended, before: Before) -> None:
        facts.hearing = call.hearing
        facts.frames_out = call.frames_out
        facts.lateness = call.lateness
        facts.finished = call.finished
        facts.interrupted = self.stop.asked
        facts.ended = ended
        facts.seconds = ended.at
        facts.dtmf_sent = call.pressed
        if call.finished and not call.frames_out and not before.frames:
            facts.problem = f"nothing was said: {facts.talked} held no audio"
        facts.keys, facts.keys_pressed = len(plan.keys), call.keys_pressed
        facts.mutes = len(plan.mutes)
        facts.mutes_begun = sum(start < ended.at for start, _ in plan.mutes)
        if before.lost is not None:
            before.lost.reconnected = reconnect(before.lost, call)
        if ended.by in _LOST:
            self._before = replace(self._before, frames=before.frames + call.frames_out, lost=facts)
        else:
            self._forget()


def _hearing_maker(audio: AudioFormat, far_end: FarEnd) -> Any:
    return lambda began: Hearing(audio, far_end, began)
