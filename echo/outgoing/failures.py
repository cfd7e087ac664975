"""Why there was no HTTP answer: Twisted's exceptions, each in a clause for a person and a word for a fallback."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

from twisted.internet import error as net
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from echo.outgoing.tls import tls_problem
from echo.untrusted import clean

#: How much of an answer is kept to tell what it is.
HEAD: Final = 64

#: A status line that is one (RFC 9112 section 4); the rest of it is for people.
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[0-9] [1-5][0-9]{2}[ \r\n]")

#: How TLS answers what is no TLS: an alert.
_TLS: Final = b"\x15\x03"

#: The longest line that Twisted takes.
_LINE: Final = LineReceiver.MAX_LENGTH

#: What a try was about when it was given up.
CONNECTING = "connecting"
READING = "reading"
TOO_LARGE = "too large"


class TryError(Exception):
    """
    One try that brought no answer; the text is a clause.

    Attributes:
        reason: why, in the short form of the provider, who tells it to a fallback URL.
        again: whether a further try may well bring more.
    """

    def __init__(self, clause: str, reason: str, *, again: bool = False) -> None:
        super().__init__(clause)
        self.reason = reason
        self.again = again


@dataclass(frozen=True)
class Seen:
    """
    What was seen on the connection of a try.

    Attributes:
        head: how the answer begins.
        hung_up: Twisted ended the connection, and not over what it then tells.
    """

    head: bytes = b""
    hung_up: bool = False


def why(
    failure: Failure, given_up: str | None, limit: float, seen: Seen = Seen(), hint: str = ""
) -> TryError:
    """
    Say why a try failed.

    Args:
        failure: what Twisted says.
        given_up: what we ended it over, if we did; Twisted's reason is only an echo of that then.
        limit: how many seconds that had been waited for, or how many bytes an answer may have.
        seen: what came meanwhile.
        hint: what to do about a certificate that is not believed, if there is something.
    """
    if given_up == CONNECTING:
        clause = f"nobody answers there: no connection within {limit:g} s"
        return TryError(clause, "Connection timed out.", again=True)
    if given_up == READING:
        return TryError(f"it did not answer within {limit:g} s", "Read timed out.", again=True)
    if given_up == TOO_LARGE:
        clause = f"its answer has more than the {limit} bytes that are allowed"
        return TryError(clause, "Response too large.")
    causes = list(_causes(failure))
    return (
        _told(causes)
        or _connecting(causes)
        or _tls(causes, hint)
        or _closed(causes, seen)
        or _garbage(causes, seen)
    )


def broken_status(code: int, head: bytes) -> TryError | None:
    """
    Refuse a status that HTTP does not have, however Python reads it (RFC 9110 section 15).

    Behind a status of 100 there is another one, which ``head`` does not show.
    """
    if not _STATUS_LINE.match(head):
        return _breaks_http(f"its status line is {_shown(head)}")
    return None if code in range(100, 600) else _breaks_http(f"its status is {code}")


def _causes(failure: Failure) -> Iterator[BaseException]:
    """Walk over an exception and those that it was made of: the Agent wraps them in lists."""
    yield cast("BaseException", failure.value)
    for inner in getattr(failure.value, "reasons", ()):
        yield from _causes(inner)


def _told(causes: list[BaseException]) -> TryError | None:
    return next((cause for cause in causes if isinstance(cause, TryError)), None)


def _connecting(causes: list[BaseException]) -> TryError | None:
    for cause in causes:
        if isinstance(cause, net.DNSLookupError):
            return TryError("there is no host of that name", "Unknown host.")
        if isinstance(cause, net.ConnectionRefusedError):
            return TryError("nobody listens there (connection refused)", "Connection refused.")
        if isinstance(cause, net.TCPTimedOutError):
            return TryError("nobody answers there", "Connection timed out.", again=True)
        if isinstance(cause, net.ConnectError):
            return TryError(f"no connection: {clean(str(cause), 120)}", "Connection failed.")
    return None


def _tls(causes: list[BaseException], hint: str) -> TryError | None:
    problems = filter(None, (tls_problem(cause, hint) for cause in causes))
    return next((TryError(problem, "TLS failed.") for problem in problems), None)


def _closed(causes: list[BaseException], seen: Seen) -> TryError | None:
    """Tell an end of the connection; what was wrong with a body that it cut off follows from it."""
    if seen.hung_up and any(isinstance(cause, net.ConnectionDone) for cause in causes):
        return _breaks_http(f"a line of it has more than {_LINE} bytes")
    if any(isinstance(cause, net.ConnectionLost) for cause in causes):
        return TryError(
            "it reset the connection before its answer was whole", "Connection reset.", again=True
        )
    if any(isinstance(cause, net.ConnectionDone | net.ConnectionAborted) for cause in causes):
        return TryError(
            "it closed the connection before its answer was whole", "Connection closed.", again=True
        )
    return None


def _garbage(causes: list[BaseException], seen: Seen) -> TryError:
    """Tell an answer that is none; what nothing came before, or is a mistake of a library's, is not the server's."""
    if not seen.head or any(isinstance(cause, Warning | AssertionError) for cause in causes):
        name = type(causes[-1]).__name__
        return TryError(f"echo itself failed ({name}); that is a bug of echo", "Invalid response.")
    if seen.head.startswith(_TLS):
        return TryError("it speaks TLS there; is https:// meant?", "Invalid response.")
    if seen.head.startswith(b"HTTP/") and not _STATUS_LINE.match(seen.head):
        return _breaks_http(f"its status line is {_shown(seen.head)}")
    if seen.head.startswith(b"HTTP/"):
        return _breaks_http("one of its headers is none, or its length is wrong")
    clause = f"what answers there does not speak HTTP: it begins with {_shown(seen.head)}"
    return TryError(clause, "Invalid response.")


def _breaks_http(how: str) -> TryError:
    return TryError(f"its answer breaks HTTP: {how}", "Invalid response.")


def _shown(head: bytes) -> str:
    """Quote the first line of an answer."""
    line = head.splitlines()[0] if head else b""
    return f'"{clean(line.decode("latin-1"), 40)}"'
