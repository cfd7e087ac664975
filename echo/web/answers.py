"""What every resource of the web tree has in common: methods, errors and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ClassVar

from twisted.web.http import RESPONSES
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET, Request

from echo.errors import UntrustedTextError
from echo.untrusted import clean
from echo.webhook.passes import without_passes


def json_body(value: object) -> bytes:
    """Write ``value`` as JSON: ASCII only, and never the ``NaN`` that is none."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"


def error_body(problem: str) -> bytes:
    """Write the body of an error: one sentence that says what is wrong."""
    return json_body({"error": problem})


def answer_json(request: Request, value: object, status: int = HTTPStatus.OK) -> bytes:
    """Set up ``request`` to answer with ``value`` and return the body."""
    # Twisted does not know the name of every status.
    request.setResponseCode(status, None if status in RESPONSES else HTTPStatus(status).phrase.encode())
    request.setHeader(b"Content-Type", b"application/json")
    return json_body(value)


def answer_error(request: Request, status: int, problem: str) -> bytes:
    """Set up ``request`` to answer with an error and return the body."""
    return answer_json(request, {"error": problem}, status)


def told_uri(request: Request) -> str:
    """Show what ``request`` asks for, as a log may: nothing that opens a socket, in whatever spelling."""
    pieces: list[bytes] = getattr(request, "prepath", None) or []  # Twisted's own type for it is wider
    if pieces[:1] == [b"socket"] and any(pieces[1:]):
        return "/socket/..."
    return clean(without_passes(request.uri.decode("utf-8", "surrogateescape")), 200)


def body_of(request: Request) -> bytes:
    """Read the whole body of ``request``; ``echo.web.request`` has bounded it."""
    return bytes(request.content.read()) if request.content else b""


class Page(Resource):
    """
    A resource that answers the methods it names, and tells which those are.

    A subclass sets ``methods`` and implements ``answer``. ``HEAD`` is ``GET`` without the body, ``OPTIONS``
    lists the methods, anything else is 405 with ``Allow`` (RFC 9110 section 15.5.6).
    """

    methods: ClassVar[tuple[bytes, ...]] = (b"GET",)

    def answer(self, request: Request) -> bytes | int:
        """Return the body, or ``NOT_DONE_YET``; may raise ``UntrustedTextError`` for what the peer sent."""
        raise NotImplementedError

    def render(self, request: Request) -> bytes | int:
        """Answer ``request`` by its method."""
        if request.method == b"OPTIONS":
            request.setResponseCode(HTTPStatus.NO_CONTENT)
            request.setHeader(b"Allow", self._allowed())
            return b""
        method = b"GET" if request.method == b"HEAD" else request.method
        if method not in self.methods:
            request.setHeader(b"Allow", self._allowed())
            body: bytes | int = answer_error(
                request, HTTPStatus.METHOD_NOT_ALLOWED, f"allowed here: {self._allowed().decode()}"
            )
        else:
            body = self._answer_or_refuse(request)
        return _without_body(request, body) if request.method == b"HEAD" else body

    def getChild(self, path: bytes, request: Request) -> Resource:
        """Take a slash at the end for the page itself; there is nothing below it."""
        return self if path == b"" else NotFound()

    def _answer_or_refuse(self, request: Request) -> bytes | int:
        try:
            return self.answer(request)
        except UntrustedTextError as error:
            return answer_error(request, error.status, error.problem)

    def _allowed(self) -> bytes:
        head = (b"HEAD",) if b"GET" in self.methods else ()
        return b", ".join((*self.methods, *head, b"OPTIONS"))


class NotFound(Page):
    """What is not there, by any method."""

    def render(self, request: Request) -> bytes | int:
        """Answer 404, and say what there is."""
        site: Any = request.site  # twisted.web's type is one that may not be there yet
        known = known_paths(site.resource)
        body = answer_error(request, HTTPStatus.NOT_FOUND, f"nothing is here; there are {known}")
        return _without_body(request, body) if request.method == b"HEAD" else body


def known_paths(root: IResource) -> str:
    """Tell the pages right below ``root`` as a person would: ``/, /ncco and /events``."""
    children = root.listStaticEntities() if isinstance(root, Resource) else []
    *others, last = [f"/{name.decode()}" for name, child in children if isinstance(child, Page)] or ["none"]
    return f"{', '.join(others)} and {last}" if others else last


def answer_later(request: Request, body: Callable[[], bytes]) -> None:
    """Finish a request that was ``NOT_DONE_YET``, unless its connection is gone."""
    if not request._disconnected:  # noqa: SLF001  twisted.web keeps no public word for it
        finish_with(request, body())


def finish_with(request: Any, body: bytes) -> None:
    """Write the whole answer at once, with its length."""
    request.setHeader(b"Content-Length", b"%d" % len(body))
    if request.method != b"HEAD":
        request.write(body)
    else:
        request.write(b"")
    request.finish()


def _without_body(request: Request, body: bytes | int) -> bytes | int:
    if body is NOT_DONE_YET or isinstance(body, int):
        return body
    request.setHeader(b"Content-Length", b"%d" % len(body))
    return b""
