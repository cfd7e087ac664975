"""
One webhook, as far as it needs no network: what is asked, how long, how often, and what the answer is worth.

The times and the rule of when to ask again are the provider's (Vonage, "Voice API: Webhooks" and "What happens
if the NCCO cannot be downloaded").
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import SplitResult, urlencode, urlsplit, urlunsplit

from echo.errors import PhoneError
from echo.untrusted import Json, clean

#: An NCCO has a few hundred bytes, and speech results some thousand.
MAX_BODY = 1024 * 1024

#: What the provider asks again for; any other status is final.
RETRIED = frozenset({429, 503, 504})

#: What counts as an answer: the guide to webhooks has these, the one to NCCOs only the first.
ACCEPTED = range(200, 206)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PRINTABLE = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Patience:
    """
    How long the provider waits, in seconds, and how often it asks.

    Attributes:
        connect: for the connection.
        read: from then on for the whole answer.
        tries: in all.
    """

    connect: float
    read: float
    tries: int


#: For answer URLs and their fallbacks, for events that may be answered with an NCCO, and for all others.
#: How often those are tried is published nowhere.
ANSWER = Patience(connect=1.0, read=5.0, tries=2)
INSTRUCTION = Patience(connect=1.0, read=10.0, tries=2)
NOTIFICATION = Patience(connect=1.0, read=10.0, tries=2)


@dataclass(frozen=True)
class Answer:
    """
    What an HTTP server said.

    Attributes:
        status: of the last try.
        headers: by lower-case names; the first value of each.
        body: whole.
        seconds: since the first try began.
        attempts: how many tries there were.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0
    attempts: int = 1


class WebhookError(PhoneError):
    """
    A webhook that brought nothing to go on with; the text is one sentence.

    Attributes:
        reason: why, in the few words that a fallback URL is told.
    """

    def __init__(self, sentence: str, reason: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class NoAnswerError(WebhookError):
    """
    There was no HTTP answer.

    Attributes:
        reason: as in every ``WebhookError``.
        attempts: how many tries there were.
        seconds: since the first one began.
    """

    def __init__(self, sentence: str, *, reason: str, attempts: int = 0, seconds: float = 0.0) -> None:
        super().__init__(sentence, reason)
        self.attempts = attempts
        self.seconds = seconds


class Asks(Protocol):
    """Who sends HTTP requests; :class:`echo.phone.provider.fetch.Web` does."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        connect_timeout: float,
        read_timeout: float,
        tries: int,
    ) -> Answer:
        """Send a request and wait for the answer; ``NoAnswerError`` if there is none."""
        ...


class Signs(Protocol):
    """Who signs webhooks; :class:`echo.phone.provider.signing.Signer` does."""

    def sign(self, body: bytes | None) -> tuple[str | None, bytes | None]:
        """Tell the value of ``Authorization``, ``None`` for no such header, and the body to send with it."""
        ...


async def send(
    web: Asks,
    url: str,
    method: str,
    document: Mapping[str, Json],
    *,
    patience: Patience,
    signer: Signs | None = None,
) -> Answer:
    """
    Send a document as a webhook: by POST as JSON, by GET as query parameters.

    Raises:
        NoAnswerError: where nobody answered, or the URL is none.
    """
    split_url(url)
    body: bytes | None = None
    headers = {"accept": "application/json"}
    if method == "POST":
        body = json.dumps(document, ensure_ascii=False).encode()
        headers["content-type"] = "application/json"
    else:
        url = with_query(url, document)
    if signer is not None:
        authorization, body = signer.sign(body)
        if authorization is not None:
            headers["authorization"] = authorization
    return await web.request(
        method,
        url,
        headers=headers,
        body=body,
        connect_timeout=patience.connect,
        read_timeout=patience.read,
        tries=patience.tries,
    )


def with_query(url: str, document: Mapping[str, Json]) -> str:
    """Add a document to a URL's query; what is no string is written as JSON, and what is ``None`` left out."""
    pairs = [(name, _as_text(value)) for name, value in document.items() if value is not None]
    parts = split_url(url)
    query = "&".join(filter(None, [parts.query, urlencode(pairs)]))
    return urlunsplit(parts._replace(query=query))


def split_url(url: str) -> SplitResult:
    """
    Take the URL of a webhook apart.

    Raises:
        NoAnswerError: for anything that the provider would not ask.
    """
    if not _PRINTABLE.fullmatch(url):
        raise _bad_url(url, "a webhook's URL is printable ASCII without spaces; encode the rest, as in %20")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad_url(url, "this is no URL; one is http://host:port/path") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise _bad_url(url, "a webhook's URL starts with http:// or https:// and a host")
    if "@" in parts.netloc or parts.fragment:
        raise _bad_url(url, "a webhook's URL has no user, password or #fragment here")
    return parts


def _bad_url(url: str, problem: str) -> NoAnswerError:
    return NoAnswerError(f"{clean(url, 200)}: {problem}", reason="Invalid URL.")


def _as_text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def problem_of(answer: Answer) -> str | None:
    """Say in one clause what is wrong with an answer's status, if anything."""
    if answer.status in ACCEPTED:
        return None
    again = f", {answer.attempts} times" if answer.attempts > 1 else ""
    if answer.status in _REDIRECTS:
        where = clean(answer.headers.get("location", "nowhere"), 200)
        return (
            f"it redirects ({answer.status}) to {where}; the provider does not follow, so give that address"
        )
    return f"it answered {answer.status}{_meaning(answer.status)}{again} where 200 is required"


def _meaning(status: int) -> str:
    """Say what to look for, for the usual ones."""
    if status >= 500:
        return " (the application failed; see its log)"
    return {
        400: " (is this the socket? that one is called by ws:// or wss://)",
        426: " (this is the socket: it is called by ws:// or wss://)",
        401: " (not authorized: does it want a signature that is not given?)",
        403: " (forbidden)",
        404: " (nothing is at this path)",
        405: " (it does not take this method; the other one of GET and POST may do)",
    }.get(status, "")
