"""The blocking work of one call: in a thread, one piece after the other, so that answers come in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from echo.apps.tools import InThread
from echo.errors import AppError, CallEnded

#: Pieces of work of one call that wait besides the one that is being done; a second and a half of frames.
MOST_WAITING = 75


class Lane:
    """
    Does one thing at a time.

    Attributes:
        dropped: frames that were given up because the work before them took too long.
    """

    def __init__(self, in_thread: InThread) -> None:
        """Work by ``in_thread``."""
        self.dropped = 0
        self._in_thread = in_thread
        self._waiting: deque[tuple[Deferred[Any], Callable[[], Any], bool]] = deque()
        self._is_busy = False
        self._is_over = False

    def do(self, work: Callable[[], Any], *, may_drop: bool = False) -> Deferred[Any]:
        """
        Do ``work`` after what waits already.

        Args:
            work: may block.
            may_drop: a newer one is worth more: where too many wait, the oldest such is given up.

        Raises:
            AppError: if too many wait, and none may be dropped.
            CallEnded: if the call is over.
        """
        if self._is_over:
            raise CallEnded("the call is over")
        if len(self._waiting) >= MOST_WAITING:
            self._make_room()
        done: Deferred[Any] = Deferred()
        self._waiting.append((done, work, may_drop))
        self._go_on()
        return done

    def end(self) -> None:
        """Give up what waits; what is being done cannot be stopped, and its result will not be looked at."""
        self._is_over = True
        waiting, self._waiting = self._waiting, deque()
        for done, _, _ in waiting:
            done.errback(CallEnded("the call is over"))

    def _make_room(self) -> None:
        for place, (done, _, may_drop) in enumerate(self._waiting):
            if may_drop:
                del self._waiting[place]
                self.dropped += 1
                done.callback(None)
                return
        raise AppError(f"{MOST_WAITING} pieces of blocking work wait already; wait for some of them first")

    def _go_on(self) -> None:
        if self._is_busy or not self._waiting:
            return
        self._is_busy = True
        done, work, _ = self._waiting.popleft()
        self._in_thread(work).addBoth(self._done, done)

    def _done(self, result: Any, done: Deferred[Any]) -> None:
        self._is_busy = False
        if isinstance(result, Failure):
            done.errback(result)
        elif self._is_over:
            done.errback(CallEnded("the call is over"))
        else:
            done.callback(result)
        self._go_on()
