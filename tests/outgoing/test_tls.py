"""Tests of echo.outgoing.tls: which certificates are believed, and what is said of the others."""

from __future__ import annotations

import datetime as dt
import ipaddress
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL
from service_identity import CertificateError, VerificationError
from twisted.internet.protocol import Factory
from twisted.protocols.policies import WrappingFactory

from echo.outgoing.tls import client_options, host_problem, tls_problem


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Authority:
    """Vouches for certificates; whoever reads its file believes it."""

    def __init__(self, file: Path) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._own = _certificate(
            "authority", self._key, self._key, x509.BasicConstraints(ca=True, path_length=None)
        )
        file.write_bytes(self._own.public_bytes(serialization.Encoding.PEM))

    def server(self, *names: x509.GeneralName) -> SSL.Connection:
        """Make a server's side of TLS whose certificate is for these names, or has none at all."""
        key = ec.generate_private_key(ec.SECP256R1())
        context = SSL.Context(SSL.TLS_METHOD)
        context.use_certificate(
            _certificate(
                "voice.example", key, self._key, *([x509.SubjectAlternativeName(names)] if names else [])
            )
        )
        context.use_privatekey(key)
        connection = SSL.Connection(context, None)
        connection.set_accept_state()
        return connection


def _certificate(common: str, key: Any, signer: Any, *extensions: x509.ExtensionType) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(common))
        .issuer_name(_name("authority"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2056, 1, 1, tzinfo=dt.UTC))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signer, hashes.SHA256())


class Transport:
    """As much of Twisted's TLS as is told of a verification."""

    problem: BaseException | None = None
    factory = WrappingFactory(Factory())

    def failVerification(self, reason: Any) -> None:
        """Keep it."""
        self.problem = reason.value


def shake_hands(host: str, server: SSL.Connection) -> str | None:
    """Connect to ``host``; tells what is wrong with its TLS, ``None`` if the connection stands."""
    transport = Transport()
    client = client_options(host).clientConnectionForTLS(transport)
    client.set_connect_state()
    try:
        for _ in range(8):
            for one, other in ((client, server), (server, client)):
                _go_on(one, other)
    except SSL.Error as error:
        return tls_problem(transport.problem or error)
    return None


def _go_on(one: SSL.Connection, other: SSL.Connection) -> None:
    with suppress(SSL.WantReadError):
        one.do_handshake()
    with suppress(SSL.WantReadError):
        other.bio_write(one.bio_read(65536))


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """One that this process believes."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return Authority(tmp_path / "ca.pem")


def openssl(*reasons: str) -> SSL.Error:
    """An error as OpenSSL's is: a list of library, function and reason."""
    return SSL.Error([("SSL routines", "", reason) for reason in reasons])


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("voice.example", x509.DNSName("voice.example")),
        ("127.0.0.1", x509.IPAddress(ipaddress.ip_address("127.0.0.1"))),
        ("::1", x509.IPAddress(ipaddress.ip_address("::1"))),
    ],
)
def test_a_certificate_for_the_host_is_taken(authority: Authority, host: str, name: x509.GeneralName) -> None:
    """One that an authority vouches for, and that names the host, lets the connection be made."""
    assert shake_hands(host, authority.server(name)) is None


@pytest.mark.parametrize("host", ["voice.example", "127.0.0.1"])
def test_a_certificate_for_no_host_is_refused(authority: Authority, host: str) -> None:
    """Where no subjectAltName says for whom it is, it is not the host's, whoever vouches for it."""
    told = shake_hands(host, authority.server())

    assert told is not None
    assert told.startswith("its certificate does not say which host it is for: it has no good subjectAltName")


@pytest.mark.parametrize("name", [b"127.0.0.1", b"*.*.example"])
def test_a_certificate_with_names_that_are_none_is_refused(authority: Authority, name: bytes) -> None:
    """So is one whose names are written as no names are: nothing that cannot be checked has been checked."""
    told = shake_hands("voice.example", authority.server(x509.DNSName(name.decode())))

    assert told is not None
    assert "it has no good subjectAltName" in told


