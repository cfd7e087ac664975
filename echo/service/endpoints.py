"""
From ``--port`` and ``--interface`` to an endpoint of Twisted's, with each mistake told in one sentence.

Twisted's own parsers raise nearly anything for a wrong endpoint string (``TypeError``, ``KeyError``,
``NameError`` without pyOpenSSL), or take it and fail later, as late as the first connection.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from twisted.internet.endpoints import quoteStringArgument, serverFromString
from twisted.internet.error import VerifyError
from twisted.internet.interfaces import IStreamServerEndpoint

from echo.errors import ConfigurationError
from echo.service.values import SHOWN_LENGTH, is_port_number, nearest, shown
from echo.untrusted import clean

#: What the socket in etc/echo.socket is called.
SOCKET_NAME = "echo"

#: Connections that wait to be accepted; Twisted's 50 is less than what comes when all calls are redialled.
BACKLOG = 1024

#: Where ``ssl:`` finds key and certificate unless told otherwise.
_SSL_DEFAULT = "server.pem"

#: The kinds of endpoint that come with Twisted and can serve calls, each with an example.
EXAMPLES = {
    "tcp": "tcp:8000:interface=127.0.0.1",
    "tcp6": r"tcp6:8000:interface=\:\:1",
    "ssl": "ssl:8443:privateKey=key.pem:certKey=cert.pem",
    "tls": "tls:/etc/echo/tls:8443",
    "unix": "unix:/run/echo/echo.sock:mode=660",
    "systemd": "systemd:domain=INET:name=echo",
    "haproxy": "haproxy:tcp:8000",
}

#: Where the port stands in an endpoint string, counted from the word after the kind.
_PORT_POSITION = {"tcp": 0, "tcp6": 0, "ssl": 0, "tls": 1}


def ipv6_available(open_socket: Callable[..., socket.socket] = socket.socket) -> bool:
    """
    Tell whether one IPv6 socket on all interfaces can serve IPv4 too.

    It can't where the kernel has no IPv6, or where sockets are IPv6 only unless told otherwise
    (net.ipv6.bindv6only, OpenBSD): Twisted leaves that option of the socket alone.
    """
    try:
        with open_socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
            return not probe.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    except OSError:
        return False


def endpoint_description(port: str, interface: str, ipv6_available: bool) -> str:
    r"""
    Write the endpoint string of what ``--port`` and ``--interface`` say.

    Args:
        port: a port number, or an endpoint string, which is returned as it is.
        interface: an address or a host name; empty for all interfaces.
        ipv6_available: whether "all" can be one socket for IPv6 and IPv4.

    Returns:
        Such as ``tcp6:8000:interface=\:\::backlog=1024``.
    """
    if not is_port_number(port):
        return port
    address = interface or ("::" if ipv6_available else "0.0.0.0")  # noqa: S104  all interfaces is the default
    kind = "tcp6" if _is_ipv6(address) else "tcp"
    return f"{kind}:{port}:interface={quoteStringArgument(address)}:backlog={BACKLOG}"


def _is_ipv6(address: str) -> bool:
    try:
        return ip_address(address).version == 6
    except ValueError:
        return False


def server_endpoint(reactor: Any, description: str, place: str = "--port") -> IStreamServerEndpoint:
    """
    Build the endpoint that ``description`` names; nothing listens yet.

    Args:
        reactor: what the endpoint will listen with.
        description: an endpoint string as Twisted documents it, such as ``tcp:8000``.
        place: where it was given, for messages.

    Raises:
        ConfigurationError: with one sentence on what is wrong with it.
    """
    try:
        _check(description)
        endpoint: IStreamServerEndpoint = serverFromString(reactor, description)
        if reactor is not None:  # when it is only tried out, what was passed may be in use already, or gone
            _check_passed_socket(description, endpoint)
    except Exception as error:  # see the module's docstring; endpoints from plugins may raise still others
        problem = str(error) if isinstance(error, _MistakeError) else _reason(description, error)
        raise ConfigurationError([f"{place}: {shown(description)} {problem}"]) from error
    return endpoint


class _MistakeError(ValueError):
    """Our own finding; its text is the rest of a sentence."""


def _reason(description: str, error: Exception) -> str:
    """Say in the operator's terms why Twisted could not build the endpoint."""
    kind, _, _ = _arguments(description)
    if kind in {"ssl", "tls"} and isinstance(error, ImportError | NameError):
        return "needs TLS; install it with: pip install 'echo-voice[tls]'"
    if isinstance(error, OSError):
        return f"names a file that cannot be read: {shown(str(error.filename))}: {error.strerror}"
    if kind == "systemd" and isinstance(error, LookupError):
        return (
            "names a socket that systemd has not passed to this process; the unit's .socket file declares it"
        )
    if isinstance(error, VerifyError) or type(error).__module__.startswith("OpenSSL"):
        return "names a key and a certificate that are not PEM or do not belong together"
    if kind not in EXAMPLES and str(error).startswith("Unknown endpoint type"):
        return _unknown_kind(kind)
    example = f"; an example: {EXAMPLES[kind]}" if kind in EXAMPLES else ""
    return f"is not a complete endpoint: {_in_our_words(error)}{example}"


