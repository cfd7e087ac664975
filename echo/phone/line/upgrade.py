"""
The opening handshake as the provider writes it (RFC 6455 section 4.1).

Which headers, in which order, is taken from the provider's published media module (Nexmo/wsbridge, with
libwebsockets 2.4): no ``User-Agent``, no extensions, a ``Host`` without its port, and an ``Origin`` of
``http`` even where the socket is ``wss``. Today's platform may write them in another way: an application must
not depend on any of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from echo.errors import PhoneError
from echo.untrusted import clean

#: What the provider's published module offers.
SUBPROTOCOL = "WSBRIDGE"

#: The module's buffer for path and query string, in bytes.
MAX_RESOURCE = 2048

_PORTS = {"ws": 80, "wss": 443}
_PRINTABLE = re.compile(r"[!-~]+")

#: What may stand in the value of a header: anything else could add headers of its own.
_VALUE = re.compile(r"[ -~]*")


@dataclass(frozen=True)
class SocketAddress:
    """
    Where a socket is.

    Attributes:
        url: as it was given.
        secure: whether it is ``wss``.
        host: name or address, IPv6 without brackets.
        resource: path and query string, at least ``/``.
    """

    url: str
    secure: bool
    host: str
    port: int
    resource: str

    @classmethod
    def parse(cls, url: str) -> SocketAddress:
        """
        Read a ``ws`` or ``wss`` URL.

        Raises:
            PhoneError: for anything that the provider would not call.
        """
        parts, port = _split(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise PhoneError(f"{clean(url, 200)}: a socket's address starts with ws:// or wss:// and a host")
        if "@" in parts.netloc or parts.fragment:
            raise PhoneError(f"{clean(url, 200)}: a socket's address has no user, password or #fragment")
        resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if len(resource) > MAX_RESOURCE:
            raise PhoneError(
                f"the socket's path and query have {len(resource)} bytes where {MAX_RESOURCE} are allowed"
            )
        return cls(
            url,
            parts.scheme == "wss",
            parts.hostname,
            _PORTS[parts.scheme] if port is None else port,
            resource,
        )

    @property
    def host_header(self) -> str:
        """The host as HTTP writes it: an IPv6 address in brackets; without the port."""
        return f"[{self.host}]" if ":" in self.host else self.host


def _split(url: str) -> tuple[SplitResult, int | None]:
    if not _PRINTABLE.fullmatch(url):
        raise PhoneError(f"{clean(url, 200)}: a socket's address is printable ASCII without spaces")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise PhoneError(f"{clean(url, 200)}: this is not the address of a socket") from None
    return parts, port


def upgrade_request(
    address: SocketAddress, key: bytes, *, subprotocol: bool = True, authorization: str | None = None
) -> bytes:
    """
    Write the request.

    Args:
        address: where it goes.
        key: the value of ``Sec-WebSocket-Key``, 16 random bytes in base64.
        subprotocol: whether ``WSBRIDGE`` is offered.
        authorization: the whole value of an ``Authorization`` header, if there is to be one.
    """
    lines = [
        f"GET {address.resource} HTTP/1.1",
        "Pragma: no-cache",
        "Cache-Control: no-cache",
        f"Host: {address.host_header}",
        f"Origin: http://{address.host_header}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key.decode()}",
        *([f"Sec-WebSocket-Protocol: {SUBPROTOCOL}"] if subprotocol else []),
        "Sec-WebSocket-Version: 13",
        *([f"Authorization: {_header_value(authorization)}"] if authorization is not None else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def _header_value(value: str) -> str:
    if not _VALUE.fullmatch(value):
        raise PhoneError("the value of authorization may hold printable ASCII only")
    return value
