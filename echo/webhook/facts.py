"""
What an event webhook says, read once: whom it is about, and the facts of it that are kept.

Any value may be of any type: the provider's own libraries differ in them (numbers that are strings, a uuid under two
names), and where no secret is set, anyone can post. What is not usable counts as absent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from echo.errors import UntrustedTextError
from echo.untrusted import Json, clean, parse_object

#: Characters of one value that is kept, and of its name.
MAX_VALUE = 128
MAX_NAME = 64

#: Values of metadata that are taken of one event; the provider's limit is 512 bytes for all.
MAX_HEADERS = 32

#: Bytes of metadata where an event comes by GET, and has it as a text.
_MAX_HEADERS_TEXT = 4096

_UUID = re.compile(r"[!-~]{1,80}")

#: A status is a word of the provider's; it adds to them, so they are not listed here.
_STATUS = re.compile(r"[a-z][a-z_-]{0,31}")

#: The address of a socket: what stands behind its host may be a key to it.
_SOCKET = re.compile(r"(wss?://[^/?#]*)", re.IGNORECASE)

#: What is kept of an event, beside its status, time and metadata.
TOLD = (
    "from",
    "from_user",
    "to",
    "direction",
    "detail",
    "sip_code",
    "sub_state",
    "duration",
    "price",
    "disconnected_by",
)


@dataclass(frozen=True)
class EventFacts:
    """
    One event of a call. Texts are printable ASCII, :data:`MAX_VALUE` characters and a note at most.

    Attributes:
        conversation_uuid: the call.
        leg: the ``uuid`` of the leg, ``call_uuid`` where a machine was detected; ``None`` for an event of the call.
        status: one of the provider's words; ``None`` for an event without one.
        at: when it happened, seconds since 1970; ``None`` where the event does not say.
        told: what else it says, by its own names. Of the address of a socket only scheme and host are kept.
        headers: the socket's metadata.
        reason: why the provider did not do as it was told, where that is what the event is about.
    """

    conversation_uuid: str
    leg: str | None
    status: str | None
    at: float | None
    told: Mapping[str, str]
    headers: Mapping[str, str]
    reason: str | None = None


def facts_of(event: Mapping[str, Json]) -> EventFacts | None:
    """Read an event; ``None`` where it names no call."""
    conversation = conversation_in(event)
    if conversation is None:
        return None
    return EventFacts(
        conversation_uuid=conversation,
        leg=_uuid(event.get("uuid")) or _uuid(event.get("call_uuid")),
        status=_status(event.get("status")),
        at=seconds_of(event.get("timestamp")),
        told={name: text for name in TOLD if (text := as_text(event.get(name))) is not None},
        headers=texts_of(headers_of(event)),
        reason=as_text(event.get("reason")),
    )


def conversation_in(values: Mapping[str, Json]) -> str | None:
    """Find the call that an event, or the metadata of a socket, is about; ``None`` where it names none."""
    return _uuid(values.get("conversation_uuid"))


def headers_of(event: Mapping[str, Json]) -> dict[str, Json]:
    """Take the metadata of a socket as the NCCO had it; an event that comes by GET has it as a text."""
    headers = event.get("headers")
    if isinstance(headers, str):
        try:
            return parse_object(headers.encode(errors="replace"), _MAX_HEADERS_TEXT)
        except UntrustedTextError:
            return {}
    return headers if isinstance(headers, dict) else {}


def texts_of(values: Mapping[str, Json]) -> dict[str, str]:
    """Make texts of the first :data:`MAX_HEADERS` values, in the order of their names."""
    named = sorted(values.items())[:MAX_HEADERS]
    return {clean(name, MAX_NAME): text for name, value in named if (text := as_text(value)) is not None}


def as_text(value: Json) -> str | None:
    """Show a value in one line; ``None`` for none, and for what is empty."""
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return clean(str(value), MAX_VALUE)
    socket = _SOCKET.match(value)
    return clean(socket[1] if socket else value, MAX_VALUE)


def seconds_of(timestamp: Json) -> float | None:
    """Read ISO 8601, in UTC where no zone is named (Vonage, "Voice API: Webhooks")."""
    if not isinstance(timestamp, str) or len(timestamp) > 64:
        return None
    try:
        moment = datetime.fromisoformat(timestamp)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except ValueError:
        return None


def _uuid(value: Json) -> str | None:
    return value if isinstance(value, str) and _UUID.fullmatch(value) else None


def _status(value: Json) -> str | None:
    return value if isinstance(value, str) and _STATUS.fullmatch(value) else None
