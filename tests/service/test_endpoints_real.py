"""Endpoints with certificates, and endpoints on real sockets of this machine."""

from __future__ import annotations

import datetime as dt
import stat
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.endpoints import clientFromString
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import TestCase

from echo.service.endpoints import endpoint_description, ipv6_available, server_endpoint
from tests.service.test_endpoints import assert_endpoint, problem


@pytest.fixture(scope="module")
def pems() -> dict[str, bytes]:
    """A key with its certificate, and the key of another one."""
    key, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "echo.example.com")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2056, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("echo.example.com")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return {
        "key": private_pem(key),
        "other": private_pem(other),
        "certificate": certificate.public_bytes(serialization.Encoding.PEM),
    }


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The key as a file has it."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


# Twisted 26.10 reads certificates in a way that pyOpenSSL 26 deprecates.
@pytest.mark.filterwarnings("ignore:X509:DeprecationWarning")
@pytest.mark.parametrize("inside", [["key", "certificate"], ["certificate", "key"]])
def test_a_folder_of_certificates_is_an_endpoint(
    inside: list[str], pems: dict[str, bytes], tmp_path: Path
) -> None:
    """``tls:`` takes a folder with key and certificate, in one file or in several, also in sub-folders."""
    (tmp_path / "one.pem").write_bytes(b"".join(pems[name] for name in inside))
    assert_endpoint(f"tls:{tmp_path}:8443")
    (tmp_path / "one.pem").unlink()
    (tmp_path / "sub").mkdir()
    for name in inside:
        (tmp_path / "sub" / f"{name}.pem").write_bytes(pems[name])
    assert_endpoint(f"tls:{tmp_path}:8443")


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ({}, "certificate"),
        ({"a.txt": "certificate", "b.pem": "key"}, "certificate"),
        ({"a.pem": "certificate"}, "private key"),
        ({"a.pem": "certificate", "b.key": "key"}, "private key"),
    ],
)
def test_a_folder_without_key_or_certificate_is_told(
    files: dict[str, str],
    missing: str,
    pems: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twisted would start and fail at every handshake; we say at once what the folder lacks."""
    monkeypatch.chdir(tmp_path)  # a description is shown clipped, and that of a temporary folder may be long
    (tmp_path / "certs").mkdir()
    for name, content in files.items():
        (tmp_path / "certs" / name).write_bytes(pems[content])
    wrong = f"names a folder that has no {missing} in its .pem files: 'certs'"
    assert problem("tls:certs:8443") == f"--port: 'tls:certs:8443' {wrong}"


@pytest.mark.parametrize(
    ("key", "certificate"), [("other", "certificate"), ("certificate", "certificate"), ("key", "key")]
)
def test_key_and_certificate_that_do_not_fit_are_told(
    key: str, certificate: str, pems: dict[str, bytes], tmp_path: Path
) -> None:
    """OpenSSL's list of tuples becomes a sentence."""
    (tmp_path / "k.pem").write_bytes(pems[key])
    (tmp_path / "c.pem").write_bytes(pems[certificate])
    description = f"ssl:8443:privateKey={tmp_path}/k.pem:certKey={tmp_path}/c.pem"
    assert problem(description).endswith(
        " names a key and a certificate that are not PEM or do not belong together"
    )


def test_a_key_with_its_certificate_is_an_endpoint(pems: dict[str, bytes], tmp_path: Path) -> None:
    """``ssl:`` takes one file of each."""
    for name, content in pems.items():
        (tmp_path / f"{name}.pem").write_bytes(content)
    assert_endpoint(f"ssl:8443:privateKey={tmp_path}/key.pem:certKey={tmp_path}/certificate.pem")


class Greeter(Protocol):
    """Says one word to whoever connects, and hangs up."""

    def connectionMade(self) -> None:
        """Say it."""
        assert self.transport is not None
        self.transport.write(b"hello")
        self.transport.loseConnection()


class Listener(Protocol):
    """Keeps what it is told; ``said`` fires with it at the end."""

    def __init__(self) -> None:
        self.heard = b""
        self.said: Deferred[bytes] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        """Keep it."""
        self.heard += data

    def connectionLost(self, reason: object = None) -> None:
        """Give it back."""
        self.said.callback(self.heard)


class ListeningTests(TestCase):
    """Endpoints on real sockets of this machine."""

    @inlineCallbacks
    def greeting(self, server: str, client: Callable[[Any], str]) -> Generator[Deferred[Any], Any, bytes]:
        """What a client hears: ``client`` writes its endpoint from the address of the server's port."""
        from twisted.internet import reactor  # noqa: PLC0415  importing it installs one

        port = yield server_endpoint(reactor, server).listen(Factory.forProtocol(Greeter))
        self.addCleanup(port.stopListening)
        caller = Factory.forProtocol(Listener)
        connect: Callable[..., Any] = clientFromString
        listener = yield connect(reactor, client(port.getHost())).connect(caller)
        heard: bytes = yield listener.said
        return heard

    @inlineCallbacks
    def test_all_interfaces_serve_ipv4(self) -> Generator[Deferred[Any], Any, None]:
        """A client without IPv6 reaches the port on all interfaces, however that is done."""
        server = endpoint_description("0", "", ipv6_available())
        heard = yield self.greeting(server, lambda host: f"tcp:127.0.0.1:{host.port}")
        self.assertEqual(heard, b"hello")

    @inlineCallbacks
    def test_a_host_name_is_an_interface(self) -> Generator[Deferred[Any], Any, None]:
        """``--interface localhost`` listens on loopback."""
        server = endpoint_description("0", "localhost", ipv6_available())
        heard = yield self.greeting(server, lambda host: f"tcp:127.0.0.1:{host.port}")
        self.assertEqual(heard, b"hello")

    @inlineCallbacks
    def test_a_unix_socket_has_its_mode(self) -> Generator[Deferred[Any], Any, None]:
        """A socket in the file system, for a proxy on this machine, is open to whom its mode says."""
        folder = (
            tempfile.TemporaryDirectory()
        )  # a short path: 107 characters is all that a Unix socket may have
        self.addCleanup(folder.cleanup)
        path = Path(folder.name, "echo.sock")
        modes = []

        def client(host: Any) -> str:
            modes.append(stat.S_IMODE(path.stat().st_mode))
            return f"unix:{path}"

        heard = yield self.greeting(f"unix:{path}:mode=660", client)
        self.assertEqual((heard, modes), (b"hello", [0o660]))
