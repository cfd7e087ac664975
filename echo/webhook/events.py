"""
The event webhook: what became of a call, as one line for the log.

Most events have a ``status``; the others are told by a key that only they have (Vonage, "Voice API:
Webhooks"). Any value may be of any type here: the provider's own libraries differ in them, and anyone can
post to us.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from echo.privacy import SHOWN, Privacy
from echo.untrusted import Json, clean
from echo.webhook.passes import without_passes

#: Characters of a whole line; a usual one has 250.
MAX_LINE = 400

#: Characters of one value. An address of a socket with a query string fits.
_MAX_VALUE = 96
_MAX_STATUS = 32

_MORE = " ..."

#: The keys that tell an event without ``status`` from the others, and what we call it.
_TELLTALES = (
    ("recording_url", "record"),
    ("conversation_uuid_to", "transfer"),
    ("conversation_uuid_from", "transfer"),
    ("payload", "notify"),
    ("reason", "error"),
)

#: What is shown, in this order, after the keys and the speech of an input.
_FIELDS = (
    "sub_state",
    "uuid",
    "call_uuid",  # in place of uuid when a machine is detected
    "conversation_uuid",
    "conversation_uuid_from",
    "conversation_uuid_to",
    "from",
    "from_user",
    "to",
    "duration",
    "detail",
    "reason",
    "sip_code",
    "disconnected_by",
    "price",
    "recording_uuid",
    "size",
    "recording_url",
    "payload",
)


def event_from_query(args: Mapping[bytes, Sequence[bytes]]) -> dict[str, Json]:
    r"""
    Make an event of the parameters of a GET, as Twisted's ``request.args`` has them.

    The first value of each name counts; bytes that are not UTF-8 stay readable as ``\xNN``.
    """
    return {_text(name): _text(values[0]) for name, values in args.items() if values}


def _text(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")


def describe_event(event: Mapping[str, Json], privacy: Privacy = SHOWN) -> str:
    """
    Tell in one line what an event says: what it is, then ``name=value`` for what is there.

    Args:
        event: as it came.
        privacy: how what is private in it is shown.

    Returns:
        Printable ASCII, ``MAX_LINE`` characters at most; where fields did not fit it ends in `` ...``.
    """
    line = f"event {_what(event, privacy)}"
    for name, value in _fields(event):
        part = f" {name}={_show(privacy.in_event(name, value))}"
        if len(line) + len(part) + len(_MORE) > MAX_LINE:
            return line + _MORE
        line += part
    return line


def _what(event: Mapping[str, Json], privacy: Privacy) -> str:
    """Name the event: its status, or what its keys make of it."""
    status = event.get("status")
    if _says_something(status):
        return _show(privacy.in_event("status", status), _MAX_STATUS)
    if inputs := [key for key in ("dtmf", "speech") if key in event]:
        return "+".join(inputs)
    for key, name in _TELLTALES:
        if key in event:
            return name
    return "of an unknown kind"


def _fields(event: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """Walk over names and values of what there is to show."""
    for name, value in _all_fields(event):
        if _says_something(value):
            yield name, value


def _all_fields(event: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    yield from _dtmf_fields(event)
    yield from _speech_fields(event.get("speech"))
    for name in _FIELDS:
        yield name, event.get(name)


def _says_something(value: Json) -> bool:
    """Tell whether a value is worth its room; 0 is (a call of no seconds), false is not."""
    return value is not None and value is not False and value != ""


def _dtmf_fields(event: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """Show the keys that were pressed; before 2020 ``dtmf`` was the digits alone, ``timed_out`` beside it."""
    dtmf = event.get("dtmf")
    if isinstance(dtmf, dict):
        yield "digits", dtmf.get("digits")
        yield "timed_out", dtmf.get("timed_out")
    else:
        yield "digits", dtmf
        yield "timed_out", event.get("timed_out")


def _speech_fields(speech: Json) -> Iterator[tuple[str, Json]]:
    """Show what was understood: the first of the results is the likeliest."""
    if not isinstance(speech, dict):
        yield "speech", speech
        return
    results = speech.get("results")
    best = results[0] if isinstance(results, list) and results else None
    if isinstance(best, dict):
        yield "speech", best.get("text")
        yield "confidence", best.get("confidence")
    else:
        yield "speech", best
    yield "timeout_reason", speech.get("timeout_reason")
    yield "error", speech.get("error")


def _show(value: object, limit: int = _MAX_VALUE) -> str:
    """Escape a value, and quote it where it could pass for more than one field."""
    text = clean(without_passes(value if isinstance(value, str) else _as_json(value)), limit)
    if not any(mark in text for mark in " \"'"):
        return text
    quote = "'" if '"' in text and "'" not in text else '"'
    return quote + text.replace(quote, f"\\x{ord(quote):02x}") + quote


def _as_json(value: object) -> str:
    """Write a value as JSON, or name its type where it is none."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return f"<{type(value).__name__}>"
