"""
What a request to the REST API wishes for, and what is wrong with one that wishes for nothing (Vonage, Voice API 1.10).

Errors have the form that the API answers with: a type and a title, and the names of wrong parameters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from echo.errors import UntrustedTextError
from echo.ncco.lint import lint
from echo.untrusted import Json, parse_object

#: Of a body: an NCCO of a hundred actions has some ten thousand.
MAX_BODY: Final = 256 * 1024

_LEG = re.compile(r"/v1/calls/([^/]+)((?:/[a-z]+){0,2})")

#: What can be done with a leg: by method and the rest of the path.
_ON_LEGS: Final[Mapping[tuple[str, str], str]] = {
    ("GET", ""): "look",
    ("PUT", ""): "act",
    ("PUT", "/talk"): "talk",
    ("DELETE", "/talk"): "stop talk",
    ("PUT", "/stream"): "stream",
    ("DELETE", "/stream"): "stop stream",
    ("PUT", "/dtmf"): "dtmf",
}

_ACTIONS: Final = ("hangup", "mute", "unmute", "earmuff", "unearmuff", "transfer")
_ENDPOINTS: Final = {"phone": "number", "websocket": "uri", "sip": "uri", "app": "user", "vbc": "extension"}
_RATES: Final = tuple(f"audio/l16;rate={rate}" for rate in (8000, 16000, 24000))

_TITLES: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Payload Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


@dataclass(frozen=True)
class Reply:
    """
    What a request is answered with.

    Attributes:
        status: HTTP's.
        document: the body, if there is one.
        headers: on top of its type and length.
    """

    status: int
    document: Mapping[str, Json] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wish:
    """
    What is to be done.

    Attributes:
        verb: ``create``, ``look``, ``hangup``, ``mute``, …, ``talk``, ``stop talk``, ``stream``, ``stop stream``,
            ``dtmf``.
        uuid: the leg; empty for ``create``.
        document: the body.
    """

    verb: str
    uuid: str = ""
    document: Mapping[str, Json] = field(default_factory=dict)


class RefusedError(Exception):
    """A request that is answered with an error; ``reply`` is it."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def refusal(status: int, detail: str = "", *parameters: str) -> RefusedError:
    """Make the error of a status; ``detail`` and the names of wrong ``parameters`` say more."""
    title = _TITLES[status]
    document: dict[str, Json] = {"type": title.upper().replace(" ", "_"), "error_title": title}
    if detail:
        document["detail"] = detail
    if parameters:
        document["invalid_parameters"] = [{"name": name, "reason": detail} for name in parameters]
    return RefusedError(Reply(status, document))


def read_wish(method: str, path: str, body: bytes) -> Wish:
    """
    Read a request.

    Raises:
        RefusedError: for one that the provider would refuse whatever the call.
    """
    if path.rstrip("/") == "/v1/calls":
        if method != "POST":
            raise refusal(405, "this simulated API keeps no list of calls; POST places one")
        document = _object(body)
        _check_call(document)
        return Wish("create", "", document)
    found = _LEG.fullmatch(path)
    if found is None:
        raise refusal(404, "there is nothing at this path")
    verb = _ON_LEGS.get((method, found[2]))
    if verb is None:
        raise refusal(405, "this cannot be done there")
    document = _object(body) if method == "PUT" else {}
    if verb == "act":
        return Wish(_action(document), found[1], document)
    if verb in _CHECKS:
        _CHECKS[verb](document)
    return Wish(verb, found[1], document)


def _object(body: bytes) -> dict[str, Json]:
    try:
        return parse_object(body, MAX_BODY)
    except UntrustedTextError as error:
        raise refusal(error.status, error.problem) from None


def _action(document: Mapping[str, Json]) -> str:
    action = document.get("action")
    if action not in _ACTIONS:
        raise refusal(400, f"one of {', '.join(_ACTIONS)} is required", "action")
    if action == "transfer":
        destination = document.get("destination")
        if not isinstance(destination, dict) or destination.get("type") != "ncco":
            raise refusal(400, "an object of the type ncco is required", "destination")
        _check_ncco_or_url(destination, "url", "destination")
    return str(action)


def _check_call(document: Mapping[str, Json]) -> None:
    to = document.get("to")
    if not isinstance(to, list) or len(to) != 1 or not isinstance(to[0], dict):
        raise refusal(400, "an array of one endpoint is required", "to")
    kind = to[0].get("type")
    key = _ENDPOINTS.get(kind) if isinstance(kind, str) else None
    if key is None or not isinstance(to[0].get(key), str):
        raise refusal(400, f"an endpoint has a type ({', '.join(_ENDPOINTS)}) and what that needs", "to")
    if kind == "phone" and not re.fullmatch(r"[0-9]{7,15}", str(to[0]["number"])):
        raise refusal(400, "a number has 7 to 15 digits and nothing else", "to")
    if kind == "websocket" and to[0].get("content-type") not in _RATES:
        raise refusal(400, "a websocket needs its content-type", "to")
    if ("from" in document) == (document.get("random_from_number") is True):
        raise refusal(400, "either from or random_from_number is required", "from")
    _check_ncco_or_url(document, "answer_url", "ncco")
    if "event_url" in document:
        _check_urls(document, "event_url")
    for name, most in (("ringing_timer", 120), ("length_timer", 86400)):
        seconds = document.get(name, 1)
        if not isinstance(seconds, int) or not 1 <= seconds <= most:
            raise refusal(400, f"1 to {most} is required", name)


def _check_ncco_or_url(document: Mapping[str, Json], url: str, told: str) -> None:
    if ("ncco" in document) == (url in document):
        raise refusal(400, f"either ncco or {url} is required", told)
    if url in document:
        _check_urls(document, url)
        return
    errors = [finding for finding in lint(document["ncco"]) if finding.severity == "error"]
    if errors:
        raise refusal(400, str(errors[0]), told)


def _check_urls(document: Mapping[str, Json], name: str) -> None:
    urls = document[name]
    is_one = isinstance(urls, list) and len(urls) == 1 and isinstance(urls[0], str)
    if not is_one or not re.match("https?://.", str(urls[0])):  # type: ignore[index]  # it is a list, see above
        raise refusal(400, "an array of one http or https URL is required", name)


def _check_talk(document: Mapping[str, Json]) -> None:
    if not isinstance(document.get("text"), str) or not document["text"]:
        raise refusal(400, "a text is required", "text")


def _check_stream(document: Mapping[str, Json]) -> None:
    _check_urls({"stream_url": None, **document}, "stream_url")


def _check_dtmf(document: Mapping[str, Json]) -> None:
    if not re.fullmatch(r"[0-9*#p]+", str(document.get("digits", ""))):
        raise refusal(400, "digits of 0-9, *, # and p are required", "digits")


_CHECKS = {"talk": _check_talk, "stream": _check_stream, "dtmf": _check_dtmf}
