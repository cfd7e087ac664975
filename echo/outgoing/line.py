"""
The connection of one HTTP request, on Twisted's Agent: bounded in time and size.

Each request has a connection of its own, and none is left when the request is over, whatever the server does with its
end.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IDelayedCall, IProtocol, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from twisted.web.client import Agent
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from echo.outgoing.failures import CONNECTING, HEAD, READING, TOO_LARGE, Seen, why
from echo.outgoing.tls import client_options

T = TypeVar("T")

#: What status line and headers may have on top of the body, in bytes.
_HEADERS: Final = 64 * 1024


def endpoint_of(
    reactor: Any, scheme: str, host: str, port: int | None, *, seconds: float, insecure: bool = False
) -> IStreamClientEndpoint:
    """
    Make the endpoint of a host.

    Args:
        reactor: connects, and resolves names.
        scheme: http or https.
        host: a name or an address that :func:`echo.outgoing.tls.host_problem` allows.
        port: ``None`` for that of the scheme.
        seconds: how long the whole connection may take.
        insecure: believe any TLS certificate.
    """
    number = {"http": 80, "https": 443}[scheme] if port is None else port
    # this timeout is for each of the host's addresses: the one of the whole must come first
    endpoint = HostnameEndpoint(reactor, host, number, timeout=2 * seconds)
    return endpoint if scheme == "http" else wrapClientTLS(client_options(host, insecure=insecure), endpoint)


@implementer(IAgentEndpointFactory, IStreamClientEndpoint)
class Line(Generic[T]):
    """
    One request on one connection; the Agent takes it for the endpoint, so that it sees the connection made.

    Attributes:
        reactor: tells the time.
        was_connected: whether there was a connection, so that the request may have arrived.
    """

    def __init__(
        self,
        reactor: Any,
        endpoint: IStreamClientEndpoint,
        *,
        connect_timeout: float,
        read_timeout: float,
        most: int,
        hint: str = "",
    ) -> None:
        """
        Prepare.

        Args:
            reactor: tells the time.
            endpoint: see :func:`endpoint_of`.
            connect_timeout: seconds for the name and the connection.
            read_timeout: seconds from then on for TLS and the whole answer.
            most: bytes that the body of the answer may have.
            hint: what to do about a certificate that is not believed, if there is something.
        """
        self.was_connected = False
        self.reactor = reactor
        self._endpoint = endpoint
        self._limits: dict[str | None, float] = {
            CONNECTING: connect_timeout,
            READING: read_timeout,
            TOO_LARGE: most,
        }
        self._hint = hint
        self._timer: IDelayedCall | None = None
        self._connection: _Bounded | None = None
        self._work: Deferred[T]
        self._given_up: str | None = None
        self.most_received = most + _HEADERS

    def carry(self, exchange: Callable[[Agent], Coroutine[Any, Any, T]]) -> Deferred[T]:
        """
        Let ``exchange`` send its request by the agent of this line, and end the connection when it is done.

        A Deferred of its own stands before that of the work: Twisted turns the cancellation of some stages
        into other errors, as into a name that was not found.

        Returns:
            Fires with what ``exchange`` returns; fails with ``TryError``. May be cancelled at any time.
        """
        result: Deferred[T] = Deferred(lambda _: self._give_up("cancelled"))
        self._work = Deferred.fromCoroutine(self._carry(exchange))
        self._work.addCallbacks(result.callback, lambda failure: self._fail(result, failure))
        return result

    def look(self) -> Seen:
        """Tell what was seen on the connection."""
        connection = self._connection
        return Seen() if connection is None else Seen(connection.head, bool(connection.disconnecting))

    async def _carry(self, exchange: Callable[[Agent], Coroutine[Any, Any, T]]) -> T:
        try:
            return await exchange(Agent.usingEndpointFactory(self.reactor, self))
        finally:
            self._clean_up()

    def _fail(self, result: Deferred[T], failure: Failure) -> None:
        if self._given_up != "cancelled":
            limit = self._limits.get(self._given_up, 0)
            result.errback(why(failure, self._given_up, limit, self.look(), self._hint))

    def _give_up(self, at: str) -> None:
        self._given_up = at
        self._work.cancel()

    def _clean_up(self) -> None:
        """Leave neither a timer nor a connection: with TLS a server could keep it open by saying nothing."""
        self._no_timer()
        if self._connection is not None:
            self._connection.abortConnection()

    def _no_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    # For the Agent.

    def endpointForURI(self, uri: object) -> Line[T]:
        """Stand for the endpoint."""
        return self

    def connect(self, protocolFactory: Any) -> Deferred[IProtocol]:
        """Connect in time."""
        protocolFactory.noisy = False  # it would tell of each request in two lines
        self._timer = self.reactor.callLater(self._limits[CONNECTING], self._give_up, CONNECTING)
        return self._endpoint.connect(_BoundedFactory(protocolFactory, self)).addCallback(self._connected)

    def _connected(self, connection: Any) -> Any:
        self._no_timer()
        self.was_connected = True
        self._connection = connection
        self._timer = self.reactor.callLater(self._limits[READING], self._give_up, READING)
        return connection.wrappedProtocol

    def too_large(self) -> None:
        """Take no more of an answer."""
        if self._given_up is None:
            self._give_up(TOO_LARGE)


class _Bounded(ProtocolWrapper):
    """Counts what is received, headers and all: HTTP sets them no bound."""

    _received = 0
    head = b""

    def dataReceived(self, data: bytes) -> None:
        if len(self.head) < HEAD:
            self.head += data[: HEAD - len(self.head)]
        self._received += len(data)
        line: Line[Any] = self.factory.line
        if self._received > line.most_received:
            line.too_large()
        else:
            super().dataReceived(data)


class _BoundedFactory(WrappingFactory):
    protocol = _Bounded
    noisy = False

    def __init__(self, wrapped: Factory, line: Line[Any]) -> None:
        super().__init__(wrapped)
        self.line = line
