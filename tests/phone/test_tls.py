"""Tests of echo.phone.tls: which certificates are believed, and what is said of the others."""

from __future__ import annotations

import pytest
from OpenSSL import SSL
from service_identity.exceptions import VerificationError
from twisted.internet.ssl import optionsForClientTLS

from echo.phone.tls import client_options, tls_problem


def openssl(*reasons: str) -> SSL.Error:
    """An error as OpenSSL's is: a list of library, function and reason."""
    return SSL.Error([("SSL routines", "", reason) for reason in reasons])


@pytest.mark.parametrize(
    ("host", "told"), [("voice.example", b"voice.example"), ("127.0.0.1", None), ("::1", None)]
)
def test_a_name_is_told_to_the_server_but_an_address_is_not(host: str, told: bytes | None) -> None:
    """SNI takes names only (RFC 6066 section 3), also where no certificate is looked at."""
    connection = client_options(host, insecure=True).clientConnectionForTLS(None)

    assert connection.get_servername() == told


def test_certificates_are_looked_at_unless_told_otherwise() -> None:
    """By default OpenSSL verifies the peer; without, it takes whatever comes."""
    careless = client_options("voice.example", insecure=True).clientConnectionForTLS(None)

    assert type(client_options("voice.example")) is type(optionsForClientTLS("voice.example"))
    assert careless.get_context().get_verify_mode() == SSL.VERIFY_NONE


@pytest.mark.parametrize(
    ("error", "clause"),
    [
        (openssl("certificate verify failed"), "its certificate is not to be trusted"),
        (VerificationError(errors=[]), "its certificate is for another host"),
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
    """``--insecure`` helps against certificates alone, so nothing else speaks of it."""
    assert "--insecure" in str(tls_problem(openssl("certificate verify failed")))
    assert "--insecure" not in str(tls_problem(openssl("wrong version number")))
