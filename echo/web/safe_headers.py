"""What every answer carries, and the answer that is written without a page: a refusal before there is a request."""

from __future__ import annotations

from http import HTTPStatus

from twisted.web.http_headers import Headers

from echo.web.answers import error_body

#: Nothing that we serve may be taken for something else, framed, or kept by a cache.
_SAFE_HEADERS = {
    b"X-Content-Type-Options": b"nosniff",
    b"X-Frame-Options": b"DENY",
    b"Referrer-Policy": b"no-referrer",
    b"Cross-Origin-Resource-Policy": b"same-origin",
    b"Cache-Control": b"no-store",
}

#: Of whatever has no policy of its own: JSON is no document, whoever opens it.
_POLICY = b"default-src 'none'; frame-ancestors 'none'"


def make_safe(headers: Headers) -> None:
    """Add to ``headers`` what every answer carries, and take out what tells what we are made of."""
    headers.removeHeader(b"server")
    for name, value in _SAFE_HEADERS.items():
        headers.setRawHeaders(name, [value])
    if not headers.hasHeader(b"Content-Security-Policy"):
        headers.setRawHeaders(b"Content-Security-Policy", [_POLICY])


def refusal(status: HTTPStatus, problem: str, retry_after: int, *, has_body: bool) -> bytes:
    """
    Write the last answer of a connection, header and all.

    Args:
        status: what it says.
        problem: one sentence, for the body.
        retry_after: seconds after which the peer may ask again; 0 to tell none.
        has_body: false in answer to HEAD.
    """
    body = error_body(problem)
    return (
        b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n"
        % (status, status.phrase.encode(), len(body))
        + (b"Retry-After: %d\r\n" % retry_after if retry_after else b"")
        + b"".join(b"%s: %s\r\n" % pair for pair in _SAFE_HEADERS.items())
        + b"Content-Security-Policy: %s\r\n\r\n" % _POLICY
        + (body if has_body else b"")
    )