def test_a_certificate_for_another_host_is_refused(authority: Authority) -> None:
    """It says so."""
    told = shake_hands("voice.example", authority.server(x509.DNSName("other.example")))

    assert told is not None
    assert told.startswith("its certificate is for another host")


def test_a_certificate_that_nobody_vouches_for_is_refused(authority: Authority, tmp_path: Path) -> None:
    """Whatever it says of itself, and be it nothing: it is told that nobody is believed who says it."""
    stranger = Authority(tmp_path / "stranger.pem")
    for names in ((), (x509.DNSName("voice.example"),), (x509.DNSName("other.example"),)):
        told = shake_hands("voice.example", stranger.server(*names))

        assert told is not None
        assert told.startswith("its certificate is not to be trusted")


def test_a_goodbye_in_the_handshake() -> None:
    """What Twisted makes of it is a stumbling of its own; it is told as what it is."""
    stumbling = IndexError("tuple index out of range")
    stumbling.__context__ = SSL.ZeroReturnError()

    assert tls_problem(stumbling) == "it closed the connection in the TLS handshake"


@pytest.mark.parametrize(
    "host", ["localhost", "host.docker.internal", "a-b.example.", "127.0.0.1", "::1", "xn--bcher-kva.example"]
)
def test_a_host_that_can_be_asked(host: str) -> None:
    """Names as they are in a domain, and addresses."""
    assert host_problem(host) is None


@pytest.mark.parametrize("host", ["my_app", "a..b", "xn--a", "%00", "*", "a" * 64, "-a", "\x1b[31m"])
def test_a_host_that_nobody_can_be(host: str) -> None:
    """Other names are refused before anybody is asked, in one escaped clause."""
    told = host_problem(host)

    assert told is not None
    assert told.endswith(" is no host name: that is made of letters, digits and -, 1 to 63 between dots")
    assert told.isprintable()


@pytest.mark.parametrize(
    ("host", "told"), [("voice.example", b"voice.example"), ("127.0.0.1", None), ("::1", None)]
)
def test_a_name_is_told_to_the_server_but_an_address_is_not(host: str, told: bytes | None) -> None:
    """SNI takes names only (RFC 6066 section 3), also where no certificate is looked at."""
    connection = client_options(host, insecure=True).clientConnectionForTLS(None)

    assert connection.get_servername() == told


def test_no_certificate_is_looked_at_where_none_matters() -> None:
    """With ``--insecure`` OpenSSL takes whatever comes."""
    careless = client_options("voice.example", insecure=True).clientConnectionForTLS(None)

    assert careless.get_context().get_verify_mode() == SSL.VERIFY_NONE


@pytest.mark.parametrize(
    ("error", "clause"),
    [
        (openssl("certificate verify failed"), "its certificate is not to be trusted"),
        (VerificationError(errors=[]), "its certificate is for another host"),
        (CertificateError("x"), "its certificate does not say which host it is for"),
        (openssl("wrong version number"), "it does not speak TLS there"),
        (openssl("packet length too long"), "it does not speak TLS there"),
        (openssl("http request"), "it does not speak TLS there"),
        (openssl("no shared\ncipher", "x"), "TLS failed: no shared\\ncipher, x"),
        (SSL.SysCallError(104, "ECONNRESET"), "TLS failed: the connection was cut"),
        (SSL.ZeroReturnError(), "TLS failed: the connection was cut"),
    ],
)
def test_each_problem_has_its_clause(error: Exception, clause: str) -> None:
    """What OpenSSL says becomes one clause, escaped."""
    told = tls_problem(error)

    assert told is not None
    assert told.startswith(clause)


@pytest.mark.parametrize("error", [None, OSError("x"), ConnectionResetError()])
def test_other_errors_are_not_about_tls(error: BaseException | None) -> None:
    """What has nothing to do with TLS is left to others."""
    assert tls_problem(error) is None


def test_only_certificates_come_with_the_hint() -> None:
    """What helps against certificates alone is told of nothing else, and nothing is where nothing helps."""
    assert "(--insecure helps)" in str(tls_problem(openssl("certificate verify failed"), "--insecure helps"))
    assert "--insecure" not in str(tls_problem(openssl("wrong version number"), "--insecure helps"))
    assert "(" not in str(tls_problem(openssl("certificate verify failed")))
