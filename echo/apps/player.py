"""
Plays into a call: a queue of sources and marks, sent in exact frames at the pace of ``echo.call.pacing``.

A mark is the provider's ``notify``: it comes back once everything before it has been heard. Where it does not come
back, the moment is estimated, since the pace knows when the far end must have played what it was sent.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Mapping
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from echo.apps.guard import Guard
from echo.apps.heard import Heard
from echo.apps.sources import Source
from echo.audio.framing import Framer
from echo.call.app import Call
from echo.call.messages import CLEAR, CLEARED, NOTIFIED, Event, notify
from echo.call.pacing import Pace
from echo.untrusted import Json

#: The key of a mark's payload that tells whose it is; an app's own keys stand beside it.
MARK: Final = "echo-mark"

#: Seconds after the estimate at which a mark is given up, that may be a slow network's; and once one was.
PATIENCE: Final = 2.0
LITTLE_PATIENCE: Final = 0.1

#: Seconds until it is taken that the provider has cleared, whether it says so or not.
CLEARED_WITHIN: Final = 1.0

#: Seconds between two looks at a connection that takes nothing.
_LOOK: Final = 0.02

#: Seconds: less than a frame is filled up with silence when the far end has no more than this to play, but not so
#: soon after it was given: more may be on its way.
_LAST_CALL: Final = 0.04
_GRACE: Final = 0.06

#: Seconds: nor so late that the far end runs out of what it plays, and the caller hears a hole before the last part.
_IN_TIME: Final = 0.015

#: Seconds of silence sent ahead by ``say_nothing()``: what is played next must not wait behind it.
_SILENT_LEAD: Final = 0.04


#: Seconds: what is due in less is due, for a sum of times may fall short of what it should be.
_TINY: Final = 1e-6


#: Of marks, over all calls: the answer to one is never taken for that to another app's in the same call.
_NUMBERS = itertools.count(1)


class _Mark:
    """A place in what is played, and who waits for the caller to hear it."""

    __slots__ = ("deadline", "number", "text", "waiter")

    def __init__(self, number: int, payload: Mapping[str, Json]) -> None:
        self.number = number
        self.text = notify(
            {**payload, MARK: number}
        )  # now: whoever gave the payload may change it, or be wrong
        self.waiter: Deferred[Heard] = Deferred()
        self.deadline = 0.0


class Player:
    """What one call plays."""

    def __init__(self, call: Call, reactor: IReactorTime, lead: float, guard: Guard) -> None:
        """Play into ``call``, at most ``lead`` seconds ahead of what its caller hears."""
        self._call = call
        self._reactor = reactor
        self._guard = guard
        self._pace = Pace(lead)
        self._framer = Framer(call.audio)
        self._silence = bytes(call.audio.frame_bytes)
        self._queue: deque[Source | _Mark] = deque()
        self._sent: dict[int, _Mark] = {}
        self._patience = PATIENCE
        self._clearing: deque[Deferred[bool]] = deque()
        self._put_at = 0.0
        self._current: Source | None = None
        self._is_filling = False
        self._is_over = False
        self._is_sending = False
        self._timer: IDelayedCall | None = None

    @property
    def is_playing(self) -> bool:
        """Whether the caller may hear something of it, now or later; silence does not count."""
        if self._is_over:
            return False
        waits = bool(self._framer.rest) or any(isinstance(each, Source) for each in self._queue)
        return waits or (not self._is_filling and self._pace.ahead(self._reactor.seconds()) > 0)

    @property
    def may_be_interrupted(self) -> bool:
        """Whether what the caller hears now, or what comes next, is something that they may interrupt."""
        source = self._current or next((each for each in self._queue if isinstance(each, Source)), None)
        return source is not None and source.barge_in and self.is_playing

    def put(self, source: Source) -> None:
        """Play ``source`` behind what waits already."""
        self._is_filling = False
        self._put_at = self._reactor.seconds()
        self._queue.append(source)
        self.wake()

    def mark(self, payload: Mapping[str, Json], behind: Source | None = None) -> Deferred[Heard]:
        """Tell when the caller has heard everything so far, or, where it still waits, everything up to ``behind``."""
        mark = _Mark(next(_NUMBERS), payload)
        place = len(self._queue)
        if behind is not None:
            place = self._queue.index(behind) + 1 if behind in self._queue else 0
        self._queue.insert(place, mark)
        self.wake()
        return mark.waiter

    def fill(self) -> None:
        """Send silence from now on whenever nothing else is played."""
        self._is_filling = True
        self.wake()

    def clear(self) -> Deferred[bool]:
        """Stop at once: throw away what waits here and at the provider, who is asked to say when it is done."""
        self._is_filling = False
        self._call.forget_audio()
        self._pace.cleared()
        self._call.send_text(CLEAR)
        done: Deferred[bool] = Deferred()
        self._clearing.append(done)
        self._give_up(Heard.CLEARED)
        return done.addTimeout(
            CLEARED_WITHIN, self._reactor, lambda _result, _timeout: self._not_cleared(done)
        )

    def noticed(self, event: Event) -> None:
        """Take an answer of the provider's."""
        if event.kind == CLEARED and self._clearing:
            self._guard.fire(self._clearing.popleft(), True)
        elif event.kind == NOTIFIED and event.payload is not None:
            number = event.payload.get(MARK)
            mark = self._sent.pop(number, None) if isinstance(number, int) else None
            if mark is not None:
                self._patience = PATIENCE
                self._guard.fire(mark.waiter, Heard.CONFIRMED)

    def end(self) -> None:
        """Play no more: the call is over."""
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._give_up(Heard.ENDED)
        while self._clearing:
            self._guard.fire(self._clearing.popleft(), False)

    def more(self) -> None:
        """Go on with a source that has something again."""
        self._put_at = self._reactor.seconds()
        self.wake()

    def wake(self) -> None:
        """Send what is due, and see to it that the rest follows."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._is_over or self._is_sending:  # what is played may play something itself
            return
        self._is_sending = True
        try:
            self._send_due()
        except Exception:  # noqa: BLE001  a bug of ours must not leave a call without its timer, unheard
            self._guard.failed()
        self._is_sending = False
        self._expire()
        self._set_timer()

    # Within.

    def _not_cleared(self, done: Deferred[bool]) -> bool:
        if done in self._clearing:
            self._clearing.remove(done)
        return False

    def _give_up(self, why: Heard) -> None:
        """Forget everything; who waits for it is told last, since they may play something else."""
        dropped, self._queue, self._current = self._queue, deque(), None
        marks = [*self._sent.values(), *(each for each in dropped if isinstance(each, _Mark))]
        self._sent = {}
        self._framer.rest = b""
        for each in dropped:
            if isinstance(each, Source):
                each.close()
        for mark in marks:
            self._guard.fire(mark.waiter, why)

    def _send_due(self) -> None:
        """Send the frames that are due, as far as the connection takes them: the others will be late, not lost."""
        now = self._reactor.seconds()
        due = self._pace.due(now)
        while due and self._call.has_room:
            frame = self._next_frame(now)
            if not frame:
                break
            self._call.send_audio(frame)
            self._pace.left(1, now)
            due -= 1
        if self._is_filling and not self._queue:
            for _ in range(self._pace.due(now, _SILENT_LEAD)):
                self._call.send_audio(self._silence)
                self._pace.left(1, now)

    def _next_frame(self, now: float) -> bytes:
        """Put a frame together; empty if there is not enough for one yet."""
        framer = self._framer
        while self._queue:
            head = self._queue[0]
            if isinstance(head, _Mark):
                if framer.rest:
                    return framer.pad()
                self._queue.popleft()
                self._send_mark(head, now)
                continue
            piece = head.read(framer.missing)
            if piece:
                self._current = head
            for frame in framer.cut(piece):
                return frame
            if not head.over:
                break  # its next piece has not come
            if self._queue and self._queue[0] is head:
                self._queue.popleft()
        return framer.pad() if framer.rest and now >= self._padding_at() - _TINY else b""

    def _padding_at(self) -> float:
        """Tell when to wait no longer for what would complete the last frame."""
        ends_at = self._pace.ends_at
        patient = self._put_at + _GRACE
        if ends_at > self._put_at:  # it plays something, to which the last frame is the end
            patient = min(patient, ends_at - _IN_TIME)
        return max(ends_at - _LAST_CALL, patient)

    def _send_mark(self, mark: _Mark, now: float) -> None:
        mark.deadline = max(now, self._pace.ends_at) + self._patience
        self._sent[mark.number] = mark
        self._call.send_text(mark.text)

    def _expire(self) -> None:
        """Let marks be heard that nobody has confirmed."""
        now = self._reactor.seconds()
        for mark in [mark for mark in self._sent.values() if mark.deadline - _TINY <= now]:
            if self._sent.pop(mark.number, None) is not None:
                self._patience = LITTLE_PATIENCE  # who does not answer one will hardly answer the next
                self._guard.fire(mark.waiter, Heard.ESTIMATED)

    def _set_timer(self) -> None:
        if self._is_over or self._timer is not None:
            return
        now = self._reactor.seconds()
        soonest = min((mark.deadline for mark in self._sent.values()), default=None)
        sending = self._next_sending(now)
        if sending is not None:
            soonest = sending if soonest is None else min(soonest, sending)
        if soonest is not None:
            self._timer = self._reactor.callLater(max(0.0, soonest - now), self._woken)

    def _woken(self) -> None:
        self._timer = None
        self.wake()

    def _next_sending(self, now: float) -> float | None:
        """Tell when there will be something to send; ``None`` where somebody else will wake us."""
        if not self._call.has_room and (self._queue or self._framer.rest):
            return now + _LOOK
        if self._queue:
            head = self._queue[0]
            if isinstance(head, Source) and head.is_waiting:
                return max(self._padding_at(), now) if self._framer.rest else None
            return max(self._pace.next_batch(), now + _LOOK)
        if self._framer.rest:
            return max(self._padding_at(), now)
        return max(self._pace.ends_at - _LOOK, now) if self._is_filling else None
