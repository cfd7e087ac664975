"""
A whole public face in memory: real HTTP and WebSocket parsing, no socket, and a clock that stands still.

:class:`Face` is a daemon's site with everything behind it; :class:`Wire` is one connection to it.
"""

from __future__ import annotations

import http.client
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IAddress, IHalfCloseableDescriptor
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET
from zope.interface import implementer

from echo.apps import APPS
from echo.audio.format import AudioFormat
from echo.call.app import AppMaker
from echo.call.flow import WhenSlow
from echo.call.terms import CallTerms
from echo.limits import STANDARD, Limits
from echo.refusals import Refusals
from echo.registry import Registry
from echo.web.addresses import AddressBook, Network
from echo.web.door import Door
from echo.web.ncco_file import NccoFile
from echo.web.repeats import Repeats
from echo.web.site import BoundedSite
from echo.web.tree import Parts, build_tree
from echo.web.trust import Trust, TrustTerms
from echo.websocket.protocol import CallFactory, CallProtocol
from tests.doubles import RecordingLog
from tests.frames import upgrade_request

#: The example of RFC 6455 section 1.3.
KEY = "dGhlIHNhbXBsZSBub25jZQ=="

CALLER = IPv4Address("TCP", "192.0.2.7", 5060)


@implementer(IHalfCloseableDescriptor)
class Wire(StringTransport):
    """
    The server's end of a connection, in memory.

    Attributes:
        buffer: how many bytes may be written before the producer is paused; ``None`` for any number.
        half_closed: whether our side was ended, as ``shutdown(SHUT_WR)`` does.
        aborted: whether the connection was reset by us.
    """

    def __init__(self, peer: IAddress = CALLER) -> None:
        super().__init__(peerAddress=peer)
        self.buffer: int | None = None
        self.half_closed = False
        self.aborted = False
        self.protocol: Any = None

    def write(self, data: bytes) -> None:
        """Take ``data``, and tell the producer when that was enough."""
        super().write(data)
        if self.producer is not None and self.buffer is not None and len(self.value()) > self.buffer:
            self.producer.pauseProducing()

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Take all of ``data``, as :meth:`write` does."""
        self.write(b"".join(data))

    def unregisterProducer(self) -> None:
        """Forget the producer, if there is one: unlike its base, and like a real transport, never raise."""
        self.producer = self.streaming = None

    def loseWriteConnection(self) -> None:
        """End our side."""
        self.half_closed = True

    def writeConnectionLost(self, reason: Failure) -> None:
        """Nothing listens."""

    def readConnectionLost(self, reason: Failure) -> None:
        """Nothing listens."""

    def abortConnection(self) -> None:
        """Reset the connection."""
        self.aborted = True
        self.lose(Failure(ConnectionAborted()))

    def state(self) -> str:
        """Tell what became of the connection: ``open``, ``half closed`` or ``aborted``."""
        return "aborted" if self.aborted else "half closed" if self.half_closed else "open"

    def lose(self, reason: Failure | None = None) -> None:
        """Tell the protocol that the connection is gone."""
        protocol, self.protocol = self.protocol, None
        self.unregisterProducer()
        if protocol is not None:
            protocol.connectionLost(reason or Failure(ConnectionDone()))

    def receive(self, data: bytes, piece: int | None = None) -> None:
        """Let the protocol receive ``data``, in pieces of so many bytes."""
        step = piece or len(data)
        for start in range(0, len(data), step or 1):
            if self.protocol is not None:
                self.protocol.dataReceived(data[start : start + step])

    def taken(self) -> bytes:
        """Take what was written since the last time."""
        data: bytes = self.value()
        self.clear()
        return data


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes
    reason: str = ""

    def json(self) -> Any:
        """Read the body as JSON."""
        return json.loads(self.body)


class _Bytes(io.BytesIO):
    """What ``http.client`` takes for a socket."""

    def makefile(self, mode: str) -> io.BytesIO:
        return self


def read_answer(data: bytes, method: str = "GET") -> Answer:
    """Parse one HTTP answer with the standard library's parser."""
    response = http.client.HTTPResponse(_Bytes(data), method=method)  # type: ignore[arg-type]
    response.begin()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read(), response.reason)


