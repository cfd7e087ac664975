"""
One call's place in the poll set of ``echo.turns``, and the outbox of those that are served together.

What the calls of a turn write is sent at its end, one after the other: reading, answering and sending each stay in
the processor's caches while they do it a hundred times, and a peer that one frame has woken is still awake for the
next. Measured with 500 calls at a phone's pace, that is a sixth of all that a frame costs.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from typing import Any, TypeAlias

#: Takes what was read, and the time of it in seconds of the reactor's clock.
Receiver: TypeAlias = Callable[[bytes, float], None]

HAS_EPOLL = hasattr(select, "epoll")

OUT = select.EPOLLOUT if HAS_EPOLL else 0

#: The most writes that wait for one another: an app may answer one frame by a thousand.
MOST_WAITING = 256


class Outbox:
    """What the calls of one turn have written."""

    __slots__ = ("is_open", "waiting")

    def __init__(self) -> None:
        """Begin between two turns: nothing waits then."""
        self.is_open = False
        self.waiting: list[tuple[Seat, bytes]] = []

    def flush(self) -> None:
        """Send everything."""
        waiting = self.waiting
        if waiting:
            self.waiting = []
            for seat, data in waiting:
                seat.send(data)


class Seat:
    """
    One call's place in the poll set.

    Attributes:
        receive: takes what was read straight from the socket; ``None`` if nothing may be, or not any more.
        watched: the events that its transport waits for.
    """

    # Beside each other, and beside nothing else: they are touched for each frame of each call.
    __slots__ = ("_outbox", "_send", "_write", "fd", "receive", "recv", "transport", "watched")

    def __init__(self, transport: Any, receive: Receiver | None, outbox: Outbox) -> None:
        """Seat a transport that owns a socket."""
        self.transport = transport
        self.fd: int = transport.fileno()
        self.receive = receive
        self.recv: Callable[[int], bytes] = transport.socket.recv
        self.watched = 0
        self._outbox = outbox
        self._send: Callable[[bytes], int] = transport.socket.send
        self._write: Callable[[bytes], None] = transport.write

    def write(self, data: bytes) -> None:
        """Write at the end of the turn, or, between two, at once; behind what waits already."""
        outbox = self._outbox
        if outbox.is_open:
            outbox.waiting.append((self, data))
        else:
            self.send(data)

    def send(self, data: bytes) -> None:
        """Write at once, or behind what waits already."""
        if not self.watched & OUT:
            # Here and elsewhere on a frame's way: a call of what a slot holds, by ``self._send(data)``, would be
            # looked up anew each time (LOAD_METHOD of 3.11 and 3.12 remembers functions of classes only).
            send = self._send
            try:
                sent = send(data)
            except OSError:  # full; or broken, as the transport will find for itself
                sent = 0
            if sent == len(data):
                return
            data = data[sent:]
        self._write(data)

    def flush(self) -> None:
        """Send what waits for the end of the turn, so that what is written past :meth:`write` comes behind it."""
        self._outbox.flush()
