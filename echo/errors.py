"""
Every exception that echo raises on purpose.

::

    EchoError
    ├── AppError              an app cannot be found or loaded, or asked its call for what cannot be done
    │   └── CallEnded         the call that it asked is over: the usual end of a coroutine
    ├── ConfigurationError    the operator's settings are wrong (all problems at once)
    ├── NccoError             an NCCO is not one (names the place in the document)
    ├── PhoneError            the phone cannot make the call, or not as it was asked to
    │   └── WebhookError      an answer URL or an event URL failed (in echo/phone/provider/exchange.py)
    ├── RestError             the provider's REST API did not do what it was asked (carries an HTTP status)
    ├── SoundError            a sound file cannot be used
    └── UntrustedTextError    what a peer sent is not acceptable (carries an HTTP status)

Whoever raises one says in a single sentence what is wrong, where, and what is allowed: the text is shown
to a person as it is. An exception that is not of this family is a bug of ours and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Sequence


class EchoError(Exception):
    """The base of all errors that echo raises on purpose."""


class AppError(EchoError):
    """An app that cannot be used, or a call that cannot do what its app asked for; one sentence."""


class CallEnded(AppError):  # noqa: N818  it is the end of a call, and no error
    """The call is over: whatever was asked of it will not happen. An app need not catch it."""


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


class SoundError(EchoError):
    """
    A sound file that cannot be used; one sentence.

    Attributes:
        is_about_form: it is none that can be read, or none at all.
        is_too_long: it is one, and lasts too long.
    """

    def __init__(self, problem: str, *, is_about_form: bool = False, is_too_long: bool = False) -> None:
        super().__init__(problem)
        self.is_about_form = is_about_form
        self.is_too_long = is_too_long


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
