"""A poll set of calls and those in it, on a clock that stands still: what the tests of ``echo.turns`` share."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twisted.internet import tcp
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.gathering import LONGEST
from echo.seats import Seat
from echo.turns import MANY, Turns


class Reactor(Clock):
    """A reactor that watches nothing by itself: a test lets it look."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: set[Any] = set()
        self.writers: set[Any] = set()

    def addReader(self, reader: object) -> None:
        """Watch."""
        self.readers.add(reader)

    def removeReader(self, reader: object) -> None:
        """Watch no more."""
        self.readers.discard(reader)

    def addWriter(self, writer: object) -> None:
        """Watch."""
        self.writers.add(writer)

    def removeWriter(self, writer: object) -> None:
        """Watch no more."""
        self.writers.discard(writer)

    def spin(self) -> None:
        """Tell those of the readers that are ready."""
        for reader in tuple(self.readers):
            if select.select([reader], [], [], 0)[0]:
                reader.doRead()


class Lost(Protocol):
    """A protocol that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.reason: Failure | None = None

    def dataReceived(self, data: bytes) -> None:
        """Keep it."""
        self.heard.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Keep it."""
        self.reason = reason


@implementer(IHalfCloseableProtocol)
class Half(Lost):
    """One that lives on when its peer has ended its side."""

    ended = False

    def readConnectionLost(self) -> None:
        """Note it."""
        self.ended = True

    def writeConnectionLost(self) -> None:
        """Leave it."""


@dataclass
class Call:
    """A seated call: its transport, the peer's socket, and what was received straight."""

    peer: socket.socket
    transport: tcp.Server
    protocol: Lost
    seat: Seat | None = None
    received: list[tuple[bytes, float]] = field(default_factory=list)

    def receive(self, data: bytes, now: float) -> None:
        """Keep what was read."""
        self.received.append((data, now))


class Room:
    """A poll set and the calls in it."""

    def __init__(self) -> None:
        self.reactor: Any = Reactor()
        self.port: Any = None
        self.failed: list[str] = []
        self.naps: list[float] = []
        self.meanwhile: Callable[[], object] = lambda: None
        self.turns = Turns(self.reactor, self.failed.append, sleep=self._nap)
        self.calls: list[Call] = []

    def _nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.meanwhile()
        self.reactor.advance(seconds)

    def call(
        self,
        *,
        straight: bool = True,
        protocol: Lost | None = None,
        before: Callable[[Call], None] | None = None,
    ) -> Call:
        """Seat a call, with what ``before`` does to it first, and let it find that it has nothing to write."""
        peer, ours = socket.socketpair()
        kept = protocol or Lost()
        transport = tcp.Server(ours, kept, ("", 0), self.port, 0, self.reactor)
        call = Call(peer, transport, kept)
        self.calls.append(call)
        if before is not None:
            before(call)
        call.seat = self.turns.seat(transport, call.receive if straight else None)
        return call

    def settled(self, **options: Any) -> Call:
        """Seat a call and let it find that it has nothing to write."""
        call = self.call(**options)
        self.turns.doRead()
        return call

    def close(self) -> None:
        """Let go of everything."""
        for call in self.calls:
            call.transport.connectionLost(Failure(ConnectionDone()))
            call.peer.close()
            if call.seat is not None:
                self.turns.leave(call.seat)


def many(room: Room, count: int = MANY) -> list[Call]:
    """Seat many calls that have nothing to say, until no look is to be waited for."""
    calls = [room.call() for _ in range(count)]
    room.reactor.spin()
    room.reactor.advance(LONGEST)
    room.naps.clear()
    return calls
