"""
Under which addresses the provider reaches us.

``--public-url`` decides where it is given. Without it the request tells: its ``Host``, or, when it comes through
a tunnel or a proxy on this machine (or one that the operator named), ``X-Forwarded-Host`` and
``X-Forwarded-Proto``. Anybody else's word for them is not believed: it would send a call's audio wherever they
like.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.web.http import Request

from echo.errors import UntrustedTextError

Network = IPv4Network | IPv6Network

_HOST = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


@dataclass(frozen=True)
class Addresses:
    """
    Our addresses as the provider sees them.

    Attributes:
        base: scheme, host and path prefix, without a slash at the end.
    """

    base: str

    @property
    def answer_url(self) -> str:
        """Where the NCCO is."""
        return f"{self.base}/ncco"

    @property
    def events_url(self) -> str:
        """Where events are taken."""
        return f"{self.base}/events"

    @property
    def socket_url(self) -> str:
        """Where a call's WebSocket goes: ``wss`` where the rest is ``https``."""
        return f"ws{self.base.removeprefix('http')}/socket"


class AddressBook:
    """Finds our addresses for a request."""

    def __init__(self, public_url: str | None, trusted_proxies: Sequence[Network]) -> None:
        """Take ``public_url`` where it is given, else the word of the request and of trusted proxies."""
        self._public = Addresses(public_url.rstrip("/")) if public_url else None
        self._trusted = tuple(trusted_proxies)

    def of(self, request: Request) -> Addresses:
        """Find our addresses; an ``UntrustedTextError`` (400) where the request names none that can be."""
        if self._public is not None:
            return self._public
        host, scheme = _only_host(request), "https" if request.isSecure() else "http"
        if self._is_trusted(request):
            host = _last(request, b"x-forwarded-host") or host
            scheme = (_last(request, b"x-forwarded-proto") or scheme).lower()
        if scheme not in ("http", "https"):
            raise UntrustedTextError("X-Forwarded-Proto is neither http nor https")
        if host is None or not _HOST.fullmatch(host):
            raise UntrustedTextError("the Host header names no host; give --public-url to the daemon")
        return Addresses(f"{scheme}://{host}")

    def _is_trusted(self, request: Request) -> bool:
        client = request.getClientAddress()
        if isinstance(client, UNIXAddress):
            return True
        if not isinstance(client, IPv4Address | IPv6Address):
            return False
        try:
            address = ip_address(client.host.partition("%")[0])
        except ValueError:  # what a PROXY protocol header says may be no address
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return bool(mapped.is_loopback) or any(mapped in network for network in self._trusted)


def client_name(request: Request) -> str:
    """Name the other end of ``request`` for the log: address and port."""
    client = request.getClientAddress()
    host = getattr(client, "host", None)
    if host is None:
        return "a local socket"
    port = getattr(client, "port", None)
    host = str(host).removeprefix("::ffff:")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _only_host(request: Request) -> str | None:
    """Take the Host header; with two of them nobody can know which one a proxy has looked at (RFC 9112 3.2)."""
    hosts: Sequence[bytes] = request.requestHeaders.getRawHeaders(b"host", [])
    return hosts[0].decode("latin-1") if len(hosts) == 1 else None


def _last(request: Request, name: bytes) -> str | None:
    """Take the nearest proxy's word: each one in a row appends to what the client may have written itself."""
    value = request.getHeader(name)
    return value.rpartition(b",")[2].strip().decode("latin-1") if value else None
