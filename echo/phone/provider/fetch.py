"""
HTTP as the provider's webhooks speak it, on Twisted's Agent: bounded in time and size, never redirected.

Each try has a connection of its own, and none is left when the request is over, whatever the server does with
its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import SplitResult

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import Agent, ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers

from echo import __version__
from echo.outgoing.body import WholeBody
from echo.outgoing.failures import TryError, broken_status
from echo.outgoing.line import Line, endpoint_of
from echo.outgoing.tls import host_problem
from echo.phone.provider.exchange import MAX_BODY, RETRIED, Answer, NoAnswerError, split_url
from echo.phone.tls import HINT
from echo.untrusted import clean

USER_AGENT = f"echo-phone/{__version__}"

_Answered: TypeAlias = tuple[int, dict[str, str], bytes]


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
            line = self._line(parts, connect_timeout, read_timeout)
            try:
                status, known, said = await line.carry(
                    partial(_exchange, line, method, url, headers=sent, body=body)
                )
            except TryError as error:
                if last or not error.again:
                    raise _no_answer(url, error, attempt, self._reactor.seconds() - began) from None
            else:
                if last or status not in RETRIED:
                    return Answer(status, known, said, self._reactor.seconds() - began, attempt)
        raise ValueError(f"{tries} tries: at least one is required")

    def _line(self, parts: SplitResult, connect_timeout: float, read_timeout: float) -> Line[_Answered]:
        return Line(
            self._reactor,
            endpoint_of(
                self._reactor,
                parts.scheme,
                str(parts.hostname),
                parts.port,
                seconds=connect_timeout,
                insecure=self._insecure,
            ),
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            most=MAX_BODY,
            hint=HINT,
        )


async def _exchange(
    line: Line[_Answered], method: str, url: str, agent: Agent, *, headers: Headers, body: bytes | None
) -> _Answered:
    """Send one request; returns status, headers and body."""
    producer = None if body is None else WholeBody(body)
    response = await agent.request(method.encode(), url.encode(), headers, producer)
    said: Deferred[bytes] = Deferred()
    response.deliverBody(_Body(said))
    broken = broken_status(response.code, line.look().head)
    if broken is not None:
        raise broken
    known = {
        name.decode("latin-1").lower(): values[0].decode("latin-1")
        for name, values in response.headers.getAllRawHeaders()
    }
    return response.code, known, await said


def _no_answer(url: str, error: TryError, attempts: int, seconds: float) -> NoAnswerError:
    times = f" ({attempts} tries)" if attempts > 1 else ""
    sentence = f"{clean(url.partition('?')[0], 200)}: {error}{times}"  # the query is what we put there
    return NoAnswerError(sentence, reason=error.reason, attempts=attempts, seconds=seconds)


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
