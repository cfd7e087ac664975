"""
What makes a request an upgrade: the opening handshake of a WebSocket (RFC 6455 section 4.2.1), checked whole.

Whoever asks for one on the address of a socket may yet prove that the provider sent it, and is then charged to nobody.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from http import HTTPStatus

from twisted.web.http_headers import Headers
from twisted.web.server import Request

#: The only version there is (RFC 6455 section 4.1).
VERSION = "13"

_KEY_BYTES = 16

#: Where sockets are: at ``/`` and ``/socket``, with a pass behind it or not.
_SOCKET = re.compile(rb"/(?:socket(?:/[^/]*/?)?)?")


def is_for_a_call(method: bytes, target: bytes, headers: Headers) -> bool:
    """Tell whether a request can become a call, by what stands in its header; ``target`` is path and query."""
    path = target.partition(b"?")[0]
    return (
        method == b"GET" and _SOCKET.fullmatch(path) is not None and "websocket" in tokens(headers, "upgrade")
    )


def wants_upgrade(request: Request) -> bool:
    """Tell whether ``request`` asks for a WebSocket at all."""
    return "websocket" in tokens(request.requestHeaders, "upgrade")


def upgrade_problem(request: Request) -> tuple[HTTPStatus, str] | None:
    """Say what keeps ``request`` from being an upgrade (RFC 6455 section 4.2.1), as status and sentence."""
    headers = request.requestHeaders
    if not wants_upgrade(request):
        return HTTPStatus.UPGRADE_REQUIRED, "this is a WebSocket: connect with ws:// or wss://"
    if values(headers, "sec-websocket-version") != [VERSION]:
        return HTTPStatus.UPGRADE_REQUIRED, f"the only version of WebSocket here is {VERSION}"
    problem = None
    if request.method != b"GET" or request.clientproto != b"HTTP/1.1":
        problem = "a WebSocket begins with GET and HTTP/1.1"
    elif "upgrade" not in tokens(headers, "connection"):
        problem = "the Connection header does not say Upgrade"
    elif len(values(headers, "host")) != 1:
        problem = "one Host header is needed"
    elif not _is_key(values(headers, "sec-websocket-key")):
        problem = "one Sec-WebSocket-Key of 16 bytes in base64 is needed"
    elif _has_body(headers):
        problem = "a WebSocket begins with a request without a body"
    return (HTTPStatus.BAD_REQUEST, problem) if problem else None


def values(headers: Headers, name: str) -> list[str]:
    """Give the values of a header, one for each line of it."""
    # By its name as text Twisted would decode the values too, as UTF-8, and raise on those that are not.
    raw: Sequence[bytes] = headers.getRawHeaders(name.encode(), [])
    return [value.decode("latin-1").strip() for value in raw]


def split(headers: Headers, name: str) -> list[str]:
    """Give the parts of a header that is a list."""
    return [token.strip() for value in values(headers, name) for token in value.split(",")]


def tokens(headers: Headers, name: str) -> list[str]:
    """Give the parts of a header that is a list of words of any case."""
    return [token.lower() for token in split(headers, name)]


def _has_body(headers: Headers) -> bool:
    """
    Tell whether bytes of HTTP stand between the header and the first frame.

    RFC 9110 section 9.3.1 gives the content of a GET no meaning, and RFC 6455 section 4.1 knows none: whatever stands
    before us may take it for frames, or for another request.
    """
    lengths = values(headers, "content-length")
    return bool(values(headers, "transfer-encoding")) or any(length.strip("0") for length in lengths)


def _is_key(keys: list[str]) -> bool:
    try:
        return len(keys) == 1 and len(base64.b64decode(keys[0], validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False
