"""Twisted's exceptions as clauses for people."""

from __future__ import annotations

import pytest
from OpenSSL import SSL
from service_identity.exceptions import VerificationError
from twisted.internet import error as net
from twisted.internet.defer import CancelledError
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed, ResponseNeverReceived

from echo.outgoing.failures import CONNECTING, READING, TOO_LARGE, Seen, why

UNTRUSTED = SSL.Error([("SSL routines", "", "certificate verify failed")])


@pytest.mark.parametrize(
    ("error", "told", "reason", "again"),
    [
        (net.DNSLookupError("x"), "there is no host of that name", "Unknown host.", False),
        (net.ConnectionRefusedError(), "nobody listens there", "Connection refused.", False),
        (net.NoRouteError(101, "Network is unreachable"), "no connection: ", "Connection failed.", False),
        (net.TCPTimedOutError(), "nobody answers there", "Connection timed out.", True),
        (ResponseNeverReceived([Failure(net.ConnectionDone())]), "it closed", "Connection closed.", True),
        (ResponseFailed([Failure(net.ConnectionLost())]), "it reset", "Connection reset.", True),
        (ResponseNeverReceived([Failure(UNTRUSTED)]), "not to be trusted", "TLS failed.", False),
        (ResponseNeverReceived([Failure(VerificationError([]))]), "for another host", "TLS failed.", False),
        (ValueError("\x1b[2J"), "echo itself failed (ValueError)", "Invalid response.", False),
    ],
)
def test_why(error: Exception, told: str, reason: str, *, again: bool) -> None:
    """Each cause has a clause that repeats nothing of a peer's, a short form, and says whether to try again."""
    said = why(Failure(error), None, 0)
    assert told in str(said)
    assert (said.reason, said.again) == (reason, again)
    assert str(said).isprintable()


@pytest.mark.parametrize(
    ("head", "error", "told"),
    [
        (b"HTTP/1.1 200 OK\r\n", ValueError(), "its answer breaks HTTP: one of its headers is none"),
        (b"HTTP/1.1 2x0 OK\r\n", KeyError(), 'its answer breaks HTTP: its status line is "HTTP/1.1 2x0 OK"'),
        (b"SSH-2.0-x\x1b\r\n", ValueError(), 'does not speak HTTP: it begins with "SSH-2.0-x\\x1b"'),
        (b"\x15\x03\x01\0\2", ValueError(), "it speaks TLS there; is https:// meant?"),
        (
            b"HTTP/1.1 200 OK\r\n",
            BytesWarning(),
            "echo itself failed (BytesWarning); that is a bug of echo",
        ),
    ],
)
def test_an_answer_that_is_none_is_told_by_how_it_begins(head: bytes, error: Exception, told: str) -> None:
    """Only what came can be the server's mistake; what a library stumbles over is not."""
    assert told in str(why(Failure(error), None, 0, Seen(head)))


@pytest.mark.parametrize(
    ("given_up", "told", "again"),
    [
        (CONNECTING, "no connection within 1.5 s", True),
        (READING, "it did not answer within 1.5 s", True),
        (TOO_LARGE, "more than the 1.5 bytes", False),
    ],
)
def test_what_we_gave_up_ourselves(given_up: str, told: str, *, again: bool) -> None:
    """Where we ended a try, that is why, whatever Twisted makes of it."""
    said = why(Failure(net.DNSLookupError("x")), given_up, 1.5)
    assert told in str(said)
    assert said.again is again
    assert str(why(Failure(CancelledError()), given_up, 1.5)) == str(said)