def _unknown_kind(kind: str) -> str:
    near = nearest(kind, EXAMPLES)
    hint = f"; did you mean {near}?" if near else ""
    return f"is of an unknown kind, {shown(kind)}; allowed: a port number, or {', '.join(EXAMPLES)}{hint}"


def _in_our_words(error: Exception) -> str:
    """Take Python's names out of what Twisted's parser said."""
    text = re.sub(r"^[\w.]+\(\) ", "", str(error))  # `_parseTCP() got an unexpected keyword argument`
    text = re.sub(r"^invalid literal for int\(\) with base 8: (.*)", r"\1 is not an octal number", text)
    text = re.sub(r"^invalid literal for int\(\) with base 10: (.*)", r"\1 is not a number", text)
    if isinstance(error, RuntimeError):  # its tokenizer runs off the end of the text
        text = "there is nothing after the last backslash"
    return clean(text, SHOWN_LENGTH)


def _check(description: str) -> None:
    """Find what Twisted would take now, to fail when it listens or when the first call comes."""
    kind, positional, keywords = _arguments(description)
    position = _PORT_POSITION.get(kind, len(positional))
    number = keywords.get("port", "".join(positional[position : position + 1]))
    if number.isdecimal() and int(number[:20]) > 65535:
        raise _MistakeError(f"has the port {number[:20]}; allowed: 0 to 65535")
    if kind == "unix" and not keywords.get("address", "".join(positional[:1])):
        raise _MistakeError(f"names no file for the socket; an example: {EXAMPLES[kind]}")
    if kind == "tls":
        import_module("twisted.internet.ssl")  # raises where pyOpenSSL is not there: say that first
        _check_certificates(keywords.get("path", "".join(positional[:1])))


def _check_passed_socket(description: str, endpoint: Any) -> None:
    """Compare what is said of a socket of systemd with what it is: Twisted would fail at each connection."""
    fileno = getattr(endpoint, "fileno", None)
    said = _arguments(description)[2].get("domain")
    if isinstance(fileno, int) and said is not None and said != _domain(fileno):
        raise _MistakeError(
            f"says domain={said}, but the socket that was passed is of domain={_domain(fileno)}"
        )


def _domain(fileno: int) -> str:
    """Name the family of a socket as an endpoint string does: ``INET``, ``INET6`` or ``UNIX``."""
    with socket.socket(fileno=os.dup(fileno)) as passed:
        return socket.AddressFamily(passed.family).name.removeprefix("AF_")


