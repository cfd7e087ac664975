"""A TLS handshake whose first message dribbles in."""

from __future__ import annotations

import ssl
from contextlib import suppress
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeoutError
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from echo.phone.faults.ways import SlowHandshake
from echo.phone.line.connect import why

_HTTPS = 443

_CONNECT_SECONDS = 6.0


class Slow(Protocol):
    """
    A connection on which nothing is read but that something came.

    Attributes:
        outcome: fires with ``it answered`` or ``it closed the connection``, whichever comes first.
    """

    def __init__(self) -> None:
        self.outcome: Deferred[str] = Deferred()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  Twisted's name
        """Note an answer; what it says does not matter."""
        del data
        self._came("it answered")

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802  Twisted's name
        """Note the end."""
        del reason
        self._came("it closed the connection")

    def _came(self, what: str) -> None:
        if not self.outcome.called:
            self.outcome.callback(what)


def client_hello(host: str) -> bytes:
    """Make the first message of a TLS handshake with ``host``, by OpenSSL."""
    received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = ssl.create_default_context().wrap_bio(received, sent, server_hostname=host)
    with suppress(ssl.SSLWantReadError):
        connection.do_handshake()
    return sent.read()


def pieces(message: bytes, count: int) -> list[bytes]:
    """Cut a message into so many pieces of about the same size."""
    edges = [len(message) * number // count for number in range(count + 1)]
    return [message[begin:end] for begin, end in pairwise(edges)]


async def slow_handshake(reactor: Any, url: str, way: SlowHandshake) -> tuple[str | None, str]:
    """
    Begin a handshake slowly, and look at what comes of it.

    Returns:
        What is wrong with it, if anything; and what came of it.
    """
    parts = urlsplit(url)
    host = str(parts.hostname)
    endpoint = HostnameEndpoint(reactor, host, parts.port or _HTTPS, timeout=_CONNECT_SECONDS)
    try:
        slow: Any = await endpoint.connect(Factory.forProtocol(Slow))
    except Exception as error:  # noqa: BLE001  as many kinds as there are networks
        return f"no connection: {why(error)}", ""
    try:
        return await _dribble(reactor, slow, client_hello(host), way)
    finally:
        slow.transport.abortConnection()


async def _dribble(reactor: Any, slow: Any, hello: bytes, way: SlowHandshake) -> tuple[str | None, str]:
    began = reactor.seconds()
    for piece in pieces(hello, way.pieces):
        if slow.outcome.called:
            break
        slow.transport.write(piece)
        await deferLater(reactor, way.seconds / way.pieces)
    try:
        came = await slow.outcome.addTimeout(way.patience, reactor)
    except DeferredTimeoutError:
        return f"it neither answered the slow handshake nor closed it within {way.patience:g} s", ""
    return None, f"{came} after {reactor.seconds() - began:.1f} s"
