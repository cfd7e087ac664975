"""What an answer of the REST API that is no success means, in a clause for a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from echo.errors import UntrustedTextError
from echo.untrusted import Json, clean, parse_object

#: What to look at, for the usual statuses.
_HINTS: Final = {
    401: "it does not take our token: do application and private key belong together, and is the clock right?",
    403: "the application or the account may not do this",
    404: "it knows no such call: it has ended, or lives in another region",
    405: "this cannot be done here: is the address that of Vonage's API?",
    429: "too many requests at a time",
}

#: How much of its own words is shown: a sentence.
_SHOWN: Final = 200


def clause_of(status: int, body: bytes) -> str:
    """Say what an answer means: its status, what to look at, and what the API itself says, made safe to show."""
    if 300 <= status < 400:
        return f"it redirects ({status}), and that is not followed: our token goes nowhere else"
    told = " - ".join(_own_words(body))
    hint = _HINTS.get(status, "it failed" if status >= 500 else "")
    parts = [
        f"it answered {status}",
        f" ({hint})" if hint else "",
        f': "{clean(told, _SHOWN)}"' if told else "",
    ]
    return "".join(parts)


def _own_words(body: bytes) -> Iterator[str]:
    """Find what the provider's APIs explain an error by; those of different ages have different keys."""
    try:
        told = parse_object(body, 64 * 1024)
    except UntrustedTextError:
        return
    for name in ("title", "error_title", "detail", "error-code-label"):
        value = told.get(name)
        if isinstance(value, str) and value:
            yield value
    yield from _wrong_parameters(told.get("invalid_parameters"))


def _wrong_parameters(wrong: Json) -> Iterator[str]:
    """Name what was wrong with a document: an object by names, or an array of objects with a name each."""
    if isinstance(wrong, dict):
        yield ", ".join(wrong)
    elif isinstance(wrong, list):
        named = [each.get("name") for each in wrong if isinstance(each, dict)]
        yield ", ".join(name for name in named if isinstance(name, str))
