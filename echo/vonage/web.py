"""One request to the REST API and its answer, by treq: bounded in time and size, and never redirected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from twisted.web.client import Agent
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IBodyProducer, IResponse
from zope.interface import implementer

from echo.outgoing.body import WholeBody
from echo.outgoing.failures import TryError, broken_status
from echo.outgoing.line import Line, endpoint_of
from echo.outgoing.tls import host_problem

#: Answers have some hundred bytes.
MAX_BODY: Final = 64 * 1024


@dataclass(frozen=True)
class Said:
    """
    What the API answered.

    Attributes:
        status: HTTP's.
        headers: by lower-case names; the first value of each.
        body: whole.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class UnansweredError(Exception):
    """
    There was no answer; the text is a clause.

    Attributes:
        is_lost: whether the request has certainly reached nobody.
        is_worth_another: whether a further try may bring more.
    """

    def __init__(self, clause: str, *, is_lost: bool, is_worth_another: bool) -> None:
        super().__init__(clause)
        self.is_lost = is_lost
        self.is_worth_another = is_worth_another


class Asks(Protocol):
    """Who sends requests; :class:`Web` does."""

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        connect_timeout: float,
        read_timeout: float,
    ) -> Said:
        """Send a request once and wait for the answer; ``UnansweredError`` if there is none."""
        ...


class Web:
    """Sends requests; each has a connection of its own, as there are few."""

    def __init__(self, reactor: Any) -> None:
        """Send by ``reactor``, which connects, resolves names and tells the time."""
        self._reactor = reactor

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        connect_timeout: float,
        read_timeout: float,
    ) -> Said:
        """
        Send a request once. May be cancelled at any time; the connection is closed then.

        Args:
            method: GET, POST, PUT or DELETE.
            url: http or https, without a user.
            headers: on top of what HTTP needs.
            body: what to send, if anything.
            connect_timeout: seconds for the name and the connection.
            read_timeout: seconds from then on for TLS and the whole answer.

        Raises:
            UnansweredError: where there was no HTTP answer.
        """
        parts = urlsplit(url)
        problem = host_problem(str(parts.hostname))
        if problem is not None:
            raise UnansweredError(problem, is_lost=True, is_worth_another=False)
        endpoint = endpoint_of(
            self._reactor, parts.scheme, str(parts.hostname), parts.port, seconds=connect_timeout
        )
        line: Line[Said] = Line(
            self._reactor,
            endpoint,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            most=MAX_BODY,
        )
        sent = {name: [value] for name, value in headers.items()}
        try:
            return await line.carry(partial(_exchange, line, method, url, headers=Headers(sent), body=body))
        except TryError as error:
            is_lost = not line.was_connected
            worth = error.again or is_lost
            raise UnansweredError(str(error), is_lost=is_lost, is_worth_another=worth) from None


async def _exchange(
    line: Line[Said], method: str, url: str, agent: Agent, *, headers: Headers, body: bytes | None
) -> Said:
    """Send one request by treq, without what it would do for a browser: redirects, cookies, compression."""
    from treq import collect  # noqa: PLC0415  a daemon that asks for nothing need not load it
    from treq.client import HTTPClient  # noqa: PLC0415

    http = HTTPClient(_Plain(agent), data_to_body_producer=WholeBody)
    response = await http.request(
        method,
        url,
        headers=headers,
        data=body,
        allow_redirects=False,
        unbuffered=True,
        reactor=line.reactor,
    )
    parts: list[bytes] = []
    whole = collect(response, parts.append)
    broken = broken_status(response.code, line.look().head)
    if broken is not None:
        whole.addErrback(lambda _: None)  # the end of a body that nobody wants
        raise broken
    await whole
    known = {
        name.decode("latin-1").lower(): values[0].decode("latin-1")
        for name, values in response.headers.getAllRawHeaders()
    }
    return Said(response.code, known, b"".join(parts))


@implementer(IAgent)
class _Plain:
    """Asks for answers as they are. treq takes compressed ones, and a few bytes of such can become any number."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """Send a request."""
        sent = Headers() if headers is None else headers.copy()
        sent.setRawHeaders("accept-encoding", ["identity"])
        return self._agent.request(method, uri, sent, bodyProducer).addCallback(_as_it_is)


def _as_it_is(response: Any) -> Any:
    if response.headers.getRawHeaders("content-encoding", ["identity"]) != ["identity"]:
        raise TryError("its answer is compressed, which nobody asked for", "Invalid response.")
    return response
