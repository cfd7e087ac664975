"""The blocking work of one call: in a thread, one piece after the other, so that answers come in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from echo.apps.tools import InThread
from echo.errors import AppError, CallEnded

#: Pieces of work of one call that wait besides the one that is being done; a second and a half of frames.
MOST_WAITING = 75


@dataclass(frozen=True, slots=True)
class _Piece:
    """
    A piece of work.

    Attributes:
        done: is told the result.
        work: may block.
        may_drop: a newer one is worth more.
        is_last: it is done, and its result looked at, though the call is over.
    """

    done: Deferred[Any]
    work: Callable[[], Any]
    may_drop: bool
    is_last: bool


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
        self._waiting: deque[_Piece] = deque()
        self._is_busy = False
        self._is_ending = False
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
        if len(self._waiting) >= MOST_WAITING and not self._is_ending:
            self._make_room()
        piece = _Piece(Deferred(), work, may_drop, self._is_ending)
        self._waiting.append(piece)
        self._go_on()
        return piece.done

    def ending(self) -> None:
        """Take the last work of this call; of what came before, no result will be looked at."""
        self._is_ending = True

    def end(self) -> None:
        """Give up what waits but for the last work; what is being done cannot be stopped."""
        self._is_over = self._is_ending = True
        waiting = self._waiting
        self._waiting = deque(piece for piece in waiting if piece.is_last)
        for piece in waiting:
            if not piece.is_last:
                piece.done.errback(CallEnded("the call is over"))

    def _make_room(self) -> None:
        for place, piece in enumerate(self._waiting):
            if piece.may_drop:
                del self._waiting[place]
                self.dropped += 1
                piece.done.callback(None)
                return
        raise AppError(f"{MOST_WAITING} pieces of blocking work wait already; wait for some of them first")

    def _go_on(self) -> None:
        if self._is_busy or not self._waiting:
            return
        self._is_busy = True
        piece = self._waiting.popleft()
        self._in_thread(piece.work).addBoth(self._done, piece)

    def _done(self, result: Any, piece: _Piece) -> None:
        self._is_busy = False
        if isinstance(result, Failure):
            piece.done.errback(result)
        elif self._is_over and not piece.is_last:
            piece.done.errback(CallEnded("the call is over"))
        else:
            piece.done.callback(result)
        self._go_on()
