"""
The media side of one of many calls.

It does what :class:`echo.phone.line.call.MediaCall` does, for a fraction of its cost: no clock of its own, nothing
written down, and frames that leave by one system call.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from twisted.internet.defer import Deferred

from echo.audio.format import FRAME_MS
from echo.errors import PhoneError
from echo.phone.line.ears import NO_CLOSE_FRAME, SocketEnd
from echo.phone.line.patience import Patience
from echo.phone.line.plan import CallPlan, limit_is_over
from echo.phone.line.socket import UNREAD, PhoneSocket
from echo.phone.line.transport import MAX_UNSENT, bottom, unsent
from echo.phone.listening.far_end import FarEnd
from echo.phone.listening.hearing import Hearing
from echo.phone.load.arrivals import slot_of
from echo.phone.load.ear import listen, take_trips
from echo.phone.load.figures import Figures
from echo.phone.load.wheel import PLACES, Wheel
from echo.phone.verdict.facts import Ended
from echo.turns import Turns
from echo.untrusted import Json
from echo.wire.frames import client_frame

_STEP = FRAME_MS / 1000

#: A turn that is due in less than this is due.
_TINY = 1e-6


#: Keys of a load. They come round again, but are foreseen by nobody who makes the audio, which is what they are for
#: (RFC 6455 section 10.3).
_next_key = cycle([os.urandom(4) for _ in range(64)]).__next__


@dataclass(frozen=True)
class Shared:
    """
    What all calls of a load have in common.

    Attributes:
        reactor: Twisted's.
        wheel: their clock.
        figures: where they are counted.
        far_end: the provider's side.
        turns: serves their sockets.
        awaits_echo: what is said is to be heard: a call listens on while it goes on coming back.
    """

    reactor: Any
    wheel: Wheel
    figures: Figures
    far_end: FarEnd
    turns: Turns
    awaits_echo: bool = False


class CrowdCall:
    """
    One call on one socket; fulfils :class:`echo.phone.line.ears.Ears`.

    Attributes:
        ready: fires when the socket is open and the first text is sent; fails with PhoneError.
        over: fires with :class:`Ended`; fails with what is a bug of ours.
        socket: the connection.
        hearing: what came back; from ``ready`` on.
        began: when the socket was open.
        ended: how the call ended.
    """

    def __init__(self, shared: Shared, number: int, plan: CallPlan, *, again: bool = False) -> None:
        """Prepare call ``number``; it begins when its socket is opened, for the first time or ``again``."""
        self.ready: Deferred[CrowdCall] = Deferred()
        self.over: Deferred[Ended] = Deferred()
        self.socket: PhoneSocket
        self.hearing: Hearing
        self.began = 0.0
        self.ended: Ended | None = None
        self._plan = plan
        self._again = again
        self._shared = shared
        self._wheel = shared.wheel
        self._figures = shared.figures
        self._seconds = shared.reactor.seconds
        self._place = slot_of(number, PLACES)
        self._key = _next_key
        self._frames = plan.frames()
        self._next_frame = next(self._frames, None)
        self._send: Callable[[bytes], None]
        self._note_said: Callable[[bytes, float], None]
        self._stand_up: Callable[[], None] = _nothing
        self._sent = 0
        self._first = self._due = 0.0
        self._hangs_up_at: float | None = None
        self._patience = Patience()
        self._hung_up: str | None = None
        self._reason = ""

    # From the socket.

    def opened(self, now: float) -> None:
        """Begin the call."""
        self.began = now
        self._ours(self._open, now)
        self.ready.callback(self)

    def _open(self, now: float) -> None:
        """Say the first text; the audio begins within 20 ms, when this call's place on the wheel comes."""
        self.hearing = listen(self._plan.audio, self._shared.far_end, now, self._figures.crossings.look)
        self._note_said = self.hearing.echoes.said  # all of Hearing.said that a Bystander has a use for
        self.socket.send_text(self._plan.first_text)
        self._sit_down(self.socket.transport)
        self._first = self._due = self._wheel.join(self, self._place)
        self._figures.opened(self.hearing, again=self._again)

    def _sit_down(self, transport: Any) -> None:
        """Take a seat among the calls; frames leave by one system call unless TLS is in between."""
        lowest, turns = bottom(transport), self._shared.turns
        is_direct = lowest is transport
        seat = turns.seat(lowest, self.socket.received if is_direct else None)
        self._send = transport.write
        if seat is not None:
            self._stand_up = lambda: turns.leave(seat)
            self._send = seat.write if is_direct else transport.write

    def audio(self, payload: bytes, pieces: int, now: float) -> None:
        """Hear a message of audio, and end the call where the provider would."""
        try:
            self._hear_audio(payload, pieces, now)
        except Exception:  # noqa: BLE001  as in _ours, which costs more than is worth it for each frame
            self._fail()

    def _hear_audio(self, payload: bytes, pieces: int, now: float) -> None:
        hearing = self.hearing
        problem = hearing.heard(payload, pieces, now)
        if hearing.echoes.trips:
            take_trips(hearing, self._figures.trips)
        if problem is not None:
            self.hang_up("phone", problem)

    def text(self, payload: bytes, now: float) -> None:
        """Hear a command, and answer it."""
        self._ours(self._hear_text, payload, now)

    def _hear_text(self, payload: bytes, now: float) -> None:
        for event in self.hearing.text(payload.decode("utf-8", "backslashreplace"), now):
            self._answer(event)

    def refused(self, problem: str) -> None:
        """There is no call."""
        self.ready.errback(PhoneError(problem))

    def closed(self, end: SocketEnd, now: float) -> None:
        """Note who ended the call."""
        self._stop()
        if self.ended is not None or self.over.called:
            return
        code = None if end.code == NO_CLOSE_FRAME else end.code
        by = self._hung_up or end.by
        self.ended = Ended(by, code, self._reason or end.reason, now - self.began)
        self.over.callback(self.ended)

    def _ours(self, work: Callable[..., None], *arguments: Any) -> None:
        """
        Do something that is ours alone: an exception in it is a bug of the phone.

        As in a single call, it is not told as the application's fault, and whoever waits for ``over`` gets it.
        """
        try:
            work(*arguments)
        except Exception:  # noqa: BLE001  it is passed on
            self._fail()

    def _fail(self) -> None:
        """End the call with the exception that is being handled."""
        self._stop()
        if not self.over.called:
            self.over.errback()
        self.socket.abort()

    def _stop(self) -> None:
        """Neither talk nor hear any more; without effect the second time."""
        self._wheel.leave(self, self._place)
        self._stand_up()

    @property
    def frames_out(self) -> int:
        """Tell how many frames were sent."""
        return self._sent

    # Verbs.

    def hang_up(self, by: str = "caller", reason: str = "") -> None:
        """End the call as planned, or without a word where the provider cuts it off."""
        if self.ended is not None:
            return
        self._hung_up, self._reason = by, reason
        if by == "caller" and self._plan.hangup == "close":
            self.socket.hang_up()
        else:
            self.socket.drop()

    def forget(self) -> None:
        """
        Let go of what was heard, once it is counted.

        Call, socket and factory hold each other, and the collector next to never looks at what is old (``machine``):
        an hour of calls would be a gigabyte.
        """
        del self.hearing, self._note_said
        self._stand_up = _nothing

    # From the wheel.

    def turn(self) -> None:
        """Have a turn."""
        try:
            self._turn()
        except Exception:  # noqa: BLE001  as in audio
            self._fail()

    def _turn(self) -> None:
        """Say the frames that are due, let the caller hear, and go when it is time."""
        now = self._seconds()
        while self._next_frame is not None and self._due <= now + _TINY and self.ended is None:
            self._say(self._next_frame, now)
        if self.ended is None:
            self._play(now)
            self._go_in_time(now)

    def _say(self, frame: bytes, now: float) -> None:
        self._send(client_frame(2, frame, self._key()))
        self._note_said(frame, now)
        self._figures.late.add(now - self._due)
        self._sent += 1
        self._due = self._first + self._sent * _STEP
        self._next_frame = next(self._frames, None)
        if self._next_frame is None:
            self._hangs_up_at = now + self._plan.tail
        if self._sent % 50 == 0 and unsent(self.socket.transport) > MAX_UNSENT:
            self.hang_up("phone", UNREAD)

    def _play(self, now: float) -> None:
        for event in self.hearing.play(now)[1]:
            self._answer(event)

    def _go_in_time(self, now: float) -> None:
        longest, over_at = self._plan.longest, self._hangs_up_at
        if longest is not None and now - self.began >= longest:
            self.hang_up("phone", limit_is_over(longest))
        elif over_at is not None and now + _TINY >= over_at and not self._waits(now, over_at):
            self.hang_up()

    def _waits(self, now: float, over_at: float) -> bool:
        """Tell whether an echo that is late is waited for."""
        return self._shared.awaits_echo and self._patience.lasts(self.hearing.echoes, now, over_at)

    def _answer(self, event: Mapping[str, Json]) -> None:
        if self.ended is None:
            self.socket.send_text(self._plan.style.write(event))


def _nothing() -> None:
    """There is no seat yet."""
