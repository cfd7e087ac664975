"""
What the REST API can be asked to do with calls, as its requests (Vonage, Voice API 1.10).

A request is a method, a path below the base URL and a JSON document; who sends it is in
:mod:`echo.vonage.client`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from echo.errors import RestError
from echo.untrusted import Json, clean
from echo.vonage.endpoints import Endpoint, number

Ncco = Sequence[Mapping[str, Json]]
Document = dict[str, Json]

#: Where calls are, below the base URL.
CALLS: Final = "/v1/calls"

#: A leg's name, with dashes or without. It becomes a part of a path: no dot, slash or percent sign may be in it.
_UUID = re.compile(r"[0-9A-Za-z_-]{1,64}")

_KEYS = re.compile(r"[0-9*#p]{1,1000}")
_WEB = re.compile(r"https?://[!-~]+", re.IGNORECASE)

#: Seconds that a call may ring, and last.
LONGEST_RINGING: Final = 120
LONGEST_CALL: Final = 86_400

#: Characters of a text that is read aloud.
LONGEST_TEXT: Final = 1500


@dataclass(frozen=True)
class Request:
    """
    One request.

    Attributes:
        what: names it in a sentence, as in "hang up 63f6…".
        method: GET, POST, PUT or DELETE.
        path: begins with a slash.
        document: the body, if there is one.
        repeatable: a second one does no harm, so it is sent again also where nobody knows what became of the
            first. A second call would ring at somebody's; keys would be pressed twice.
    """

    what: str
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    document: Mapping[str, Json] | None = None
    repeatable: bool = True


@dataclass(frozen=True, kw_only=True)
class NewCall:
    """
    A call that is to be placed.

    Attributes:
        to: see :mod:`echo.vonage.endpoints`.
        from_: the number that calls, one of the account's; ``None`` for any that is linked to the application.
        ncco: what is done once it is answered; either this or ``answer_url`` is given.
        answer_url: who is asked for that.
        answer_method: GET or POST.
        event_url: where events go; ``None`` for where the application's go.
        event_method: GET or POST.
        ringing: the most seconds that it rings.
        longest: the most seconds that it lasts.
    """

    to: Endpoint
    from_: str | None = None
    ncco: Ncco | None = None
    answer_url: str | None = None
    answer_method: Literal["GET", "POST"] = "GET"
    event_url: str | None = None
    event_method: Literal["GET", "POST"] = "POST"
    ringing: int | None = None
    longest: int | None = None


def create(call: NewCall) -> Request:
    """Place a call; ``RestError`` for one that the provider would refuse."""
    document: Document = {"to": [call.to], **_from(call), **_answer(call)}
    if call.event_url is not None:
        document |= {"event_url": [_web(call.event_url)], "event_method": call.event_method}
    for name, seconds, most in (
        ("ringing_timer", call.ringing, LONGEST_RINGING),
        ("length_timer", call.longest, LONGEST_CALL),
    ):
        if seconds is not None:
            document[name] = _seconds(seconds, most)
    return Request("place the call", "POST", CALLS, document, repeatable=False)


def look(uuid: str) -> Request:
    """Ask what has become of a call."""
    return Request(f"look at {uuid}", "GET", _path(uuid))


def hang_up(uuid: str) -> Request:
    """End a leg. The provider documents that no ``disconnected`` follows, which stands for accidents."""
    return _act(uuid, "hangup", "hang up")


def mute(uuid: str, *, on: bool = True) -> Request:
    """Let nobody hear a leg; or let them again."""
    return _act(uuid, "mute" if on else "unmute")


def earmuff(uuid: str, *, on: bool = True) -> Request:
    """Let a leg hear nobody; or let it again."""
    return _act(uuid, "earmuff" if on else "unearmuff")


def transfer(uuid: str, *, ncco: Ncco | None = None, url: str | None = None) -> Request:
    """Let a call go on with another NCCO: this one, or that which a URL answers."""
    destination: Document = {"type": "ncco"}
    if (ncco is None) == (url is None):
        raise RestError("a transfer needs either an NCCO or the URL that answers with one")
    destination |= {"url": [_web(url)]} if url is not None else {"ncco": _actions(ncco or ())}
    return _act(uuid, "transfer", destination=destination)


def talk(uuid: str, text: str, *, loop: int = 1, level: float = 0.0, **voice: Json) -> Request:
    """
    Read a text aloud on a leg.

    Args:
        uuid: the leg.
        text: up to 1500 characters.
        loop: how often; 0 for ever.
        level: from -1 to 1.
        voice: ``language``, ``style``, ``premium``, as the provider names them.
    """
    if not 0 < len(text) <= LONGEST_TEXT:
        raise RestError(f"a text has 1 to {LONGEST_TEXT} characters; this one has {len(text)}")
    document: Document = {"text": text, **_sound(loop, level), **voice}
    return Request(f"talk on {uuid}", "PUT", f"{_path(uuid)}/talk", document)


def stop_talk(uuid: str) -> Request:
    """Stop reading aloud."""
    return Request(f"stop the talk on {uuid}", "DELETE", f"{_path(uuid)}/talk")


def stream(uuid: str, url: str, *, loop: int = 1, level: float = 0.0) -> Request:
    """Play a file (MP3, or WAV of 16 bits) on a leg, ``loop`` times, 0 for ever."""
    document: Document = {"stream_url": [_web(url)], **_sound(loop, level)}
    return Request(f"play on {uuid}", "PUT", f"{_path(uuid)}/stream", document)


def stop_stream(uuid: str) -> Request:
    """Stop playing."""
    return Request(f"stop the stream on {uuid}", "DELETE", f"{_path(uuid)}/stream")


def press(uuid: str, digits: str) -> Request:
    """Send keys to a leg; on a socket they arrive as ``websocket:dtmf``. ``p`` is a pause of half a second."""
    if _KEYS.fullmatch(digits) is None:
        raise RestError(
            f"'{clean(digits, 60)}' cannot be pressed: the keys are 0-9, * and #, and p for a pause"
        )
    return Request(
        f"press keys on {uuid}", "PUT", f"{_path(uuid)}/dtmf", {"digits": digits}, repeatable=False
    )


def _act(uuid: str, action: str, what: str | None = None, **more: Json) -> Request:
    path = _path(uuid)
    return Request(f"{what or action} {uuid}", "PUT", path, {"action": action, **more})


def _path(uuid: str) -> str:
    if _UUID.fullmatch(uuid) is None:
        raise RestError(f"'{clean(uuid, 60)}' is no uuid of a call: letters, digits and dashes are required")
    return f"{CALLS}/{uuid}"


def _from(call: NewCall) -> Document:
    if call.from_ is None:
        return {"random_from_number": True}
    return {"from": {"type": "phone", "number": number(call.from_)}}


def _answer(call: NewCall) -> Document:
    if (call.ncco is None) == (call.answer_url is None):
        raise RestError("a call needs either an NCCO or the answer URL that is asked for one")
    if call.answer_url is not None:
        return {"answer_url": [_web(call.answer_url)], "answer_method": call.answer_method}
    return {"ncco": _actions(call.ncco or ())}


def _actions(ncco: Ncco) -> Json:
    if not ncco:
        raise RestError("an NCCO has at least one action; this one is empty")
    return [dict(action) for action in ncco]


def _web(url: str) -> str:
    if _WEB.fullmatch(url) is None:
        raise RestError(f"'{clean(url, 120)}' is no URL: http:// or https:// and a host are required")
    return url


def _seconds(seconds: int, most: int) -> int:
    if not 1 <= seconds <= most:
        raise RestError(f"{seconds} s cannot be asked for: 1 to {most} are allowed")
    return seconds


def _sound(loop: int, level: float) -> Document:
    if loop < 0 or not -1 <= level <= 1:
        raise RestError("a sound is played 0 (for ever) or more times, at a level from -1 to 1")
    return {"loop": loop, "level": f"{level:.1f}"}
