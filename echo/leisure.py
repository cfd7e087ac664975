"""
What is done at leisure: whatever a call leaves to its transport, after the audio of all calls.

A socket that is full, TLS, the end of a connection: each costs ten to a hundred times what a frame does. When a
thousand calls end at the same moment, that takes a third of a second, and those that are on would wait for it. So it
is done for :data:`SECONDS` at a time, the oldest first, and between two of these times all others are looked after.
"""

from __future__ import annotations

import select
from collections.abc import Callable

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableDescriptor
from twisted.python.failure import Failure

from echo.seats import HAS_EPOLL, OUT, Seat

#: For how long in one go; what then is left is still there at the next look.
SECONDS = 0.004

if HAS_EPOLL:
    _IN, _GONE = select.EPOLLIN, select.EPOLLHUP | select.EPOLLERR


class Leisure:
    """The events that wait for their transports."""

    def __init__(self, clock: Callable[[], float], failed: Callable[[Seat, BaseException], None]) -> None:
        """Take seconds from ``clock``; ``failed`` is told whose transport raised what, while that is being handled."""
        self._clock = clock
        self._failed = failed
        self._waiting: dict[Seat, int] = {}

    def __bool__(self) -> bool:
        """Tell whether anything waits."""
        return bool(self._waiting)

    def put(self, seat: Seat, event: int) -> None:
        """Let an event wait; where the seat's last one still does, it keeps that one's place."""
        self._waiting[seat] = event

    def forget(self, seat: Seat) -> None:
        """Drop what waits for a seat that is left."""
        self._waiting.pop(seat, None)

    def work(self) -> None:
        """Let transports do what waits, until it is done or the time is over."""
        waiting = self._waiting
        if not waiting:
            return
        until = self._clock() + SECONDS
        while waiting:
            seat = next(iter(waiting))
            try:
                serve(seat, waiting.pop(seat))
            except BaseException as error:  # noqa: BLE001  one call's bug must not cost the others their turn
                self._failed(seat, error)
            if self._clock() >= until:
                return


def serve(seat: Seat, event: int) -> None:
    """Let a transport read and write, as a reactor does."""
    why = None
    reading = bool(event & seat.watched & _IN)
    if reading:
        why = seat.transport.doRead()
    elif event & _GONE:
        reading = bool(seat.watched & _IN)
        why = ConnectionDone() if reading else ConnectionLost()
    if why is None and event & seat.watched & OUT:
        reading = False
        why = seat.transport.doWrite()
    if why is not None:
        end(seat, why, reading=reading)


def end(seat: Seat, why: BaseException, *, reading: bool = False) -> None:
    """Tell a transport that its connection is over, or, where it may end by halves, its peer's half."""
    transport = seat.transport
    transport.stopReading()
    if reading and isinstance(why, ConnectionDone) and IHalfCloseableDescriptor.providedBy(transport):
        transport.readConnectionLost(Failure(why))
    else:
        transport.stopWriting()
        transport.connectionLost(Failure(why))
