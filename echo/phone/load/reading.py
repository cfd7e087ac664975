"""
Reading the sockets of all calls by turns: one look tells which of them have something, and all of these are read.

Twisted looks and reads for itself, but one socket costs it as much as all that is then done with a frame. So it
is told of one descriptor only, behind which all the sockets are. After each look there is a rest, in which more
comes together. What comes then is read, and its time told, up to a millisecond late: the timers of epoll have no
finer grain. What comes after a pause is read at once.

What is no data (an end, an error) is left to Twisted.
"""

from __future__ import annotations

from collections.abc import Callable
from selectors import EVENT_READ, DefaultSelector
from typing import Any, Final

from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from echo.phone.line.transport import READ_BYTES
from echo.phone.load.sending import plain_socket

#: Between two looks, in seconds. Without it there would be a look for almost every frame.
REST: Final = 0.0005

#: Takes what was read, and when.
Take = Callable[[bytes, float], None]


class Reading:
    """All sockets that are read; a reader as Twisted's reactors have it (``IReadDescriptor``)."""

    def __init__(self, reactor: Any) -> None:
        """Prepare; without sockets there is neither reader nor timer."""
        self._reactor = reactor
        self._selector = DefaultSelector()
        self._rest: IDelayedCall | None = None

    def join(self, transport: Any, take: Take) -> Callable[[], None]:
        """
        Read a transport from now on, and give ``take`` what comes; another than TCP (TLS) goes on as it did.

        Returns:
            Gives the transport back to Twisted; without effect the second time.
        """
        socket = plain_socket(transport)
        if socket is None:
            return _nothing
        if not self._selector.get_map():
            self._reactor.addReader(self)
        reader = _Reader(self, transport, socket, take)
        self._selector.register(socket, EVENT_READ, reader.read)
        return reader.give_back

    def leave(self, socket: Any) -> None:
        """Read a socket no more."""
        self._selector.unregister(socket)
        if not self._selector.get_map():
            self._stop()

    def _stop(self) -> None:
        self._reactor.removeReader(self)
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _look(self) -> bool:
        """Read all that have something; tells whether there were any."""
        ready = self._selector.select(0)
        now = self._reactor.seconds()
        for key, _ in ready:
            key.data(now)
        return bool(ready)

    def _look_again(self) -> None:
        """Look when the rest is over; where nothing has come, Twisted tells when something does."""
        self._rest = None
        found = self._look()
        if not self._selector.get_map():
            return
        if found:
            self._rest = self._reactor.callLater(REST, self._look_again)
        else:
            self._reactor.addReader(self)

    # From Twisted.

    def fileno(self) -> int:
        """Give what is readable when one of the sockets is."""
        return self._selector.fileno()

    def doRead(self) -> None:  # noqa: N802  Twisted's name
        """Look, and rest."""
        self._reactor.removeReader(self)
        self._rest = self._reactor.callLater(REST, self._look_again)
        self._look()

    def logPrefix(self) -> str:  # noqa: N802  Twisted's name
        """Be named in a log."""
        return "load"

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802  Twisted's name
        """Be told of the end of the reactor."""


class _Reader:
    """One of the sockets."""

    __slots__ = ("_is_ours", "_reading", "_receive", "_socket", "_take", "_transport")

    def __init__(self, reading: Reading, transport: Any, socket: Any, take: Take) -> None:
        self._reading = reading
        self._transport = transport
        self._socket = socket
        self._receive = socket.recv
        self._take = take
        self._is_ours = True
        transport.pauseProducing()

    def read(self, now: float) -> None:
        if not self._is_ours:
            return  # it left in this same look
        try:
            data = self._receive(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            # the system tells it once only: Twisted would not hear of it any more
            self.give_back()
            self._transport.connectionLost(Failure(ConnectionLost()))
            return
        if data:
            self._take(data, now)
        else:
            self.give_back()

    def give_back(self) -> None:
        if self._is_ours:
            self._is_ours = False
            self._reading.leave(self._socket)
            self._transport.resumeProducing()


def _nothing() -> None:
    """There is nothing to be given back."""
