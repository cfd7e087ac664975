"""
HTTP for a public port: ``twisted.web`` with a deadline for every request and a bound on everything it keeps.

``twisted.web``'s own timeout is one of idleness, which a peer resets with each byte, and a large body becomes
a temporary file. Here a whole request has ``request_timeout`` seconds, counted from accept (or from the end
of the answer before), a body has ``max_body`` bytes in memory, and a form with files is refused unparsed.
"""

from __future__ import annotations

from http import HTTPStatus
from io import BytesIO
from typing import Any

from twisted.internet.interfaces import (
    IAddress,
    IDelayedCall,
    IHalfCloseableProtocol,
    IProtocol,
    IReactorTime,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.http_headers import Headers
from twisted.web.resource import IResource
from twisted.web.server import Request, Site
from zope.interface import implementer

from echo.limits import Limits
from echo.log import Log
from echo.untrusted import clean
from echo.web.answers import NotFound, error_body
from echo.websocket.transport import Farewell, bound_buffers

#: Nothing that we serve may be taken for something else, framed, or kept by a cache.
_SAFE_HEADERS = {
    b"X-Content-Type-Options": b"nosniff",
    b"X-Frame-Options": b"DENY",
    b"Referrer-Policy": b"no-referrer",
    b"Cache-Control": b"no-store",
}

#: 2**63 in digits.
_MAX_LENGTH_DIGITS = 19

#: Pieces of a path; our longest has two.
_MAX_PATH = 8

#: The longest that are in use have about 40 characters.
_MAX_HEADER_NAME = 100


class BoundedRequest(Request):
    """A request whose body stays in memory and below the limit."""

    site: BoundedSite
    channel: BoundedChannel
    content: BytesIO

    def handleContentChunk(self, data: bytes) -> None:
        """Keep a piece of the body. Only a chunked one can still be too long here."""
        if self.content.tell() + len(data) > self.channel.site.limits.max_body:
            self.channel.refuse_request(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
        else:
            super().handleContentChunk(data)

    def processingFailed(self, reason: Failure) -> Failure:
        """Answer a bug of ours with a bare 500; the traceback is for the log."""
        self.site.log_lines.failure(f"the request for {clean(self.path, 200)} failed")
        body = error_body("internal error")
        self.setResponseCode(HTTPStatus.INTERNAL_SERVER_ERROR)
        self.setHeader(b"Content-Type", b"application/json")
        self.setHeader(b"Content-Length", b"%d" % len(body))
        self.write(body)
        self.finish()
        return reason


@implementer(IHalfCloseableProtocol)
class BoundedChannel(http.HTTPChannel):
    """
    One connection that speaks HTTP, until a call takes it over.

    Attributes:
        upgraded: the protocol that has taken the connection over, which gets every byte from then on.
    """

    site: BoundedSite
    #: Twisted types it as an interface with three methods; each transport that we meet has many more.
    transport: Any
    maxHeaders = 64
    upgraded: IProtocol | None = None
    _deadline: IDelayedCall | None = None
    _farewell: Farewell | None = None
    _counted = False

    def connectionMade(self) -> None:
        """Start the clock for the first request."""
        limits = self.site.limits
        self.maxHeaders = limits.max_headers
        self.totalHeadersSize = self.MAX_LENGTH = limits.max_header
        self.timeOut = None
        self.site.connections += 1
        self._counted = True
        bound_buffers(self.transport)
        super().connectionMade()
        self._restart_deadline()

    def dataReceived(self, data: bytes) -> None:
        """Parse, unless this connection has been refused already."""
        if self._farewell is not None:
            self._farewell.discard(data)
        else:
            super().dataReceived(data)

    def rawDataReceived(self, data: bytes) -> None:
        """Hand on what came in one piece with an upgrade; RFC 6455 clients wait, proxies may not."""
        if self.upgraded is not None:
            self.upgraded.dataReceived(data)
        elif self._farewell is None:
            super().rawDataReceived(data)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Answer a header that does not end."""
        self.refuse_request(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the header is too large")

    def allHeadersReceived(self) -> None:
        """Refuse by the headers what can be, before a byte of the body is kept."""
        headers = self.requests[-1].requestHeaders
        if self.length is not None and self.length > self.site.limits.max_body:
            self.refuse_request(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
        elif (headers.getRawHeaders(b"Content-Type") or [b""])[0].strip().lower().startswith(b"multipart/"):
            self.refuse_request(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send JSON, not a form")
        else:
            super().allHeadersReceived()

    def allContentReceived(self) -> None:
        """Stop the clock: the request is whole."""
        if self._farewell is None:
            self._cancel_deadline()
            super().allContentReceived()

    def requestDone(self, request: Request) -> None:
        """Start the clock for the next request; read it only when the peer has read our answers."""
        self._restart_deadline()
        super().requestDone(request)
        if self._waitingForTransport and self.upgraded is None and self._farewell is None:
            # Twisted was told so while it was handling a request, and then it does not stop reading.
            self._networkProducer.pauseProducing()

    def readConnectionLost(self) -> None:
        """Send what is unsent to a peer that has said all it had to say, and then go."""
        if self._handlingRequest:
            self.persistent = False  # the answer ends the connection
            return
        if self._farewell is None:
            self.let_go()
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """Hear that our side has ended, as it was meant to."""

    def headerReceived(self, line: bytes) -> bool:
        """Refuse long names of headers: Twisted remembers thousands of names for as long as it runs."""
        if line.find(b":") > _MAX_HEADER_NAME:
            self.refuse_request(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the name of a header is too long"
            )
            return False
        return bool(super().headerReceived(line))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Let go of everything."""
        self.release()
        super().connectionLost(reason)

    def writeHeaders(self, version: bytes, code: bytes, reason: bytes, headers: Headers) -> None:
        """Add what every answer carries, and do not tell what we are made of."""
        headers.removeHeader(b"server")
        for name, value in _SAFE_HEADERS.items():
            headers.setRawHeaders(name, [value])
        super().writeHeaders(version, code, reason, headers)

    def _respondToBadRequestAndDisconnect(self) -> None:
        # Twisted's single place for requests that it cannot parse; it would close with the peer's bytes unread.
        if self._receivedHeaderSize > self.totalHeadersSize or self._receivedHeaderCount > self.maxHeaders:
            self.refuse_request(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the header is too large")
        else:
            self.refuse_request(HTTPStatus.BAD_REQUEST, "this is not HTTP as we know it")

    def _maybeChooseTransferDecoder(self, header: bytes, data: bytes) -> bool:
        # int() raises on thousands of digits, and nothing catches it on the way up.
        if header == b"Content-Length" and len(data) > _MAX_LENGTH_DIGITS:
            return bool(self._failChooseTransferDecoder())
        return bool(super()._maybeChooseTransferDecoder(header, data))

    def refuse_request(self, status: HTTPStatus, problem: str) -> None:
        """Answer with ``status`` and end the connection, whatever else the peer still has to say."""
        if self._farewell is not None:
            return
        peer = clean(str(getattr(self.getPeer(), "host", "-")), 80)
        self.site.log_lines.debug(f"{peer} refused with {status.value}: {problem}")
        body = error_body(problem)
        self.transport.write(
            b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n"
            % (status, status.phrase.encode(), len(body))
            + b"".join(b"%s: %s\r\n" % pair for pair in _SAFE_HEADERS.items())
            + b"\r\n"
            + body
        )
        self.let_go()

    def let_go(self) -> None:
        """End our side, and see to it that the peer does not keep its own open."""
        self._cancel_deadline()
        self.setRawMode()  # so that LineReceiver parses no further line of what it has already
        self._farewell = Farewell(self.transport, self.site.reactor, self.site.limits.linger_timeout)

    def release(self) -> None:
        """Count this connection no longer: it is lost, or has become a call."""
        self._cancel_deadline()
        if self._farewell is not None:
            self._farewell.over()
        if self._counted:
            self._counted = False
            self.site.connections -= 1

    def _restart_deadline(self) -> None:
        self._cancel_deadline()
        self._deadline = self.site.reactor.callLater(self.site.limits.request_timeout, self._too_slow)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if self.requests:
            self.refuse_request(HTTPStatus.REQUEST_TIMEOUT, "the request took too long")
        else:
            self.let_go()


class TurnedAway(Protocol):
    """
    A connection that is one too many: dropped before a byte of it is read.

    A factory that answers with no protocol at all would do for plain TCP only: the wrappers of TLS and of the
    PROXY protocol keep such a connection, without any deadline.
    """

    def connectionMade(self) -> None:
        """Drop it."""
        transport: Any = self.transport
        transport.abortConnection()


class BoundedSite(Site):
    """
    The factory of the public port.

    Attributes:
        limits: what each connection may take.
        log_lines: our log; ``log`` is Twisted's name for something else.
        connections: how many are open that are not calls.
    """

    noisy = False
    protocol: Any = BoundedChannel  # Twisted's type for it is its own wrapper, which is there for HTTP/2
    requestFactory = BoundedRequest

    def __init__(self, root: IResource, limits: Limits, log: Log, reactor: IReactorTime) -> None:
        """Serve ``root`` within ``limits``."""
        super().__init__(root, parsePOSTFormSubmission=False, reactor=reactor)
        self.limits = limits
        self.log_lines = log
        self.connections = 0

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Take one more connection, or, beyond the limit, drop it before a byte is read."""
        if self.connections >= self.limits.max_requests:
            self.log_lines.debug("a connection was dropped: too many that are not calls")
            return TurnedAway()
        return super().buildProtocol(addr)

    def getContentFile(self, length: int | None) -> BytesIO:
        """Keep bodies in memory: ``max_body`` is small, and a disk has no business on the path of calls."""
        return BytesIO()

    def acceptableProtocols(self) -> list[bytes]:
        """Speak HTTP/1.1 only: a call cannot come over HTTP/2 here."""
        return [b"http/1.1"]

    def getResourceFor(self, request: Any) -> Any:
        """Find the page; a path of thousands of pieces is none, and not walked through to find that out."""
        if len(request.postpath) > _MAX_PATH:
            return NotFound()
        return super().getResourceFor(request)

    def startFactory(self) -> None:
        """Start without Twisted's access log and its timer; ``log`` writes our own lines."""

    def stopFactory(self) -> None:
        """Stop."""

    def log(self, request: Any) -> None:
        """Write a line for each request; what matters has one of its own, so this is for searching."""
        peer = clean(str(getattr(request.getClientAddress(), "host", "-")), 80)
        what = f"{clean(request.method, 16)} {clean(request.uri, 200)}"
        self.log_lines.debug(f"{peer} {what} {request.code} {request.sentLength}")
