"""
HTTP as the provider's webhooks speak it, on Twisted's Agent: bounded in time and size, never redirected.

Each try has a connection of its own, and none is left when the request is over, whatever the server does with
its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult

from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IDelayedCall, IProtocol, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from twisted.web.client import Agent, ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory, IBodyProducer
from zope.interface import implementer

from echo import __version__
from echo.phone.provider.exchange import MAX_BODY, RETRIED, Answer, NoAnswerError, split_url
from echo.phone.provider.failures import (
    CONNECTING,
    HEAD,
    READING,
    TOO_LARGE,
    Seen,
    TryError,
    broken_status,
    why,
)
from echo.phone.tls import client_options, host_problem
from echo.untrusted import clean

USER_AGENT = f"echo-phone/{__version__}"

#: Status line and headers come on top of the body.
_MAX_RECEIVED = MAX_BODY + 64 * 1024

_PORTS = {"http": 80, "https": 443}


class Web:
    """Sends requests; fulfils :class:`echo.phone.provider.exchange.Asks`."""

    def __init__(self, reactor: Any, *, insecure: bool = False, user_agent: str = USER_AGENT) -> None:
        """
        Send requests by ``reactor``.

        Args:
            reactor: connects, resolves names and tells the time.
            insecure: believe any TLS certificate.
            user_agent: who we say we are. What the provider says is published nowhere.
        """
        self._reactor = reactor
        self._insecure = insecure
        self._user_agent = user_agent

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        connect_timeout: float,
        read_timeout: float,
        tries: int,
    ) -> Answer:
        """
        Send a request, and again where the provider would.

        May be cancelled at any time; the connection is closed then.

        Args:
            method: GET or POST.
            url: http or https.
            headers: on top of what HTTP needs.
            body: what to send, if anything.
            connect_timeout: seconds for the name and the connection, of each try.
            read_timeout: seconds from then on for TLS and the whole answer, of each try.
            tries: how many there may be in all.

        Raises:
            NoAnswerError: where the last try brought no HTTP answer, or the URL is none that the provider asks.
        """
        parts = split_url(url)
        problem = host_problem(str(parts.hostname))
        if problem is not None:
            raise NoAnswerError(f"{clean(url.partition('?')[0], 200)}: {problem}", reason="Invalid URL.")
        sent = Headers({"User-Agent": [self._user_agent]})
        for name, value in headers.items():
            sent.setRawHeaders(name, [value])
        began = self._reactor.seconds()
        for attempt in range(1, tries + 1):
            last = attempt == tries
            one = _Try(self._reactor, self._endpoint(parts, connect_timeout), connect_timeout, read_timeout)
            try:
                status, known, said = await one.start(method, url, sent, body)
            except TryError as error:
                if last or not error.again:
                    raise _no_answer(url, error, attempt, self._reactor.seconds() - began) from None
            else:
                if last or status not in RETRIED:
                    return Answer(status, known, said, self._reactor.seconds() - began, attempt)
        raise ValueError(f"{tries} tries: at least one is required")

    def _endpoint(self, parts: SplitResult, seconds: float) -> IStreamClientEndpoint:
        host = str(parts.hostname)
        port = _PORTS[parts.scheme] if parts.port is None else parts.port
        # this timeout is for each of the host's addresses: the one of the whole try must come first
        endpoint = HostnameEndpoint(self._reactor, host, port, timeout=2 * seconds)
        if parts.scheme == "http":
            return endpoint
        return wrapClientTLS(client_options(host, insecure=self._insecure), endpoint)


def _no_answer(url: str, error: TryError, attempts: int, seconds: float) -> NoAnswerError:
    times = f" ({attempts} tries)" if attempts > 1 else ""
    sentence = f"{clean(url.partition('?')[0], 200)}: {error}{times}"  # the query is what we put there
    return NoAnswerError(sentence, reason=error.reason, attempts=attempts, seconds=seconds)


@implementer(IAgentEndpointFactory, IStreamClientEndpoint)
class _Try:
    """One try on one connection; the Agent takes it for the endpoint, so that it sees the connection made."""

    def __init__(
        self, reactor: Any, endpoint: IStreamClientEndpoint, connect_timeout: float, read_timeout: float
    ) -> None:
        self._reactor = reactor
        self._endpoint = endpoint
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._timer: IDelayedCall | None = None
        self._connection: _Bounded | None = None
        self._work: Deferred[tuple[int, dict[str, str], bytes]]
        self._given_up: str | None = None

    def start(
        self, method: str, url: str, headers: Headers, body: bytes | None
    ) -> Deferred[tuple[int, dict[str, str], bytes]]:
        """
        Begin.

        A Deferred of its own stands before that of the work: Twisted turns the cancellation of some stages
        into other errors, as into a name that was not found.

        Returns:
            Fires with status, headers and body; fails with ``TryError``.
        """
        result: Deferred[tuple[int, dict[str, str], bytes]] = Deferred(lambda _: self._give_up("cancelled"))
        self._work = Deferred.fromCoroutine(self._exchange(method, url, headers, body))
        self._work.addCallbacks(result.callback, lambda failure: self._fail(result, failure))
        return result

    async def _exchange(
        self, method: str, url: str, headers: Headers, body: bytes | None
    ) -> tuple[int, dict[str, str], bytes]:
        agent = Agent.usingEndpointFactory(self._reactor, self)
        producer = None if body is None else _Said(body)
        try:
            response = await agent.request(method.encode(), url.encode(), headers, producer)
            said: Deferred[bytes] = Deferred()
            response.deliverBody(_Body(said))
            broken = broken_status(response.code, self._look().head)
            if broken is not None:
                raise broken
            known = {
                name.decode("latin-1").lower(): values[0].decode("latin-1")
                for name, values in response.headers.getAllRawHeaders()
            }
            return response.code, known, await said
        finally:
            self._clean_up()

    def _fail(self, result: Deferred[Any], failure: Failure) -> None:
        if self._given_up != "cancelled":
            timeouts = {CONNECTING: self._connect_timeout, READING: self._read_timeout}
            seconds = timeouts.get(self._given_up or "", 0)
            result.errback(why(failure, self._given_up, seconds, self._look()))

    def _look(self) -> Seen:
        """Tell what was seen on the connection."""
        connection = self._connection
        return Seen() if connection is None else Seen(connection.head, bool(connection.disconnecting))

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

    def endpointForURI(self, uri: object) -> _Try:
        """Stand for the endpoint."""
        return self

    def connect(self, protocolFactory: Any) -> Deferred[IProtocol]:
        """Connect in time."""
        self._timer = self._reactor.callLater(self._connect_timeout, self._give_up, CONNECTING)
        return self._endpoint.connect(_BoundedFactory(protocolFactory, self)).addCallback(self._connected)

    def _connected(self, connection: Any) -> Any:
        self._no_timer()
        self._connection = connection
        self._timer = self._reactor.callLater(self._read_timeout, self._give_up, READING)
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
        if self._received > _MAX_RECEIVED:
            self.factory.attempt.too_large()
        else:
            super().dataReceived(data)


class _BoundedFactory(WrappingFactory):
    protocol = _Bounded
    noisy = False

    def __init__(self, wrapped: Factory, attempt: _Try) -> None:
        super().__init__(wrapped)
        self.attempt = attempt


@implementer(IBodyProducer)
class _Said:
    """The body of a request, written at once."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.length = len(body)

    def startProducing(self, consumer: Any) -> Deferred[None]:
        consumer.write(self._body)
        return succeed(None)

    def pauseProducing(self) -> None:
        """Nothing is left to be held back."""

    def resumeProducing(self) -> None:
        """Nothing is left to be sent."""

    def stopProducing(self) -> None:
        """Nothing is left to be stopped."""


class _Body(Protocol):
    """The body of an answer; whoever gives up on it aborts the connection."""

    def __init__(self, whole: Deferred[bytes]) -> None:
        self._whole = whole
        self._parts: list[bytes] = []

    def dataReceived(self, data: bytes) -> None:
        self._parts.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._whole.called:
            return
        # PotentialDataLoss: an answer without a length ends with its connection (RFC 9112 section 6.3)
        if reason.check(ResponseDone, PotentialDataLoss):
            self._whole.callback(b"".join(self._parts))
        else:
            self._whole.errback(reason)
