"""
The upgrade: how an HTTP request becomes a call.

The request is checked whole before Autobahn sees any of it, so that a refusal is an ordinary answer of the
web tree. Autobahn then gets an upgrade that we write ourselves, from what was checked and nothing else: what a
peer puts in its ``Origin`` (the provider's media module sends ``http://`` and the host, even for ``wss``), in its
path or in further headers cannot matter to it. There are no cookies and no ambient rights on this socket, so
an origin proves nothing either way.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from twisted.internet.interfaces import IProtocol
from twisted.protocols.policies import ProtocolWrapper
from twisted.web.server import NOT_DONE_YET, Request

from echo.registry import Registry
from echo.web.addresses import client_name
from echo.web.answers import Page, answer_error
from echo.web.door import Door
from echo.websocket.protocol import SUBPROTOCOL, CallFactory

_VERSION = "13"
_KEY_BYTES = 16


class SocketPage(Page):
    """``/socket``: takes calls."""

    def __init__(
        self,
        factory: CallFactory,
        registry: Registry,
        is_open: Callable[[], bool],
        retry_after: Callable[[], int],
        door: Door,
    ) -> None:
        """
        Hand connections to ``factory`` while ``is_open``, and as ``door`` lets them in.

        ``retry_after`` tells in how many seconds somebody may ask again who came while it was not open.
        """
        super().__init__()
        self._factory = factory
        self._registry = registry
        self._is_open = is_open
        self._retry_after = retry_after
        self._door = door

    def answer(self, request: Request) -> bytes | int:
        """Turn ``request`` into a call, or refuse it."""
        problem = upgrade_problem(request)
        if problem is not None:
            status, sentence = problem
            if status == HTTPStatus.UPGRADE_REQUIRED:
                request.setHeader(b"Upgrade", b"websocket")
                request.setHeader(b"Connection", b"Upgrade")
                request.setHeader(b"Sec-WebSocket-Version", _VERSION.encode())
            return answer_error(request, status, sentence)
        if not self._is_open():
            request.setHeader(b"Retry-After", b"%d" % self._retry_after())
            return answer_error(
                request, HTTPStatus.SERVICE_UNAVAILABLE, "no call can be taken now; try again later"
            )
        refusal = self._door.refuse_call(
            request.getClientAddress(), request.requestHeaders, len(self._registry.live)
        )
        if refusal is not None:
            request.setHeader(b"Retry-After", b"%d" % refusal.retry_after)
            return answer_error(request, refusal.status, refusal.problem)
        hand_over(
            request, self._factory.build_for(client_name(request)), _values(request, "sec-websocket-key")[0]
        )
        return NOT_DONE_YET


def wants_upgrade(request: Request) -> bool:
    """Tell whether ``request`` asks for a WebSocket at all."""
    return "websocket" in _tokens(request, "upgrade")


def upgrade_problem(request: Request) -> tuple[HTTPStatus, str] | None:
    """Say what keeps ``request`` from being an upgrade (RFC 6455 section 4.2.1), as status and sentence."""
    if not wants_upgrade(request):
        return HTTPStatus.UPGRADE_REQUIRED, "this is a WebSocket: connect with ws:// or wss://"
    if _values(request, "sec-websocket-version") != [_VERSION]:
        return HTTPStatus.UPGRADE_REQUIRED, f"the only version of WebSocket here is {_VERSION}"
    problem = None
    if request.method != b"GET" or request.clientproto != b"HTTP/1.1":
        problem = "a WebSocket begins with GET and HTTP/1.1"
    elif "upgrade" not in _tokens(request, "connection"):
        problem = "the Connection header does not say Upgrade"
    elif len(_values(request, "host")) != 1:
        problem = "one Host header is needed"
    elif not _is_key(_values(request, "sec-websocket-key")):
        problem = "one Sec-WebSocket-Key of 16 bytes in base64 is needed"
    return (HTTPStatus.BAD_REQUEST, problem) if problem else None


def hand_over(request: Request, protocol: IProtocol, key: str) -> None:
    """
    Give the connection of ``request`` to ``protocol``, along with whatever the peer has sent already.

    Nothing of HTTP stays behind: the channel counts the connection no longer and is not told of its end.
    """
    channel: Any = request.channel
    transport, channel.transport = channel.transport, None
    channel.release()
    channel.requests.clear()
    channel.upgraded = protocol
    if isinstance(transport, ProtocolWrapper):  # TLS and the PROXY protocol wrap what is above them
        transport.wrappedProtocol = protocol
    else:
        transport.protocol = protocol
    protocol.makeConnection(transport)
    transport.resumeProducing()
    protocol.dataReceived(_upgrade(request, key))


def _upgrade(request: Request, key: str) -> bytes:
    lines = [
        "GET /socket HTTP/1.1",
        "Host: echo",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Version: {_VERSION}",
        f"Sec-WebSocket-Key: {key}",
    ]
    if SUBPROTOCOL in _split(request, "sec-websocket-protocol"):
        lines.append(f"Sec-WebSocket-Protocol: {SUBPROTOCOL}")
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def _values(request: Request, name: str) -> list[str]:
    # By its name as text Twisted would decode the values too, as UTF-8, and raise on those that are not.
    raw: Sequence[bytes] = request.requestHeaders.getRawHeaders(name.encode(), [])
    return [value.decode("latin-1").strip() for value in raw]


def _split(request: Request, name: str) -> list[str]:
    return [token.strip() for value in _values(request, name) for token in value.split(",")]


def _tokens(request: Request, name: str) -> list[str]:
    return [token.lower() for token in _split(request, name)]


def _is_key(keys: list[str]) -> bool:
    try:
        return len(keys) == 1 and len(base64.b64decode(keys[0], validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False
