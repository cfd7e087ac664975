"""
Every exception that echo raises on purpose.

::

    EchoError
    ├── ConfigurationError    the operator's settings are wrong (all problems at once)
    ├── NccoError             an NCCO is not one (names the place in the document)
    ├── PhoneError            the phone cannot make the call, or not as it was asked to
    │   └── WebhookError      an answer URL or an event URL failed (in echo/phone/provider/exchange.py)
    ├── RestError             the provider's REST API did not do what it was asked (carries an HTTP status)
    └── UntrustedTextError    what a peer sent is not acceptable (carries an HTTP status)

Whoever raises one says in a single sentence what is wrong, where, and what is allowed: the text is shown
to a person as it is. An exception that is not of this family is a bug of ours and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Sequence


class EchoError(Exception):
    """The base of all errors that echo raises on purpose."""


class ConfigurationError(EchoError):
    """
    Settings that cannot be served.

    Attributes:
        problems: one sentence for each wrong setting, so that a person mends all of them in one go.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class NccoError(EchoError):
    """
    A document that is not an NCCO (NCCO).

    Attributes:
        source: where the document came from, usually a file name.
        path: the place in the document, as in ``$[1].endpoint[0].uri``; ``$`` is the whole document.
        problem: what is wrong there and what is allowed.
    """

    def __init__(self, source: str, path: str, problem: str) -> None:
        super().__init__(f"{source}: {path}: {problem}")
        self.source = source
        self.path = path
        self.problem = problem


class PhoneError(EchoError):
    """The phone cannot make the call, or cannot do what it was asked for; one sentence for the caller."""


class RestError(EchoError):
    """
    The provider's REST API did not do what it was asked, or was not asked at all; one sentence for a person.

    Attributes:
        status: the HTTP status of its answer; ``None`` where there was none.
        attempts: how often it was asked.
    """

    def __init__(self, sentence: str, *, status: int | None = None, attempts: int = 0) -> None:
        super().__init__(sentence)
        self.status = status
        self.attempts = attempts


class UntrustedTextError(EchoError):
    """
    Text from a peer that is too large, too deep or not what was asked for.

    Attributes:
        problem: one sentence, free of the peer's own text.
        status: the HTTP status that a web resource answers with (400 or 413).
    """

    def __init__(self, problem: str, status: int = 400) -> None:
        super().__init__(problem)
        self.problem = problem
        self.status = status
