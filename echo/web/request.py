"""One HTTP request, as a page gets it: whole, and small enough to be in memory."""

from __future__ import annotations

from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING

from twisted.python.failure import Failure
from twisted.web.server import Request

from echo.web.answers import error_body, told_uri

if TYPE_CHECKING:
    from echo.web.channel import BoundedChannel
    from echo.web.site import BoundedSite


class BoundedRequest(Request):
    """A request whose body stays in memory and below the limit."""

    site: BoundedSite
    channel: BoundedChannel
    content: BytesIO
    #: Whether its address was charged for it. One that may prove its call is charged by the page, where it does not.
    is_charged = True

    def handleContentChunk(self, data: bytes) -> None:
        """Keep a piece of the body. Only a chunked one can still be too long here."""
        if self.content.tell() + len(data) > self.channel.site.limits.max_body:
            self.channel.refuse_request(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
        else:
            super().handleContentChunk(data)

    def processingFailed(self, reason: Failure) -> Failure:
        """Answer a bug of ours with a bare 500; the traceback is for the log."""
        self.site.log_lines.failure(
            f"the request for {self.site.log_lines.privacy.target(told_uri(self))} failed"
        )
        body = error_body("internal error")
        self.setResponseCode(HTTPStatus.INTERNAL_SERVER_ERROR)
        self.setHeader(b"Content-Type", b"application/json")
        self.setHeader(b"Content-Length", b"%d" % len(body))
        self.write(body)
        self.finish()
        return reason
