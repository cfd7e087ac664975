"""Why there was no HTTP answer: Twisted's exceptions, each in a clause for a person and a word for a fallback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from twisted.internet import error as net
from twisted.python.failure import Failure

from echo.phone.provider.exchange import MAX_BODY
from echo.phone.tls import tls_problem
from echo.untrusted import clean

#: What a try was about when it was given up.
CONNECTING = "connecting"
READING = "reading"
TOO_LARGE = "too large"


class TryError(Exception):
    """
    One try that brought no answer; the text is a clause.

    Attributes:
        reason: why, in the provider's short form.
        again: whether the provider asks again.
    """

    def __init__(self, clause: str, reason: str, *, again: bool = False) -> None:
        super().__init__(clause)
        self.reason = reason
        self.again = again


def why(failure: Failure, given_up: str | None, seconds: float) -> TryError:
    """
    Say why a try failed.

    Args:
        failure: what Twisted says.
        given_up: what we ended it over, if we did; Twisted's reason is only an echo of that then.
        seconds: how long that had been waited for.
    """
    if given_up == CONNECTING:
        clause = f"nobody answers there: no connection within {seconds:g} s"
        return TryError(clause, "Connection timed out.", again=True)
    if given_up == READING:
        return TryError(f"it did not answer within {seconds:g} s", "Read timed out.", again=True)
    if given_up == TOO_LARGE:
        clause = f"its answer has more than the {MAX_BODY} bytes that are allowed"
        return TryError(clause, "Response too large.")
    causes = list(_causes(failure))
    return _connecting(causes) or _tls(causes) or _closed(causes) or _garbage(causes)


def _causes(failure: Failure) -> Iterator[BaseException]:
    """Walk over an exception and those that it was made of: the Agent wraps them in lists."""
    yield cast("BaseException", failure.value)
    for inner in getattr(failure.value, "reasons", ()):
        yield from _causes(inner)


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


def _tls(causes: list[BaseException]) -> TryError | None:
    problems = filter(None, map(tls_problem, causes))
    return next((TryError(problem, "TLS failed.") for problem in problems), None)


def _closed(causes: list[BaseException]) -> TryError | None:
    """Tell an end of the connection; what was wrong with a body that it cut off follows from it."""
    if any(isinstance(cause, net.ConnectionLost) for cause in causes):
        return TryError(
            "it reset the connection before its answer was whole", "Connection reset.", again=True
        )
    if any(isinstance(cause, net.ConnectionDone | net.ConnectionAborted) for cause in causes):
        return TryError(
            "it closed the connection before its answer was whole", "Connection closed.", again=True
        )
    return None


def _garbage(causes: list[BaseException]) -> TryError:
    clause = f"what answers there does not speak HTTP ({type(causes[-1]).__name__}); is https:// meant?"
    return TryError(clause, "Invalid response.")
