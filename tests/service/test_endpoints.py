"""From ``--port`` and ``--interface`` to an endpoint, and what is said when there is no way."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any, Self

import pytest
import twisted.internet
from twisted.internet.endpoints import AdoptedStreamServerEndpoint
from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface.verify import verifyObject

from echo.errors import ConfigurationError
from echo.service import endpoints
from echo.service.endpoints import (
    EXAMPLES,
    certificate_files,
    endpoint_description,
    inherited_description,
    ipv6_available,
    port_factory,
    server_endpoint,
)
from echo.service.values import port as parse_port
from tests.certificates import write_certificate


@pytest.mark.parametrize(
    ("port", "interface", "ipv6", "description"),
    [
        ("8000", "", True, r"tcp6:8000:interface=\:\::backlog=1024"),
        ("8000", "", False, "tcp:8000:interface=0.0.0.0:backlog=1024"),
        ("0", "127.0.0.1", True, "tcp:0:interface=127.0.0.1:backlog=1024"),
        ("8000", "0.0.0.0", True, "tcp:8000:interface=0.0.0.0:backlog=1024"),
        ("8000", "::1", False, r"tcp6:8000:interface=\:\:1:backlog=1024"),
        ("8000", "fe80::1%eth0", True, r"tcp6:8000:interface=fe80\:\:1%eth0:backlog=1024"),
        ("8000", "localhost", True, "tcp:8000:interface=localhost:backlog=1024"),
        ("tcp:9000", "", True, "tcp:9000"),
        ("unix:/run/echo.sock", "", True, "unix:/run/echo.sock"),
    ],
)
def test_a_port_becomes_an_endpoint_string(port: str, interface: str, ipv6: bool, description: str) -> None:
    """All interfaces are one socket where that serves both families; an endpoint string stays as it is."""
    assert endpoint_description(port, interface, ipv6) == description


class FakeSocket:
    """A socket of a machine on which IPv6 may be missing or may not serve IPv4."""

    def __init__(self, *, v6_only: int = 0, fails_at: str = "") -> None:
        self.v6_only = v6_only
        self.fails_at = fails_at
        self.closed = False
        self.bound: tuple[str, int] | None = None

    def __call__(self, family: int, kind: int) -> FakeSocket:
        """Open: what ``socket.socket`` would do."""
        assert (family, kind) == (socket.AF_INET6, socket.SOCK_STREAM)
        self._fail("open")
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.closed = True

    def bind(self, address: tuple[str, int]) -> None:
        """Take the address, if there is IPv6."""
        self._fail("bind")
        self.bound = address

    def getsockopt(self, level: int, option: int) -> int:
        """Tell what a new socket has, as nobody changed it."""
        assert (level, option) == (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
        return self.v6_only

    def _fail(self, at: str) -> None:
        if at == self.fails_at:
            raise OSError(99, "Cannot assign requested address")


@pytest.mark.parametrize(
    ("fake", "available"),
    [
        (FakeSocket(), True),
        (FakeSocket(v6_only=1), False),
        (FakeSocket(fails_at="bind"), False),
    ],
    ids=["both", "v6 only", "no address"],
)
def test_whether_one_socket_serves_both_families(fake: Any, available: bool) -> None:
    """IPv6 counts where a plain socket on all interfaces would take IPv4 too; the probe is closed again."""
    assert ipv6_available(fake) is available
    assert fake.closed


def test_a_kernel_without_ipv6() -> None:
    """A kernel that opens no IPv6 socket at all is an answer, not an error."""
    fake: Any = FakeSocket(fails_at="open")
    assert ipv6_available(fake) is False


def test_the_probe_asks_for_a_port_of_the_kernels_choice() -> None:
    """The question disturbs no server: it takes no fixed port."""
    fake: Any = FakeSocket()
    ipv6_available(fake)
    assert fake.bound == ("::", 0)


def problem(description: str) -> str:
    """The sentence that somebody is told instead of an endpoint."""
    with pytest.raises(ConfigurationError) as caught:
        server_endpoint(MemoryReactorClock(), description)
    (sentence,) = caught.value.problems
    assert sentence.isprintable()
    return sentence


#: Kinds that need neither a certificate nor systemd.
FREE = ("tcp", "tcp6", "unix", "haproxy")

ALL_KINDS = "a port number, or tcp, tcp6, ssl, tls, unix, systemd, haproxy"
NO_FOLDER = "which is no folder of .pem files; an example: tls:/etc/echo/tls:8443"
INCOMPLETE = "is not a complete endpoint"
BACKSLASH = "there is nothing after the last backslash"
INDEX_OR_NAME = "Specify exactly one of descriptor index or name"
NOT_PASSED = "names a socket that systemd has not passed to this process; the unit's .socket file declares it"


@pytest.mark.parametrize(
    ("description", "wrong"),
    [
        ("zebra:80", f"is of an unknown kind, 'zebra'; allowed: {ALL_KINDS}"),
        ("tcp4:80", f"is of an unknown kind, 'tcp4'; allowed: {ALL_KINDS}; did you mean tcp?"),
        ("TCP:80", f"is of an unknown kind, 'TCP'; allowed: {ALL_KINDS}; did you mean tcp?"),
        ("localhost:80", f"is of an unknown kind, 'localhost'; allowed: {ALL_KINDS}"),
        ("haproxy:zebra:80", f"is of an unknown kind, 'zebra'; allowed: {ALL_KINDS}"),
        ("haproxy:", f"is of an unknown kind, ''; allowed: {ALL_KINDS}"),
        ("tcp:http", f"{INCOMPLETE}: 'http' is not a number; an example: {EXAMPLES['tcp']}"),
        ("tcp:127.0.0.1:80", f"{INCOMPLETE}: '127.0.0.1' is not a number; an example: {EXAMPLES['tcp']}"),
        ("tcp:80:backlog=x", f"{INCOMPLETE}: 'x' is not a number; an example: {EXAMPLES['tcp']}"),
        (
            "tcp:80:iface=x",
            f"{INCOMPLETE}: got an unexpected keyword argument 'iface'; an example: {EXAMPLES['tcp']}",
        ),
        ("tcp:80\\", f"{INCOMPLETE}: {BACKSLASH}; an example: {EXAMPLES['tcp']}"),
        ("tcp6:", f"{INCOMPLETE}: '' is not a number; an example: {EXAMPLES['tcp6']}"),
        ("tcp:65536", "has the port 65536; allowed: 0 to 65535"),
        ("tcp:port=65536", "has the port 65536; allowed: 0 to 65535"),
        ("haproxy:tcp6:65536", "has the port 65536; allowed: 0 to 65535"),
        ("tls:/tmp:65536", "has the port 65536; allowed: 0 to 65535"),
        ("unix:", f"names no file for the socket; an example: {EXAMPLES['unix']}"),
        ("unix:address=", f"names no file for the socket; an example: {EXAMPLES['unix']}"),
        ("unix:/x:mode=9", f"{INCOMPLETE}: '9' is not an octal number; an example: {EXAMPLES['unix']}"),
        ("systemd:domain=INET:name=web", NOT_PASSED),
        ("systemd:domain=INET:index=7", NOT_PASSED),
        (
            "systemd:domain=INET",
            f"{INCOMPLETE}: {INDEX_OR_NAME}; an example: {EXAMPLES['systemd']}",
        ),
        (
            "ssl:443:privateKey=/no/such.pem",
            "names a file that cannot be read: '/no/such.pem': No such file or directory",
        ),
        ("tls:8443", f"names '8443', {NO_FOLDER}"),
        ("tls:", f"names '', {NO_FOLDER}"),
        ("haproxy:tls:/no/such", f"names '/no/such', {NO_FOLDER}"),
    ],
)  # fmt: skip
def test_a_wrong_endpoint_is_one_sentence(description: str, wrong: str) -> None:
    """Whatever Twisted raises, or would raise later, a person reads what is wrong and what would be right."""
    assert problem(description) == f"--port: '{description}' {wrong}"


@pytest.mark.parametrize("kind", ["ssl", "tls"])
def test_tls_without_its_libraries_names_the_extra(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pyOpenSSL is not installed, the sentence is the command that installs it."""
    monkeypatch.delattr(twisted.internet, "ssl", raising=False)
    monkeypatch.setitem(sys.modules, "twisted.internet.ssl", None)
    sentence = f"--port: '{kind}:/x:443' needs TLS; install it with: pip install 'echo-voice[tls]'"
    assert problem(f"{kind}:/x:443") == sentence