def read_answers(data: bytes) -> list[Answer]:
    """
    Parse a row of answers as strictly as a proxy may, to the last byte.

    One to HEAD has a length and no body; it is known by what follows, since no body of ours begins with HTTP/1.
    What follows a 101 is its body.
    """
    found = []
    while data:
        head, end, rest = data.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        assert end, data
        assert first.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ")), first
        fields = [line.decode("latin-1").partition(": ") for line in lines]
        headers = {name.lower(): value for name, _, value in fields}
        assert len(headers) == len(fields), lines
        status, length = int(first[9:12]), int(headers.get("content-length", 0))
        if status == 101:
            length = len(rest)
        elif not rest or rest.startswith(b"HTTP/1."):
            length = 0
        assert len(rest) >= length, data
        found.append(Answer(status, headers, rest[:length]))
        data = rest[length:]
    return found


class Face:
    """The public face of a daemon in memory."""

    def __init__(
        self,
        *,
        limits: Limits = STANDARD,
        app: str | AppMaker = "echo",
        when_slow: WhenSlow | None = None,
        public_url: str | None = None,
        trusted_proxies: Sequence[Network] = (),
        ncco_file: NccoFile | None = None,
        trust: TrustTerms | None = None,
        fallback_file: NccoFile | None = None,
        busy_file: NccoFile | None = None,
        apps: Sequence[str] = (),
        **changed_limits: int,
    ) -> None:
        self.clock = Clock()
        self.log = RecordingLog()
        self.registry = Registry()
        self.is_open = True
        self.is_draining = False
        self.drawn = 0
        limits = replace(limits, **changed_limits)
        audio = AudioFormat(16000)
        make_app = APPS[app] if isinstance(app, str) else app
        terms = CallTerms(limits, audio, when_slow, make_app, self.log, lambda: 1.8e9)
        self.refusals = Refusals(self.log)
        self.memory_used = 0
        self.calls = CallFactory(self.clock, terms, self.registry, self.refusals)
        addresses = AddressBook(public_url, trusted_proxies)
        self.wall_clock = 1.8e9
        self.trust = Trust(
            trust or TrustTerms(),
            clock=self.clock.seconds,
            wall_clock=lambda: self.wall_clock + self.clock.seconds(),
            random=self.random,
        )
        door = Door(limits, addresses.proxies, self.clock.seconds, self.refusals, lambda: self.memory_used)
        parts = Parts(
            addresses=addresses,
            calls=self.calls,
            registry=self.registry,
            limits=limits,
            log=self.log,
            content_type=audio.content_type,
            ncco_file=ncco_file,
            fallback_file=fallback_file,
            busy_file=busy_file,
            in_thread=maybeDeferred,
            reactor=self.clock,
            is_open=lambda: self.is_open,
            is_draining=lambda: self.is_draining,
            retry_after=lambda: 7,
            started_at=self.clock.seconds(),
            door=door,
            trust=self.trust,
            repeats=Repeats(self.clock.seconds),
            apps=apps,
        )
        self.site = BoundedSite(build_tree(parts), limits, self.log, self.clock, door)
        self.site.calls = lambda: len(self.registry.live)

    def random(self, size: int) -> bytes:
        """Give bytes that were not given before."""
        self.drawn += 1
        return self.drawn.to_bytes(size, "big")

    def connect(self, peer: IAddress = CALLER) -> Wire:
        """Open a connection."""
        wire = Wire(peer)
        wire.protocol = self.site.buildProtocol(peer)
        wire.protocol.makeConnection(wire)
        return wire

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        host: str = "echo.example",
        peer: IAddress = CALLER,
    ) -> Answer:
        """Send one request on a connection of its own and read the answer."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        wire = self.connect(peer)
        wire.receive("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        answer = read_answer(wire.taken(), method)
        wire.lose()
        return answer

    def call(
        self, *, peer: IAddress = CALLER, together: bytes = b"", buffer: int | None = None
    ) -> tuple[Wire, CallProtocol]:
        """Open a call; the answer to the upgrade is taken off the wire already."""
        wire = self.connect(peer)
        wire.buffer = buffer
        wire.receive(upgrade_request("/socket", "echo.example", KEY) + together)
        head, _, rest = wire.taken().partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), head
        wire.io.write(rest)
        assert isinstance(wire.protocol, CallProtocol)
        return wire, wire.protocol


class Later(Resource):
    """A page that waits for something."""

    isLeaf = True

    def __init__(self, ready: Deferred[object]) -> None:
        super().__init__()
        self._ready = ready

    def render(self, request: Any) -> int:
        """Answer when it is there."""
        self._ready.addCallback(lambda _: (request.write(b"later"), request.finish()))
        return NOT_DONE_YET


def ended(face: Face) -> str:
    """Return the line that explains the end of the only call that ended."""
    (line,) = [line for line in face.log.at("info") if " ended by " in line]
    return line
