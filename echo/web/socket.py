"""
The upgrade: how an HTTP request becomes a call.

The request is checked whole before Autobahn sees any of it, so that a refusal is an ordinary answer of the
web tree. Autobahn then gets an upgrade that we write ourselves, from what was checked and nothing else: what a
peer puts in its ``Origin`` (the provider's media module sends ``http://`` and the host, even for ``wss``), in its
path or in further headers cannot matter to it. There are no cookies and no ambient rights on this socket, so
an origin proves nothing either way.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from twisted.internet.interfaces import IProtocol
from twisted.protocols.policies import ProtocolWrapper
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from echo.registry import Registry
from echo.web.addresses import client_name
from echo.web.answers import NotFound, Page, answer_error
from echo.web.door import NO_CALL, Door, Refusal
from echo.web.signed import signed_part
from echo.web.trust import Trust, UnknownSocketError
from echo.web.upgrade import VERSION, split, upgrade_problem, values, wants_upgrade
from echo.websocket.protocol import SUBPROTOCOL, CallFactory

#: Pieces of the path ``/socket/`` and a pass.
_WITH_A_PASS = 2

_UNAVAILABLE = HTTPStatus.SERVICE_UNAVAILABLE


class SocketPage(Page):
    """``/socket``, and ``/socket/`` with a one-time pass behind it: takes calls."""

    def __init__(
        self,
        factory: CallFactory,
        registry: Registry,
        is_open: Callable[[], bool],
        retry_after: Callable[[], int],
        *,
        door: Door,
        trust: Trust,
        is_draining: Callable[[], bool] = lambda: False,
    ) -> None:
        """
        Hand connections to ``factory`` while ``is_open``, as ``door`` lets them in, if ``trust`` believes them.

        While it is not open but ``is_draining``, the sockets of calls that were taken before are let in all the same.
        ``retry_after`` tells in how many seconds somebody may ask again who came while it was not open.
        """
        super().__init__()
        self._factory = factory
        self._registry = registry
        self._is_open = is_open
        self._is_draining = is_draining
        self._retry_after = retry_after
        self._door = door
        self._trust = trust

    def getChild(self, path: bytes, request: Request) -> Resource:
        """Take one more piece of the path for a pass, where a WebSocket is asked for."""
        is_pass = len(_pieces(request)) == _WITH_A_PASS and wants_upgrade(request)
        return self if path == b"" or is_pass else NotFound()

    def answer(self, request: Request) -> bytes | int:
        """Turn ``request`` into a call, or refuse it."""
        problem = upgrade_problem(request)
        if problem is not None:
            return self._refuse(request, Refusal(*problem))
        if not self._takes(request):
            return self._refuse(request, Refusal(_UNAVAILABLE, NO_CALL, self._retry_after()))
        full = self._door.refuse_room(request.getClientAddress(), len(self._registry.live))
        if full is not None:
            return self._refuse(request, full)
        try:
            owner = self._trust.check_socket(signed_part(request), _key(request))
        except UnknownSocketError as error:
            return self._refuse_unproven(request, str(error))
        if owner is None and (refusal := self._charge(request)) is not None:
            return _answer(request, refusal)
        call = self._factory.build_for(client_name(request), None if owner is None else owner.call)
        hand_over(request, call, values(request.requestHeaders, "sec-websocket-key")[0])
        return NOT_DONE_YET

    def _takes(self, request: Request) -> bool:
        """Tell whether calls are taken; this one may have been taken already, and hear a greeting, or go on."""
        return self._is_open() or (self._is_draining() and self._trust.is_of_a_taken_call(_key(request)))

    def _refuse(self, request: Request, refusal: Refusal) -> bytes:
        """Refuse, or, where its address asks too often, refuse it for that."""
        return _answer(request, self._charge_request(request) or refusal)

    def _refuse_unproven(self, request: Request, why: str) -> bytes:
        over = self._charge(request)
        if over is not None:
            return _answer(request, over)
        self._door.refused("socket_auth", request.getClientAddress(), request.requestHeaders, why)
        return _answer(
            request, Refusal(HTTPStatus.FORBIDDEN, "nothing here proves the call that this socket is of")
        )

    def _charge(self, request: Request) -> Refusal | None:
        """Charge an upgrade that proves no call to its address."""
        client, headers = request.getClientAddress(), request.requestHeaders
        return self._charge_request(request) or self._door.refuse_upgrade(client, headers)

    def _charge_request(self, request: Any) -> Refusal | None:
        if request.is_charged:
            return None
        request.is_charged = True
        refusal: Refusal | None = self._door.refuse_request(
            request.getClientAddress(), request.requestHeaders
        )
        return refusal


def _answer(request: Request, refusal: Refusal) -> bytes:
    if refusal.status == HTTPStatus.UPGRADE_REQUIRED:
        request.setHeader(b"Upgrade", b"websocket")
        request.setHeader(b"Connection", b"Upgrade")
        request.setHeader(b"Sec-WebSocket-Version", VERSION.encode())
    if refusal.status == HTTPStatus.TOO_MANY_REQUESTS:
        _end_with(request)
    if refusal.retry_after:
        request.setHeader(b"Retry-After", b"%d" % refusal.retry_after)
    return answer_error(request, refusal.status, refusal.problem)


def _end_with(request: Any) -> None:
    """Let this answer be the last of its connection: whoever asks too often shall not ask on."""
    request.setHeader(b"Connection", b"close")
    request.channel.persistent = False


def _key(request: Request) -> str:
    """Take the pass out of the path; empty where there is none."""
    pieces = _pieces(request)
    return pieces[1].decode("latin-1") if len(pieces) >= _WITH_A_PASS else ""


def _pieces(request: Request) -> list[bytes]:
    return request.prepath or []  # Twisted's own type for it is wider


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
        f"Sec-WebSocket-Version: {VERSION}",
        f"Sec-WebSocket-Key: {key}",
    ]
    if SUBPROTOCOL in split(request.requestHeaders, "sec-websocket-protocol"):
        lines.append(f"Sec-WebSocket-Protocol: {SUBPROTOCOL}")
    return "\r\n".join([*lines, "", ""]).encode("ascii")
