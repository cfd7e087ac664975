"""
Where an HTTP request ends and whom it is for: what must be beyond doubt, and is not in ``twisted.web`` alone.

A proxy in front of us and we have to read the same requests out of the same bytes. Where the RFCs leave two
readings, or forgive a sender, one of the two may take the end of a request for the beginning of another one
(RFC 9112 section 11.2). So nothing is forgiven here: what is doubtful is refused, and the connection with it.
What is wrong is said in one sentence, for the peer and for the log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import Final

#: 2**63 in digits. ``int`` raises on thousands of them.
_MAX_LENGTH_DIGITS: Final = 19

#: What RFC 3986 section 3.2.2 lets a host and a port be made of; whether they are one is seen where they matter.
_HOST: Final = re.compile(rb"[A-Za-z0-9._~%!$&'()*+;=:\[\]-]{0,255}")

#: A host with its port, if there is one (RFC 9110 section 7.2).
_NAME: Final = re.compile(r"(?:\[(?P<ipv6>[^]]*)\]|(?P<name>[^:]*))(?::[0-9]*)?")

#: RFC 9112 section 3.2.2, as a client sends it to a proxy.
_ABSOLUTE: Final = re.compile(rb"https?://(?P<host>[^/?#]+)(?P<path>[^#]*)", re.IGNORECASE)

#: RFC 9110 section 5.1 and 5.5.
_FIELD: Final = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+:[^\x00\r\n]*")


def header_problem(name: bytes, value: bytes, version: bytes) -> str | None:
    """Say what is wrong with a header that tells where the body ends; ``name`` as Twisted writes it."""
    if name == b"Content-Length" and not 0 < len(value) <= _MAX_LENGTH_DIGITS:
        return "the Content-Length is not one"
    if name == b"Transfer-Encoding":
        if version != b"HTTP/1.1":
            return "HTTP/1.0 has no Transfer-Encoding"
        if value.lower() != b"chunked":
            return "the only Transfer-Encoding here is chunked"
    return None


def host_problem(hosts: Sequence[bytes], version: bytes) -> str | None:
    """Say what is wrong with the Host headers of a request (RFC 9112 section 3.2)."""
    if len(hosts) > 1 or (not hosts and version == b"HTTP/1.1"):
        return "one Host header is needed"
    if hosts and _HOST.fullmatch(hosts[0]) is None:
        return "the Host header names no host"
    return None


def is_own_name(host: bytes) -> bool:
    """Tell a Host that leads to us whatever a name server says: an address, or localhost."""
    parts = _NAME.fullmatch(host.decode("latin-1").lower())
    if parts is None:
        return False
    name = parts["name"] if parts["ipv6"] is None else parts["ipv6"]
    try:
        return name == "localhost" or bool(ip_address(name))
    except ValueError:
        return False


def trailer_problem(lines: Iterable[bytes]) -> str | None:
    """Say what is wrong with the lines behind the last chunk, of which nothing is used."""
    if all(_FIELD.fullmatch(line) for line in lines):
        return None
    return "what follows the last chunk is no header"


def read_target(method: bytes, target: bytes) -> tuple[bytes, bytes | None] | None:
    """
    Read what a request line asks for (RFC 9112 section 3.2).

    Returns:
        The path with its query, or ``*``; and the host where the target names one, which then counts instead
        of the Host header. ``None`` for what only a proxy can be asked for, or nobody.
    """
    if target.startswith(b"/") or (target == b"*" and method == b"OPTIONS"):
        return target, None
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None or _HOST.fullmatch(absolute["host"]) is None:
        return None
    path = absolute["path"]
    if not path:
        return b"*" if method == b"OPTIONS" else b"/", absolute["host"]
    return path if path.startswith(b"/") else b"/" + path, absolute["host"]
