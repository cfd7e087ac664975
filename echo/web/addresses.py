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
from functools import lru_cache
from ipaddress import IPv4Address as IPv4
from ipaddress import IPv4Network, IPv6Network, ip_address
from ipaddress import IPv6Address as IPv6

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.web.http import Request
from twisted.web.http_headers import Headers

from echo.errors import UntrustedTextError

Network = IPv4Network | IPv6Network

_HOST = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


#: Proxies one behind the other whose entries are read; there are two or three.
_MAX_PROXIES = 16

#: An IPv6 address in full has 45 characters, and some proxies add a port.
_MAX_ADDRESS = 64

#: Whoever has one IPv6 address has 2**64 of them (RFC 4291 section 2.5.4).
_OF_ONE_CALLER = 64


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
        self.proxies = Proxies(trusted_proxies)

    def of(self, request: Request) -> Addresses:
        """Find our addresses; an ``UntrustedTextError`` (400) where the request names none that can be."""
        if self._public is not None:
            return self._public
        host, scheme = _only_host(request), "https" if request.isSecure() else "http"
        if self.proxies.believes(request.getClientAddress()):
            host = _last(request, b"x-forwarded-host") or host
            scheme = (_last(request, b"x-forwarded-proto") or scheme).lower()
        if scheme not in ("http", "https"):
            raise UntrustedTextError("X-Forwarded-Proto is neither http nor https")
        if host is None or not _HOST.fullmatch(host):
            raise UntrustedTextError("the Host header names no host; give --public-url to the daemon")
        return Addresses(f"{scheme}://{host}")


class Proxies:
    """Whose word about those behind them is believed: this machine's, and that of proxies that the operator named."""

    def __init__(self, trusted: Sequence[Network] = ()) -> None:
        """Believe those in ``trusted``, besides this machine."""
        self._trusted = tuple(trusted)

    def believes(self, client: object) -> bool:
        """Tell whether the other end of a connection is such a proxy."""
        if isinstance(client, UNIXAddress):
            return True
        if not isinstance(client, IPv4Address | IPv6Address):
            return False
        address = _read_address(client.host)  # what a PROXY protocol header says may be none
        return address is not None and self._trusts(address)

    def caller(self, client: object, headers: Headers) -> str:
        """
        Name whom a request is charged to: the nearest address that is no proxy of ours.

        Each proxy appends the address that it was asked from to X-Forwarded-For, so what stands left of an entry that
        is not a trusted proxy's was written by a stranger.

        Args:
            client: the other end of the connection.
            headers: those of the request.

        Returns:
            An IPv4 address, or the network of an IPv6 address that one caller has whole.
        """
        host = str(getattr(client, "host", "a local socket"))
        if not self.believes(client):
            return _charged(host)
        values: Sequence[bytes] = headers.getRawHeaders(b"x-forwarded-for", [])
        for entry in reversed(b",".join(values).rsplit(b",", _MAX_PROXIES)[-_MAX_PROXIES:]):
            text = entry.strip().decode("latin-1")
            address = _read_address(text)
            if address is None:
                break
            host = text
            if not self._trusts(address):
                break
        return _charged(host)

    def _trusts(self, address: IPv4 | IPv6) -> bool:
        return address.is_loopback or any(address in network for network in self._trusted)


@lru_cache(maxsize=1024)
def _read_address(text: str) -> IPv4 | IPv6 | None:
    """Read an address, perhaps with a zone or a port as some proxies write it; ``None`` if it is none."""
    if len(text) > _MAX_ADDRESS:
        return None
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=1024)
def _charged(host: str) -> str:
    address = _read_address(host)
    if isinstance(address, IPv6):
        return str(IPv6Network((address, _OF_ONE_CALLER), strict=False))
    return host[:_MAX_ADDRESS] if address is None else str(address)


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
