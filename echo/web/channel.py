"""
One connection that speaks HTTP: ``twisted.web``'s channel with a deadline for every request, and bounds.

``twisted.web``'s own timeout is one of idleness, which a peer resets with each byte. Here a whole request has
``request_timeout`` seconds, counted from accept (or from the end of the answer before), its header and its
body have so many bytes, and whatever is refused is refused at once, in one way: :meth:`BoundedChannel.refuse_request`.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IDelayedCall, IHalfCloseableProtocol, IProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.http_headers import Headers
from twisted.web.server import Request
from zope.interface import implementer

from echo.untrusted import clean
from echo.web.framing import header_problem, host_problem, read_target, trailer_problem
from echo.web.safe_headers import make_safe, refusal
from echo.web.upgrade import is_for_a_call
from echo.websocket.transport import BUFFER_BYTES, Farewell, bound_buffers

if TYPE_CHECKING:
    from echo.web.site import BoundedSite

#: Of what limit a status tells; any other is of the protocol.
_LIMIT_OF = {
    HTTPStatus.REQUEST_TIMEOUT: "request_timeout",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "max_body",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "max_header",
}

#: The longest that are in use have about 40 characters.
_MAX_HEADER_NAME = 100

#: Bytes of headers behind a chunked body. Nobody sends any, and Twisted keeps each line as an object.
_MAX_TRAILERS = 1024

#: A chunked body may come with so many times ``max_body`` around it; chunks of one byte each have five times.
_MAX_AROUND_A_BODY = 8


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
    _body_bytes = 0
    _answered = False

    # The connection.

    def connectionMade(self) -> None:
        """Start the clock for the first request."""
        limits = self.site.limits
        self.maxHeaders = limits.max_headers
        self.totalHeadersSize = self.MAX_LENGTH = limits.max_header
        self.timeOut = None
        self.site.connections += 1
        self._counted = True
        self.site.channels.add(self)
        bound_buffers(self.transport)
        super().connectionMade()
        self._restart_deadline()

    def dataReceived(self, data: bytes) -> None:
        """Parse, unless this connection has been refused already."""
        if self._farewell is not None:
            self._farewell.discard(data)
        else:
            super().dataReceived(data)

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

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Let go of everything."""
        self.release()
        super().connectionLost(reason)

    # The header of a request.

    def lineReceived(self, line: bytes) -> None:
        """Refuse a header that goes on in a second line, which nobody writes any more (RFC 9112 section 5.2)."""
        if line.startswith((b" ", b"\t")):
            self.refuse_request(HTTPStatus.BAD_REQUEST, "a header is one line, and begins with its name")
        else:
            super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Answer a header that does not end."""
        self.refuse_request(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the header is too large")

    def headerReceived(self, line: bytes) -> bool:
        """Refuse long names of headers: Twisted remembers thousands of names for as long as it runs."""
        if line.find(b":") > _MAX_HEADER_NAME:
            self.refuse_request(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the name of a header is too long"
            )
            return False
        return bool(super().headerReceived(line))

    def allHeadersReceived(self) -> None:
        """Refuse by the header what can be, before a byte of the body is kept."""
        request = self.requests[-1]
        headers = request.requestHeaders
        request.is_charged = not (self.site.has_sockets and is_for_a_call(self._command, self._path, headers))
        turned_away = self.site.door.refuse_request(self.getPeer(), headers) if request.is_charged else None
        if turned_away is not None:
            self.refuse_request(turned_away.status, turned_away.problem, turned_away.retry_after)
            return
        problem = host_problem(headers.getRawHeaders(b"Host", []), self._version)
        if problem is not None:
            self.refuse_request(HTTPStatus.BAD_REQUEST, problem)
        elif not self._take_target(headers):
            self.refuse_request(HTTPStatus.BAD_REQUEST, "what is asked for is no path, and this is no proxy")
        elif not self._is_meant(headers):
            self.refuse_request(
                HTTPStatus.MISDIRECTED_REQUEST, "ask for this by an address of this machine, or as localhost"
            )
        elif self.length is not None and self.length > self.site.limits.max_body:
            self.refuse_request(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
        elif (headers.getRawHeaders(b"Content-Type") or [b""])[0].strip().lower().startswith(b"multipart/"):
            self.refuse_request(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send JSON, not a form")
        else:
            super().allHeadersReceived()

    def checkPersistence(self, request: Request, version: bytes) -> bool:
        """Tell whether the connection goes on behind ``request``, by every option of every Connection header."""
        values = request.requestHeaders.getRawHeaders(b"Connection", [])
        options = {option.strip().lower() for value in values for option in value.split(b",")}
        if version == b"HTTP/1.1" and b"close" not in options:
            return True
        request.responseHeaders.setRawHeaders(b"Connection", [b"close"])
        return False

    # Its body.

    def rawDataReceived(self, data: bytes) -> None:
        """Hand on what came in one piece with an upgrade; RFC 6455 clients wait, proxies may not."""
        if self.upgraded is not None:
            self.upgraded.dataReceived(data)
        elif self._farewell is None:
            if not self._handlingRequest:  # else it is of requests to come, and counted in their turn
                self._body_bytes += len(data)
            if self._body_bytes > BUFFER_BYTES + _MAX_AROUND_A_BODY * self.site.limits.max_body:
                self.refuse_request(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "there is too much around the body")
            else:
                super().rawDataReceived(data)

    def allContentReceived(self) -> None:
        """Stop the clock: the request is whole."""
        if self._farewell is not None:
            return
        problem = trailer_problem(getattr(self._transferDecoder, "_trailerHeaders", ()))
        if problem is not None:
            self.refuse_request(HTTPStatus.BAD_REQUEST, problem)
            return
        self._body_bytes = 0
        self._cancel_deadline()
        super().allContentReceived()

    # The answer.

    def requestDone(self, request: Request) -> None:
        """Start the clock for the next request; read it only when the peer has read our answers."""
        if self._farewell is not None:  # refused in the midst of it: none follows, and the end has its clock
            self.requests.remove(request)
            return
        self._answered = True
        self._restart_deadline()
        super().requestDone(request)
        if self._waitingForTransport and self.upgraded is None and self._farewell is None:
            # Twisted was told so while it was handling a request, and then it does not stop reading.
            self._networkProducer.pauseProducing()

    def writeHeaders(self, version: bytes, code: bytes, reason: bytes, headers: Headers) -> None:
        """Add what every answer carries, and do not tell what we are made of."""
        make_safe(headers)
        if code == b"204":
            headers.removeHeader(b"content-length")  # RFC 9110 section 8.6; Twisted always writes one
        if self.site.leaving:
            self.persistent = False
            if b"close" not in headers.getRawHeaders(b"connection", []):
                headers.addRawHeader(b"connection", b"close")
        super().writeHeaders(version, code, reason, headers)

    # Refusals and ends.

    def refuse_request(self, status: HTTPStatus, problem: str, retry_after: int = 0) -> None:
        """Answer with ``status`` and end the connection, whatever else the peer still has to say."""
        if self._farewell is not None:
            return
        if status != HTTPStatus.TOO_MANY_REQUESTS:  # of which the door knows
            self.site.door.note(_LIMIT_OF.get(status, "protocol"), self.getPeer())
        peer = self.site.log_lines.privacy.address(clean(str(getattr(self.getPeer(), "host", "-")), 80))
        self.site.log_lines.debug(f"{peer} refused with {status.value}: {problem}")
        has_body = getattr(self, "_command", None) != b"HEAD"
        self.transport.write(refusal(status, problem, retry_after, has_body=has_body))
        self.let_go()

    def let_go(self) -> None:
        """End our side, and see to it that the peer does not keep its own open."""
        self._cancel_deadline()
        self.setRawMode()  # so that LineReceiver parses no further line of what it has already
        self._farewell = Farewell(self.transport, self.site.reactor, self.site.limits.linger_timeout)
        self.site.waiting[self] = None
        self.site.waiting.move_to_end(self, last=False)  # the first to go, if somebody needs its place

    def drop(self) -> None:
        """Give our place to another connection, at once."""
        self.release()
        self.transport.abortConnection()

    def release(self) -> None:
        """Count this connection no longer: it is lost, or has become a call."""
        self._cancel_deadline()
        if self._farewell is not None:
            self._farewell.over()
        if self._counted:
            self._counted = False
            self.site.connections -= 1
            self.site.released(self)

    def leave_if_idle(self) -> None:
        """End the connection if its last request was answered, and there is nothing of another."""
        if self._answered and not self.requests and not self._buffer and self._farewell is None:
            self.transport.loseConnection()

    def _respondToBadRequestAndDisconnect(self) -> None:
        # Twisted's single place for requests that it cannot parse; it would close with the peer's bytes unread.
        if self._receivedHeaderSize > self.totalHeadersSize or self._receivedHeaderCount > self.maxHeaders:
            self.refuse_request(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the header is too large")
        else:
            self.refuse_request(HTTPStatus.BAD_REQUEST, "this is not HTTP as we know it")

    def _maybeChooseTransferDecoder(self, header: bytes, data: bytes) -> bool:
        problem = header_problem(header, data, self._version)
        if problem is not None:
            self.refuse_request(HTTPStatus.BAD_REQUEST, problem)
        if problem is not None or not super()._maybeChooseTransferDecoder(header, data):
            return False
        if isinstance(self._transferDecoder, http._ChunkedTransferDecoder):  # noqa: SLF001  it has no public name
            self._transferDecoder._maxTrailerHeadersSize = _MAX_TRAILERS  # noqa: SLF001  nor has this
        return True

    def _take_target(self, headers: Headers) -> bool:
        """Put path and host of the request line where the rest looks for them; ``False`` where there are none."""
        target = read_target(self._command, self._path)
        if target is None:
            return False
        self._path, host = target
        if host is not None:
            headers.setRawHeaders(b"Host", [host])
        return True

    def _is_meant(self, headers: Headers) -> bool:
        """Tell whether the site answers to the name by which it was asked for, if it was by any."""
        hosts = headers.getRawHeaders(b"Host", [])
        return not hosts or self.site.is_meant(hosts[0], self.getHost())

    def _restart_deadline(self) -> None:
        self._cancel_deadline()
        self._deadline = self.site.reactor.callLater(self.site.limits.request_timeout, self._too_slow)
        self.site.waiting[self] = None

    def _cancel_deadline(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None
        self.site.waiting.pop(self, None)

    def _too_slow(self) -> None:
        self._deadline = None
        if self.requests:
            self.refuse_request(HTTPStatus.REQUEST_TIMEOUT, "the request took too long")
        else:
            self.site.door.note("request_timeout", self.getPeer())
            self.let_go()
