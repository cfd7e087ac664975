"""
A call written down message by message, to be read and to be played again.

A trace has one JSON object a line. The first is the header::

    {"version": 1, "url": "ws://127.0.0.1:8000/socket", "rate": 16000, "content-type": "audio/l16;rate=16000"}

Each line after it is something that happened: when, in milliseconds since the socket was open, which way it
went, of what kind it was, and what it carried, if anything, as one of ``text``, ``audio`` (base64) and
``data`` (an object)::

    {"at": 0.412, "way": "said", "kind": "text", "text": '{"event": "websocket:connected", ...}'}
    {"at": 20.033, "way": "heard", "kind": "audio", "audio": "AAECAw=="}
    {"at": 2511.9, "way": "event", "kind": "close", "data": {"code": 1000}}

A message that came in several WebSocket frames has their number as ``pieces``. One that would make too long a
line is left out, and its size, in characters or bytes, stands as ``left_out``.
"""

from __future__ import annotations

import json
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from echo.audio.format import RATES, AudioFormat
from echo.errors import PhoneError, UntrustedTextError
from echo.phone.recording import SHOWN_LENGTH, Output
from echo.untrusted import Json, clean, kind, parse_object

VERSION: Final = 1

#: Bytes of a line with its end; a message of 780 kB fits.
MAX_LINE: Final = 1024 * 1024

#: Which way something went: to the application, from it, or neither.
Way: TypeAlias = Literal["said", "heard", "event"]

WAYS: Final[tuple[Way, ...]] = get_args(Way)

Payload: TypeAlias = str | bytes | Mapping[str, Json] | None

_CARRIED: Final = ("text", "audio", "data", "left_out")
_KEYS: Final = ("at", "way", "kind", *_CARRIED, "pieces")
_HEADER_KEYS: Final = ("version", "url", "rate", "content-type")

#: Arrays and objects of an event within its line; webhooks are not nested half as deep.
_DEPTH: Final = 64


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


@dataclass(frozen=True)
class Trace:
    """
    A trace as it was read.

    Attributes:
        url: what was called.
        audio: the call's format.
        entries: all lines but the first, in their order.
        note: one sentence on how it ends before its end, or ``None``.
    """

    url: str
    audio: AudioFormat
    entries: tuple[Entry, ...]
    note: str | None


class TraceWriter:
    """
    Writes a trace, each line at once, so that a crash costs one line at most.

    As with a recording, a disk that fails is told of when the trace is closed.

    Args:
        path: the file; what stood in it before is gone.
        url: what is called.
        audio: the call's format.

    Raises:
        PhoneError: if the file cannot be written.
    """

    def __init__(self, path: str | Path, url: str, audio: AudioFormat) -> None:
        self._output = Output(path)
        form: dict[str, Json] = {"rate": audio.rate, "content-type": audio.content_type}
        self._output.append(_line({"version": VERSION, "url": url, **form}))

    def write(self, at: float, way: Way, kind: str, payload: Payload = None, pieces: int = 1) -> None:
        """Write one line; see :class:`Entry`. ``at`` is in seconds, from 0."""
        head: dict[str, Json] = {"at": round(at * 1000, 3), "way": way, "kind": kind}
        if pieces != 1:
            head["pieces"] = pieces
        line = _line({**head, **_carried(payload)})
        if len(line) > MAX_LINE:
            size = len(payload) if isinstance(payload, str | bytes) else len(line)
            line = _line({**head, "left_out": size})
        self._output.append(line)

    def close(self) -> None:
        """
        Finish; a second time does nothing.

        Raises:
            PhoneError: if something could not be written, now or earlier.
        """
        self._output.close()


def read_trace(path: str | Path) -> Trace:
    """
    Read a trace and check every line of it.

    A last line without an end, as a crash leaves it, is left out and noted if it is not whole.

    Raises:
        PhoneError: if the file cannot be read, or naming the line that is wrong, what is wrong there and what
            is allowed.
    """
    shown = clean(str(path), SHOWN_LENGTH)
    if "\0" in str(path):
        raise PhoneError(f"{shown}: a file cannot have this name")
    try:
        with Path(path).open("rb") as file:
            return _read(iter(lambda: file.readline(MAX_LINE + 1), b""), shown)
    except OSError as error:
        raise PhoneError(f"{shown}: this trace cannot be read: {error.strerror or error}") from None


def _read(lines: Iterator[bytes], shown: str) -> Trace:
    """Read the lines of a trace; those that are too long come with one byte too many."""
    number, entries, note = 1, [], None
    try:
        url, audio = _header(_object(next(lines, b"")))
        for number, line in enumerate(lines, 2):  # noqa: B007  it is told below
            entries.append(_entry(_object(line)))
    except UntrustedTextError as error:
        if number == 1 or line.endswith(b"\n") or len(line) > MAX_LINE:
            raise PhoneError(f"{shown}: line {number}: {error.problem}") from None
        note = f"{shown}: line {number} is cut short, as by a crash; the trace is read up to there"
    return Trace(url, audio, tuple(entries), note)


def _object(line: bytes) -> dict[str, Json]:
    """Parse one line; in it, all errors are in line 1, which is not the line that the person knows."""
    try:
        return parse_object(line, MAX_LINE, _DEPTH)
    except UntrustedTextError as error:
        raise UntrustedTextError(error.problem.replace("from line 1, column", "from column")) from None


def _header(header: dict[str, Json]) -> tuple[str, AudioFormat]:
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


def _entry(found: dict[str, Json]) -> Entry:
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


def _carried(payload: Payload) -> dict[str, Json]:
    """Write a payload under the key of its type."""
    if payload is None:
        return {}
    if isinstance(payload, str):
        return {"text": payload}
    if isinstance(payload, bytes):
        return {"audio": b64encode(payload).decode("ascii")}
    return {"data": dict(payload)}


def _line(value: dict[str, Json]) -> bytes:
    """Write one line; ASCII, so that no text of a peer moves a reader's cursor."""
    return json.dumps(value).encode("ascii") + b"\n"
