"""
A small application on 127.0.0.1, on the reactor of the test: an answer URL, an event URL and a socket.

It echoes, unless a test tells it what to do when a socket opens or a message comes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site


def the_reactor() -> Any:
    """The reactor, which importing installs."""
    from twisted.internet import reactor  # noqa: PLC0415  it must not be installed when the tests are collected

    return reactor


class Guests:
    """Knows who is connected, so that a test can wait until nobody is."""

    def __init__(self) -> None:
        self._connected = 0
        self._waiting: list[Deferred[None]] = []

    def came(self) -> None:
        """Count one more."""
        self._connected += 1

    def left(self) -> None:
        """Let who waits go on when the last one has left."""
        self._connected -= 1
        while self._waiting and not self._connected:
            self._waiting.pop().callback(None)

    async def gone(self) -> None:
        """Wait until nobody is connected."""
        if self._connected:
            self._waiting.append(Deferred())
            await self._waiting[-1]


class WebGuests(WrappingFactory):
    """Counts the connections of a site; Autobahn wants a transport that is not wrapped."""

    noisy = False

    def __init__(self, wrapped: Any, guests: Guests) -> None:
        super().__init__(wrapped)
        self._guests = guests

    def registerProtocol(self, p: ProtocolWrapper) -> None:
        """Count one more."""
        super().registerProtocol(p)
        self._guests.came()

    def unregisterProtocol(self, p: ProtocolWrapper) -> None:
        """Count one less."""
        super().unregisterProtocol(p)
        self._guests.left()


class Call(WebSocketServerProtocol):
    """
    One socket.

    Attributes:
        heard: the messages that came.
        ended: fires with the close code.
    """

    app: Application
    transport: Any

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[bytes] = []
        self.ended: Deferred[int | None] = Deferred()

    def connectionMade(self) -> None:
        """Be counted."""
        self.app.guests.came()
        super().connectionMade()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Be counted no more."""
        super().connectionLost(reason)
        self.app.guests.left()

    def onConnect(self, request: Any) -> None:
        """Keep what was asked."""
        self.app.upgrades.append(request)

    def onOpen(self) -> None:
        """Begin as the test wants it."""
        self.app.calls.append(self)
        self.app.on_open(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Answer as the test wants it."""
        self.heard.append(payload)
        self.app.on_message(self, payload, isBinary)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """Tell that it is over."""
        self.ended.callback(code)


def echo(call: Call, payload: bytes, is_binary: bool) -> None:
    """Return audio, until the end."""
    if is_binary and call.state == call.STATE_OPEN:
        call.sendMessage(payload, isBinary=True)


class _Page(Resource):
    """The answer URL and, by POST, the event URL."""

    isLeaf = True

    def __init__(self, app: Application) -> None:
        super().__init__()
        self._app = app

    def render_GET(self, request: Any) -> Any:
        """Answer with the NCCO, or never."""
        app = self._app
        app.asked += 1
        app.query = {name.decode(): values[0].decode() for name, values in request.args.items()}
        if app.ncco is None:
            app.on_answer()
            return NOT_DONE_YET
        return _said(request, app.ncco, app.status)

    def render_POST(self, request: Any) -> Any:
        """Keep an event, and answer it as the test wants it."""
        event = json.loads(request.content.read())
        self._app.events.append(event)
        replies = self._app.replies.get(event.get("status"))
        if replies == "never":
            self._app.on_answer()
            return NOT_DONE_YET
        return _said(request, replies.popleft() if replies else {}, 200)


def _said(request: Any, document: Any, status: int) -> bytes:
    request.setResponseCode(status)
    request.setHeader(b"content-type", b"application/json")
    request.setHeader(b"connection", b"close")
    return json.dumps(document).encode()


class Application:
    """
    The application.

    Attributes:
        ncco: what the answer URL says; ``None`` to let it hang. By default one connect to the socket.
        status: with which HTTP status.
        replies: the NCCOs with which events are answered, by their status; ``"never"`` lets them hang.
        on_answer: is called where an answer hangs.
        on_open, on_message: what a socket does.
        asked: how often the answer URL was asked.
        query: what it was asked with the last time, by GET.
        events: what was posted.
        upgrades: the requests of the sockets.
        calls: the sockets that were opened.
    """

    def __init__(self, *, tls: Any = None) -> None:
        """Listen; with ``tls`` the socket is ``wss``."""
        self.status = 200
        self.replies: dict[str, Any] = {}
        self.on_answer: Callable[[], object] = list
        self.on_open: Callable[[Call], object] = lambda _: None
        self.on_message: Callable[[Call, bytes, bool], object] = echo
        self.asked = 0
        self.query: dict[str, str] = {}
        self.events: list[dict[str, Any]] = []
        self.upgrades: list[Any] = []
        self.calls: list[Call] = []
        self.guests = Guests()
        reactor, sockets = the_reactor(), _Factory(self)
        self._ports = [reactor.listenTCP(0, WebGuests(Site(_Page(self)), self.guests), interface="127.0.0.1")]
        if tls is None:
            self._ports.append(reactor.listenTCP(0, sockets, interface="127.0.0.1"))
        else:
            self._ports.append(reactor.listenSSL(0, sockets, tls, interface="127.0.0.1"))
        self.port = self._ports[1].getHost().port
        self.url = f"http://127.0.0.1:{self._ports[0].getHost().port}/answer"
        self.socket_url = f"{'ws' if tls is None else 'wss'}://127.0.0.1:{self.port}/socket"
        self.ncco: list[Any] | None = [self.connect()]

    def connect(self, **more: Any) -> dict[str, Any]:
        """An action that connects to the socket; its events come here."""
        endpoint = {
            "type": "websocket",
            "uri": self.socket_url,
            "content-type": "audio/l16;rate=8000",
            **more,
        }
        return {"action": "connect", "eventUrl": [self.url], "endpoint": [endpoint]}

    def statuses(self) -> list[str]:
        """The events that were posted, by their status."""
        return [event.get("status", "error") for event in self.events]

    async def stop(self) -> None:
        """Listen no more, and wait until everybody has gone."""
        for port in self._ports:
            await port.stopListening()
        await self.guests.gone()


class _Factory(WebSocketServerFactory):
    noisy = False

    def __init__(self, app: Application) -> None:
        super().__init__()
        self.setProtocolOptions(autoPingInterval=0, openHandshakeTimeout=0, closeHandshakeTimeout=0)
        self._app = app

    def buildProtocol(self, addr: object) -> Call:
        call = Call()
        call.app, call.factory = self._app, self
        return call
