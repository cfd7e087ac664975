"""A reactor whose connections take little ahead of their reading."""

from __future__ import annotations

import socket
from typing import Any, Final

from zope.interface import directlyProvides, providedBy

#: SO_RCVBUF of such a connection, in bytes; some systems take it twice. At 8000 Hz it is full after 0.8 s, where the
#: usual 128 KiB, which may grow to 6 MiB, hold more than any fault is long.
RECEIVE_BYTES: Final = 8192


class SmallWindow:
    """
    Twisted's reactor, but that what its TCP connections receive and nobody reads is soon stuck on its way.

    The size is set before the connection is made. Later it is too late: TCP never takes back what it has offered, and
    a kernel that has no room for what it offered drops even the acknowledgements that come with it, so that the peer
    would be cut off in the other direction as well.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        directlyProvides(self, providedBy(reactor))

    def __getattr__(self, name: str) -> Any:
        """Do everything else as the reactor does."""
        return getattr(self._reactor, name)

    def connectTCP(self, *arguments: Any, **named: Any) -> Any:  # noqa: N802  Twisted's name
        """Begin a connection; Twisted makes its socket at once, and connects it in the next turn."""
        connector = self._reactor.connectTCP(*arguments, **named)
        own = getattr(getattr(connector, "transport", None), "socket", None)
        if own is not None:  # tests have reactors without sockets
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        return connector
