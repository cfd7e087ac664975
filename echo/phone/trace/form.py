"""
What a trace looks like: a line of JSON for each message.

A trace has one JSON object a line. The first is the header::

    {"version": 1, "url": "ws://127.0.0.1:8000/socket", "rate": 16000, "content-type": "audio/l16;rate=16000"}

Each line after it is something that happened: when, in milliseconds since the socket was open, which way it
went, of what kind it was, and what it carried, if anything, as one of ``text``, ``audio`` (base64) and
``data`` (an object)::

    {"at": 0.412, "way": "said", "kind": "text", "text": '{"event": "websocket:connected", ...}'}
    {"at": 20.033, "way": "heard", "kind": "audio", "audio": "AAECAw=="}
    {"at": 2511.9, "way": "event", "kind": "close", "data": {"code": 1000}}

A message that came in several WebSocket frames has their number as ``pieces``. One that would make too long a
line is left out, and its size, in characters or bytes, stands as ``left_out``. A trace that would grow beyond
its bound ends with an event of the kind ``full``, and only the end of the call comes behind it.
"""

from __future__ import annotations

import json
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from echo.audio.format import RATES, AudioFormat
from echo.errors import UntrustedTextError
from echo.untrusted import Json, clean, kind, parse_object

VERSION: Final = 1

#: Bytes of a line with its end; a message of 780 kB fits.
MAX_LINE: Final = 1024 * 1024

#: The kind of the event that stands where a trace was full.
FULL: Final = "full"

#: Which way something went: to the application, from it, or neither.
Way: TypeAlias = Literal["said", "heard", "event"]

WAYS: Final[tuple[Way, ...]] = get_args(Way)

Payload: TypeAlias = str | bytes | Mapping[str, Json] | None

_CARRIED: Final = ("text", "audio", "data", "left_out")
_KEYS: Final = ("at", "way", "kind", *_CARRIED, "pieces")
_HEADER_KEYS: Final = ("version", "url", "rate", "content-type")

#: Arrays and objects of an event within its line; webhooks are not nested half as deep. Other lines are flat.
_DEPTH, _FLAT = 64, 2


@dataclass(frozen=True)
class Entry:
    """
    One line of a trace.

    Attributes:
        at: seconds since the socket was open.
        way: which way it went.
        kind: of what kind it was: ``text``, ``audio``, ``open``, ``close`` and others.
        payload: a text, audio or an object, or ``None``.
        pieces: of how many WebSocket frames the message was.
        left_out: the size of a payload that was too large, else 0.
    """

    at: float
    way: Way
    kind: str
    payload: Payload = None
    pieces: int = 1
    left_out: int = 0


def object_of(line: bytes) -> dict[str, Json]:
    """Parse one line; in it, all errors are in line 1, which is not the line that the person knows."""
    try:
        return parse_object(line, MAX_LINE, _DEPTH if b'"data"' in line else _FLAT)
    except UntrustedTextError as error:
        raise UntrustedTextError(error.problem.replace("from line 1, column", "from column")) from None


def header_of(header: dict[str, Json]) -> tuple[str, AudioFormat]:
    """Check the first line."""
    if header.get("version") != VERSION:
        raise UntrustedTextError(
            f'"version": {VERSION} is required; this is no trace, or one of another version'
        )
    _only(header, _HEADER_KEYS)
    url, rate = header.get("url"), header.get("rate")
    if not isinstance(url, str):
        raise _wrong("url", url, "a string")
    if rate not in RATES or not isinstance(rate, int):
        raise _wrong("rate", rate, f"one of {', '.join(map(str, RATES))}")
    audio = AudioFormat(rate)
    if header.get("content-type") != audio.content_type:
        raise UntrustedTextError(f'"content-type": "{audio.content_type}" is required, as of its rate')
    return url, audio


def entry_of(found: dict[str, Json]) -> Entry:
    """Check another line."""
    _only(found, _KEYS)
    at, way, what = found.get("at"), found.get("way"), found.get("kind")
    if isinstance(at, bool) or not isinstance(at, int | float) or at < 0:
        raise _wrong("at", at, "milliseconds from 0")
    if way not in WAYS:
        raise _wrong("way", way, f"one of {', '.join(WAYS)}")
    if not isinstance(what, str) or not what:
        raise _wrong("kind", what, "a name")
    pieces, left_out = _count(found, "pieces", 1), _count(found, "left_out", 0)
    return Entry(round(at / 1000, 6), way, what, _payload(found, what), pieces, left_out)


def _payload(found: dict[str, Json], what: str) -> Payload:
    """Take what a line carries."""
    carried = [key for key in _CARRIED if key in found]
    if len(carried) > 1:
        raise UntrustedTextError(f"{' and '.join(carried)} stand in one line where one of them is allowed")
    if what in {"text", "audio"} and carried not in ([what], ["left_out"]):
        raise UntrustedTextError(f'"{what}" or "left_out" is required in a line of the kind {what}')
    if not carried or carried == ["left_out"]:
        return None
    value = found[carried[0]]
    if carried == ["data"]:
        if isinstance(value, dict):
            return value
        raise _wrong("data", value, "an object")
    if not isinstance(value, str):
        raise _wrong(carried[0], value, "a string")
    return value if carried == ["text"] else _audio(value)


def _audio(text: str) -> bytes:
    """Read base64 (RFC 4648, section 4), padding and all."""
    try:
        return a2b_base64(text, strict_mode=True)
    except ValueError:
        raise UntrustedTextError('"audio" is not base64') from None


def _count(found: dict[str, Json], key: str, missing: int) -> int:
    """Take a number of things."""
    if key not in found:
        return missing
    value = found[key]
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _wrong(key, value, "a whole number from 1")
    return value


def _only(found: dict[str, Json], allowed: tuple[str, ...]) -> None:
    """Refuse other keys."""
    for key in found:
        if key not in allowed:
            raise UntrustedTextError(f'"{clean(key, 40)}" is none of the keys: {", ".join(allowed)}')


def _wrong(key: str, value: Json, allowed: str) -> UntrustedTextError:
    """Say what is wrong with a value, by its kind: it may be long."""
    given = "nothing" if value is None else kind(value)
    return UntrustedTextError(f'"{key}": {given} where {allowed} is required')


def carried_of(payload: Payload) -> dict[str, Json]:
    """Write a payload under the key of its type."""
    if payload is None:
        return {}
    if isinstance(payload, str):
        return {"text": payload}
    if isinstance(payload, bytes):
        return {"audio": b64encode(payload).decode("ascii")}
    return {"data": dict(payload)}


def line_of(value: dict[str, Json]) -> bytes:
    """Write one line; ASCII, so that no text of a peer moves a reader's cursor."""
    return json.dumps(value).encode("ascii") + b"\n"
