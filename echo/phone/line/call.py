"""
The media side of one call: the caller's frames on a 20 ms clock, and what comes back.

Frame *n* is due at the beginning plus *n* times 20 ms, however late the one before it left: the clock does not
drift. What is heard is played by the same clock. A timer that comes late sends all that is due.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol, TypeAlias

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from echo.audio.format import FRAME_MS
from echo.errors import PhoneError
from echo.phone.line.ears import NO_CLOSE_FRAME, SocketEnd
from echo.phone.line.noted import NotedLine
from echo.phone.line.patience import Patience
from echo.phone.line.plan import CallPlan, limit_is_over
from echo.phone.line.socket import PhoneSocket
from echo.phone.line.texts import dtmf, key_of
from echo.phone.listening.hearing import Hearing
from echo.phone.verdict.facts import Ended
from echo.untrusted import Json

_STEP = FRAME_MS / 1000

#: Of a step: what is due in less is due. Sums of 0.02 fall short of what they should be.
_TINY = 1e-6

#: Makes what listens to a call, of the time at which it began.
HearingMaker: TypeAlias = Callable[[float], Hearing]


class Notes(Protocol):
    """Who writes down what passes: the recording, the trace, the live line. ``at`` is seconds since the opening."""

    def said(self, at: float, frame: bytes) -> None:
        """Take audio that was said, and when it was due."""
        ...

    def played(self, frame: bytes) -> None:
        """Take what the caller heard in the next 20 ms."""
        ...

    def passed(self, at: float, way: Literal["said", "heard"], payload: bytes | str, pieces: int = 1) -> None:
        """Take a message that passed; ``way`` is ``said`` or ``heard``."""
        ...

    def ticked(self, at: float, call: MediaCall) -> None:
        """Look at the call; every 20 ms."""
        ...


class MediaCall:
    """
    One call on one socket; fulfils :class:`echo.phone.line.ears.Ears`.

    Attributes:
        ready: fires with the call when the socket is open and the first text is sent; fails with PhoneError.
        over: fires with :class:`Ended`.
        hearing: what came back; from ``ready`` on.
        frames_out: frames that were sent.
        lateness: of each of them, how much later than due it left, in seconds.
        silenced: why the application hears silence in place of the caller, as long as there is a reason.
        keys_pressed: how many of the plan's keys were pressed.
        pressed: all keys that were, whoever pressed them.
    """

    def __init__(self, reactor: IReactorTime, plan: CallPlan, hear: HearingMaker, notes: Notes) -> None:
        """Prepare; the call begins when its socket is opened."""
        self.ready: Deferred[MediaCall] = Deferred()
        self.over: Deferred[Ended] = Deferred()
        self.frames_out = 0
        self.keys_pressed = 0
        self.pressed = ""
        self.lateness: array[float] = array("d")
        self.began = 0.0
        self.ended: Ended | None = None
        self.last_said = b""
        self.silenced: set[str] = set()
        self.hearing: Hearing
        self.socket: PhoneSocket
        self._reactor = reactor
        self._plan = plan
        self._hear = hear
        self._notes = notes
        self._frames = plan.frames()
        self._silence = bytes(plan.audio.frame_bytes)
        self._line: NotedLine
        self._now = 0.0
        self._patience = Patience()
        self._keys = iter(plan.keys)
        self._next_key = next(self._keys, None)
        self._next_frame: bytes | None = None
        self._hangs_up_at: float | None = None
        self._hung_up: str | None = None
        self._reason = ""
        self._timer: IDelayedCall | None = None

    # From the socket.

    def opened(self, now: float) -> None:
        """Begin the call."""
        self._ours(self._open, now)
        if not self.ready.called:
            self.ready.callback(self)

    def _open(self, now: float) -> None:
        """Say the first text and begin to talk."""
        self.began = self._now = now
        self.hearing = self._hear(now)
        self._line = NotedLine(self.socket, self._left)
        self._plan.manner.open(self._line, self._plan.first_text)
        self._next_frame = next(self._frames, None)
        self._tick()

    def audio(self, payload: bytes, pieces: int, now: float) -> None:
        """Hear a message of audio, and end the call where the provider would."""
        self._ours(self._hear_audio, payload, pieces, now)

    def _hear_audio(self, payload: bytes, pieces: int, now: float) -> None:
        self._notes.passed(now - self.began, "heard", payload, pieces)
        problem = self.hearing.heard(payload, pieces, now)
        if problem is not None and self.ended is None:
            self.hang_up("phone", problem)

    def text(self, payload: bytes, now: float) -> None:
        """Hear a command, and answer it."""
        self._ours(self._hear_text, payload, now)

    def _hear_text(self, payload: bytes, now: float) -> None:
        text, self._now = payload.decode("utf-8", "backslashreplace"), now
        self._notes.passed(now - self.began, "heard", text)
        for event in self.hearing.text(text, now):
            self._answer(event)

    def refused(self, problem: str) -> None:
        """There is no call."""
        self.ready.errback(PhoneError(problem))

    def closed(self, end: SocketEnd, now: float) -> None:
        """Note who ended the call."""
        self._stop_clock()
        self._ours(self._hear_out, now)
        if self.ended is not None or self.over.called:
            return
        by = self._hung_up or end.by
        code = None if end.code == NO_CLOSE_FRAME else end.code
        self.ended = Ended(by, code, self._reason or end.reason, now - self.began)
        self.over.callback(self.ended)

    def _hear_out(self, now: float) -> None:
        """Let the caller hear the last of it; a ``notify`` that is reached now has nobody left to be told to."""
        waiting = [text for text in self.hearing.texts.kept if text.answer is None]
        frames, _ = self.hearing.play(now)
        for frame in frames:
            self._notes.played(frame)
        for text in waiting:
            text.answer = None

    def _ours(self, work: Callable[..., None], *arguments: Any) -> None:
        """
        Do something that is ours alone: an exception in it is a bug of the phone.

        It must neither be told as the application's fault, as whatever the socket raises is, nor leave the call
        without a clock: it ends the call, and whoever waits for ``over`` gets it.
        """
        try:
            work(*arguments)
        except Exception:  # noqa: BLE001  it is passed on
            self._stop_clock()
            if not self.over.called:
                self.over.errback()
            self.socket.abort()

    # Verbs.

    def hang_up(self, by: str = "caller", reason: str = "", way: str | None = None) -> None:
        """End the call in this way or the plan's, or without a word where the provider cuts it off."""
        if self.ended is not None:
            return
        self._hung_up, self._reason = by, reason
        if by == "caller" and (way or self._plan.hangup) == "close":
            self.socket.hang_up()
        else:
            self.socket.drop()

    def interrupt(self) -> None:
        """End the call because a person wants to."""
        self.hang_up("caller", "")

    @property
    def finished(self) -> bool:
        """Whether everything was said that was to be said."""
        return self._hangs_up_at is not None

    def say_text(self, message: Mapping[str, Json]) -> None:
        """Send a text message now."""
        self._line.send_text(self._plan.style.write(message))

    def _left(self, payload: bytes | str, pieces: int) -> None:
        """Note a message that left; what comes behind the end of the call does not leave any more."""
        if self.ended is not None:
            return
        self._notes.passed(self._now - self.began, "said", payload, pieces)
        if isinstance(payload, str):
            self.pressed += key_of(payload)

    # The clock.

    def _tick(self) -> None:
        self._timer = None
        self._ours(self._step)

    def _step(self) -> None:
        now = self._now = self._reactor.seconds()
        elapsed = now - self.began
        self._talk(elapsed, now)
        self._press_keys(elapsed)
        self.play(now)
        self._plan.manner.meanwhile(self._line, elapsed)
        self._notes.ticked(elapsed, self)
        longest = self._plan.longest
        if longest is not None and elapsed >= longest:
            self.hang_up("phone", limit_is_over(longest))
        elif self._is_time_to_go(elapsed):
            self.hang_up()
        if self.ended is None:
            next_step = int((self._reactor.seconds() - self.began) / _STEP + _TINY) + 1
            wait = self.began + next_step * _STEP - self._reactor.seconds()
            self._timer = self._reactor.callLater(max(0.0, wait), self._tick)

    def _is_time_to_go(self, elapsed: float) -> bool:
        over_at = self._hangs_up_at
        if over_at is None or elapsed < over_at:
            return False
        return not (self._plan.awaits_echo and self._patience.lasts(self.hearing.echoes, elapsed, over_at))

    def _talk(self, elapsed: float, now: float) -> None:
        """Send the frames that are due."""
        manner = self._plan.manner
        while self._next_frame is not None and self.ended is None:
            due = manner.due(self.frames_out)
            if due > elapsed + _TINY * _STEP:
                return
            self._say(self._next_frame if not self.silenced else self._silence, due, now)
            self.lateness.append(elapsed - due)
            self._next_frame = next(self._frames, None)
        if self._hangs_up_at is None:
            self._hangs_up_at = elapsed + self._plan.tail

    def _say(self, frame: bytes, due: float, now: float) -> None:
        self.last_said = frame
        sent = self._plan.manner.speak(self._line, frame, self.frames_out)
        self.frames_out += 1
        if sent is not None:
            self.hearing.said(sent, now)
            self._notes.said(due, sent)

    def _press_keys(self, elapsed: float) -> None:
        while self._next_key is not None and self._next_key[0] <= elapsed:
            self.say_text(dtmf(self._next_key[1]))
            self.keys_pressed += 1
            self._next_key = next(self._keys, None)

    def play(self, now: float) -> None:
        """Let the caller hear what is due."""
        frames, events = self.hearing.play(now)
        for frame in frames:
            self._notes.played(frame)
        for event in events:
            self._answer(event)

    def _answer(self, event: Mapping[str, Json]) -> None:
        if self.ended is None:
            self._plan.manner.answer(self._line, self._plan.style.write(event))

    def _stop_clock(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