def _check_certificates(folder: str) -> None:
    """Look for what ``tls:`` needs: without it, each handshake would fail, and nothing before it."""
    if not folder or not Path(folder).is_dir():  # Twisted would search all of the current folder for ""
        raise _MistakeError(
            f"names {shown(folder)}, which is no folder of .pem files; an example: {EXAMPLES['tls']}"
        )
    files = [path.read_bytes() for path in Path(folder).rglob("*.pem") if path.is_file()]
    for what, mark in (("certificate", b"BEGIN CERTIFICATE"), ("private key", b"PRIVATE KEY")):
        if not any(mark in content for content in files):
            raise _MistakeError(f"names a folder that has no {what} in its .pem files: {shown(folder)}")


def _arguments(description: str) -> tuple[str, list[str], dict[str, str]]:
    """Split an endpoint string, past ``haproxy:``, into kind, positional and keyword arguments."""
    raw = re.findall(r"(?:^|:)((?:\\.|[^:\\])*)", description.removeprefix("haproxy:"), re.DOTALL)
    kind, *words = [re.sub(r"\\(.)", r"\1", word, flags=re.DOTALL) for word in raw]
    pairs = [re.fullmatch(r"([A-Za-z]+)=(.*)", word, re.DOTALL) for word in words]
    positional = [word for word, pair in zip(words, pairs, strict=True) if pair is None]
    return kind, positional, {pair[1]: pair[2] for pair in pairs if pair}


def speaks_tls(description: str) -> bool:
    """Tell whether the port that ``description`` names speaks TLS itself."""
    return description.removeprefix("haproxy:").startswith(("ssl:", "tls:"))


def is_held(description: str) -> bool:
    """Tell whether somebody else holds the port that ``description`` names, and will pass it to the next process."""
    return description.removeprefix("haproxy:").startswith("systemd:")


def inherited_description() -> str | None:
    """
    Find the socket that systemd has passed to this process under the name :data:`SOCKET_NAME`.

    Returns:
        Its endpoint string, such as ``systemd:domain=INET:name=echo``; ``None`` if there is none.
    """
    try:
        endpoint: Any = serverFromString(None, f"systemd:domain=INET:name={SOCKET_NAME}")
    except LookupError:
        return None
    return f"systemd:domain={_domain(endpoint.fileno)}:name={SOCKET_NAME}"


def certificate_files(description: str) -> tuple[tuple[str, int, int, int], ...]:
    """Tell which files a port takes its certificates from, and their versions: path, time, size and inode."""
    kind, positional, keywords = _arguments(description)
    if kind == "tls":
        paths = sorted(Path(keywords.get("path", "".join(positional[:1]))).rglob("*.pem"))
    else:
        key = keywords.get("privateKey", _SSL_DEFAULT)
        others = [
            keywords[name] for name in ("certKey", "extraCertChain", "dhParameters") if name in keywords
        ]
        paths = [Path(name) for name in (key, *others)]
    found = [(path, path.stat()) for path in paths]
    return tuple((str(path), seen.st_mtime_ns, seen.st_size, seen.st_ino) for path, seen in found)


def port_factory(description: str, site: Any, place: str = "--port") -> Any:
    """
    Make what the port that ``description`` names hands its connections to; nothing listens.

    Args:
        description: an endpoint string.
        site: what is behind TLS, or whatever the endpoint puts in front of it.
        place: where it was given, for messages.

    Raises:
        ConfigurationError: with one sentence on what is wrong with it.
    """
    catcher = _Catcher()
    server_endpoint(catcher, description, place).listen(site)
    return catcher.factory


class _Catcher:
    """Stands in for a reactor where only the factory of a port is wanted: takes it, and opens nothing."""

    factory: Any = None

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> _Catcher:
        """Take a factory."""
        self.factory = factory
        return self

    def listenSSL(
        self, port: int, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = ""
    ) -> _Catcher:
        """Take a factory behind TLS, as a reactor puts it there."""
        self.factory = import_module("twisted.protocols.tls").TLSMemoryBIOFactory(
            contextFactory, False, factory
        )
        return self