def test_an_endpoint_is_named_as_it_was_given() -> None:
    """A wrong endpoint from the environment is not blamed on the command line."""
    with pytest.raises(ConfigurationError, match=r"^ECHO_PORT: 'tcp:x' is not a complete endpoint"):
        server_endpoint(MemoryReactorClock(), "tcp:x", "ECHO_PORT")


def test_what_a_plugin_raises_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other packages add kinds of endpoints with errors of their own: one line, escaped, the cause kept."""

    def broken(reactor: object, description: str) -> None:
        raise ZeroDivisionError("the moon\nis full")

    monkeypatch.setattr(endpoints, "serverFromString", broken)
    with pytest.raises(ConfigurationError) as caught:
        server_endpoint(MemoryReactorClock(), "moon:1")
    assert caught.value.problems == (r"--port: 'moon:1' is not a complete endpoint: the moon\nis full",)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def assert_endpoint(description: str) -> None:
    """Assert that this is a string for ``--port`` and that Twisted builds a server endpoint of it."""
    assert parse_port(description) == description
    verifyObject(IStreamServerEndpoint, server_endpoint(MemoryReactorClock(), description))


@pytest.mark.parametrize("description", ["tcp:80", "unix:address=/x", *(EXAMPLES[kind] for kind in FREE)])
def test_a_right_endpoint_is_built(description: str) -> None:
    """The examples that our messages give are right ones."""
    assert_endpoint(description)


def test_a_description_of_ours_listens_as_it_says() -> None:
    """Port, address and backlog reach the reactor."""
    reactor = MemoryReactorClock()
    server_endpoint(reactor, endpoint_description("8000", "", ipv6_available=True)).listen(Factory())
    ((port, _, backlog, interface),) = reactor.tcpServers
    assert (port, backlog, interface) == (8000, 1024, "::")


def test_without_a_socket_of_systemd_none_is_inherited() -> None:
    """A process that was passed no socket has none to listen on."""
    assert inherited_description() is None


@pytest.mark.parametrize(
    ("family", "address", "domain"),
    [(socket.AF_INET, ("127.0.0.1", 0), "INET"), (socket.AF_UNIX, "", "UNIX")],
)
def test_an_inherited_socket_is_described_as_what_it_is(
    monkeypatch: pytest.MonkeyPatch, family: socket.AddressFamily, address: object, domain: str
) -> None:
    """Its family is found out, and the socket stays open: it is the port."""
    with socket.socket(family) as passed:
        passed.bind(address)  # type: ignore[arg-type]  # of either family
        endpoint = AdoptedStreamServerEndpoint(None, passed.fileno(), family)
        monkeypatch.setattr(endpoints, "serverFromString", lambda *_: endpoint)

        assert inherited_description() == f"systemd:domain={domain}:name=echo"
        assert passed.getsockname()


def test_the_files_of_certificates_are_known_by_their_versions(tmp_path: Path) -> None:
    """Of a folder all PEM files, of ``ssl:`` those that it names; a file that is written anew has another version."""
    write_certificate(tmp_path)
    (tmp_path / "notes.txt").write_text("no certificate")
    folder = f"tls:{tmp_path}:8443"
    named = f"haproxy:ssl:8443:privateKey={tmp_path}/key.pem:certKey={tmp_path}/certificate.pem"
    names = {str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")}
    before = [certificate_files(description) for description in (folder, named)]
    assert [{version[0] for version in versions} for versions in before] == [names, names]
    assert [certificate_files(description) for description in (folder, named)] == before

    (tmp_path / "new").write_bytes((tmp_path / "key.pem").read_bytes() + b"\n")
    (tmp_path / "new").rename(tmp_path / "key.pem")

    assert certificate_files(folder) != before[0]
    assert certificate_files(named) != before[1]


@pytest.mark.parametrize(
    "description",
    ["tls:{folder}:8443", "ssl:8443:privateKey={folder}/key.pem:certKey={folder}/certificate.pem"],
)
def test_the_factory_of_a_port_can_be_had_without_a_port(tmp_path: Path, description: str) -> None:
    """It is TLS in front of what is served; nothing listens."""
    write_certificate(tmp_path)
    site = Factory()

    made = port_factory(description.format(folder=tmp_path), site)

    assert isinstance(made, TLSMemoryBIOFactory)
    assert made.wrappedFactory is site


def test_a_socket_of_another_domain_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise each connection would fail; what is only tried out is not looked at."""
    with socket.socket(socket.AF_UNIX) as passed:
        endpoint: Any = AdoptedStreamServerEndpoint(None, passed.fileno(), socket.AF_INET)
        monkeypatch.setattr(endpoints, "serverFromString", lambda *_: endpoint)
        description = "systemd:domain=INET:name=echo"

        with pytest.raises(ConfigurationError) as caught:
            server_endpoint(MemoryReactorClock(), description)
        assert server_endpoint(None, description) is endpoint

    assert caught.value.problems == (
        f"--port: '{description}' says domain=INET, but the socket that was passed is of domain=UNIX",
    )
