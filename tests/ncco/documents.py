"""
The table of the linter: documents, and what is to be found in them.

Actions and endpoints are made by functions, so that a row shows only what it is about.
"""

from __future__ import annotations

from dataclasses import dataclass

from echo.untrusted import Json

UUID = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
URL = "https://example.com/events"
UNQUOTE = "leave the quotes out"
DISAGREE = "sources disagree about"


@dataclass(frozen=True)
class Case:
    """
    A document and the one thing that is wrong with it.

    Attributes:
        name: what it shows.
        document: the whole document.
        path: where the finding is.
        severity: ``error`` or ``warning``.
        part: words of the sentence.
    """

    name: str
    document: Json
    path: str
    severity: str
    part: str


def error(name: str, document: Json, path: str, part: str) -> Case:
    """A document with one error and no warning."""
    return Case(name, document, path, "error", part)


def warning(name: str, document: Json, path: str, part: str) -> Case:
    """A document with one warning and no error."""
    return Case(name, document, path, "warning", part)


def action(action: str, /, *defaults: dict[str, Json], **properties: Json) -> Json:
    """
    A script of one action.

    Names that Python cannot write as keywords: ``from_`` is ``from``, ``content_type`` is ``content-type``.
    """
    return [_object({"action": action}, *defaults, properties)]


def _object(*parts: dict[str, Json]) -> dict[str, Json]:
    names = {"from_": "from", "content_type": "content-type"}
    return {names.get(name, name): value for part in parts for name, value in part.items()}


def talk(**properties: Json) -> Json:
    """A script that says hello."""
    return action("talk", {"text": "Hello"}, **properties)


def stream(**properties: Json) -> Json:
    """A script that plays a file."""
    return action("stream", {"streamUrl": ["https://example.com/a.mp3"]}, **properties)


def conversation(**properties: Json) -> Json:
    """A script that joins a conversation."""
    return action("conversation", {"name": "tea"}, **properties)


def dtmf(**settings: Json) -> Json:
    """A script that takes keys."""
    return action("input", type=["dtmf"], dtmf=settings)


def speech(**settings: Json) -> Json:
    """A script that takes speech."""
    return action("input", type=["speech"], speech=settings)


def transfer(**properties: Json) -> Json:
    """A script that moves the call."""
    return action("transfer", {"conversationId": f"CON-{UUID}"}, **properties)


def pay(**properties: Json) -> Json:
    """A script that takes a payment."""
    return action("pay", {"amount": 9.99}, **properties)


def connect(**properties: Json) -> Json:
    """A script that calls a phone."""
    return action("connect", {"endpoint": [{"type": "phone", "number": "447700900001"}]}, **properties)


def endpoint(kind: str, /, *defaults: dict[str, Json], **properties: Json) -> Json:
    """A script that connects to one endpoint; names as with :func:`action`."""
    return action("connect", endpoint=[_object({"type": kind}, *defaults, properties)])


def phone(**properties: Json) -> Json:
    """A script that calls a phone, with more properties of the endpoint."""
    return endpoint("phone", {"number": "447700900001"}, **properties)


def sip(**properties: Json) -> Json:
    """A script that calls a SIP address."""
    return endpoint("sip", {"uri": "sip:rebekka@sip.example.com"}, **properties)


def websocket(**properties: Json) -> Json:
    """A script that connects to a WebSocket."""
    usual: dict[str, Json] = {"uri": "wss://example.com/socket", "content-type": "audio/l16;rate=16000"}
    return endpoint("websocket", usual, **properties)
