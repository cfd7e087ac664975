"""
One call's place in the poll set of ``echo.turns``, and the outbox of those that are served together.

What the calls of a turn write is sent at its end, one after the other: reading, answering and sending each stay in
the processor's caches while they do it a hundred times, and a peer that one frame has woken is still awake for the
next. Measured with 500 calls at a phone's pace, that is a sixth of all that a frame costs.

Wherever frames pass, what an attribute holds is taken into a name before it is called: Python 3.11 and 3.12 remember
where they found a method of a class, but not a function in a slot, and would look for it each time. Descriptors are
read and written by ``os``, which asks less than the methods of a socket.
"""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from typing import Any, TypeAlias

#: Takes what was read, and the time of it in seconds of the reactor's clock.
Receiver: TypeAlias = Callable[[bytes, float], None]

HAS_EPOLL = hasattr(select, "epoll")

OUT = select.EPOLLOUT if HAS_EPOLL else 0

#: The most writes of one call that wait for the end of a turn. An echo has one; an app may answer a frame by a thousand
#: of them, and learns that the transport has enough only when they are sent.
EACH_WAITING = 4


class Outbox:
    """
    What the calls of one turn have written.

    Attributes:
        most: how many writes may wait, those of all calls; none between two turns.
        waiting: who has written what, in this order.
    """

    __slots__ = ("_broken", "most", "waiting")

    def __init__(self, broken: Callable[[Seat, BaseException], None]) -> None:
        """Begin between two turns; ``broken`` is told whose write raised what, while that is being handled."""
        self._broken = broken
        self.most = 0
        self.waiting: list[tuple[Seat, bytes]] = []

    def open(self) -> None:
        """Begin a turn."""
        self.most = EACH_WAITING

    def close(self) -> None:
        """End a turn, and send what still waits."""
        self.most = 0
        self.flush()

    def flush(self) -> None:
        """Send everything: at once, or behind what waits already at its transport."""
        if not self.waiting:
            return
        waiting, self.waiting = self.waiting, []
        if self.most:
            self.most = EACH_WAITING
        write = os.write
        for seat, data in waiting:
            try:
                if not seat.watched & OUT:
                    try:
                        sent = write(seat.fd, data)
                    except OSError:  # full; or broken, as the transport will find for itself
                        sent = 0
                    if sent == len(data):
                        continue
                    data = data[sent:]  # noqa: PLW2901  the rest of it
                seat.to_transport(data)
            except BaseException as error:  # noqa: BLE001  what others have written is still to be sent
                self._broken(seat, error)


class Seat:
    """
    One call's place in the poll set.

    Attributes:
        receive: takes what was read straight from the socket; ``None`` if nothing may be, or not any more.
        fd: its socket's descriptor; -1 once it has left, since the number may be somebody else's by then.
        to_transport: its ``write``.
        watched: the events that its transport waits for.
    """

    # Beside each other, and beside nothing else: they are touched for each frame of each call.
    __slots__ = ("_outbox", "fd", "receive", "to_transport", "transport", "watched")

    def __init__(self, transport: Any, receive: Receiver | None, outbox: Outbox) -> None:
        """Seat a transport that owns a socket."""
        self.transport = transport
        self.fd: int = transport.fileno()
        self.receive = receive
        self.watched = 0
        self._outbox = outbox
        self.to_transport: Callable[[bytes], None] = transport.write

    def write(self, data: bytes) -> None:
        """Write at the end of the turn, or, between two, at once; behind what waits already."""
        outbox = self._outbox
        waiting = outbox.waiting
        waiting.append((self, data))
        if len(waiting) > outbox.most:
            outbox.flush()

    def flush(self) -> None:
        """Send what waits for the end of the turn, so that what is written past :meth:`write` comes behind it."""
        self._outbox.flush()
