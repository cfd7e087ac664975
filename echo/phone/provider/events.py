"""
The events of a call as the provider writes them: of each leg, and of the actions that report something.

Times are seconds since 1970. Numbers are strings where the documents have strings (Vonage, "Voice API:
Webhooks").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from echo.untrusted import Json

#: Euros a minute; made up, in the provider's format.
_RATE = 0.0045

_NETWORK = "GB-FIXED"


def iso_time(now: float) -> str:
    """Write a time as the provider does: ISO 8601 in UTC, to the millisecond, with a Z."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


@dataclass(frozen=True)
class Leg:
    """
    One connection of a call: that of the caller, or a socket.

    Attributes:
        uuid: its name.
        from_: who calls.
        to: who is called: a number or the address of a socket.
        conversation_uuid: the conversation that it belongs to.
        direction: ``inbound`` or ``outbound``; ``None`` for a socket, for which the documents show none.
        headers: the custom metadata of a socket. Events hold them nested, unlike the first text on the socket.
    """

    uuid: str
    from_: str
    to: str
    conversation_uuid: str
    direction: str | None = None
    headers: Mapping[str, Json] | None = None

    def event(self, status: str, now: float, **more: Json) -> dict[str, Json]:
        """Make the event of a status."""
        event: dict[str, Json] = {"from": self.from_, "to": self.to, "uuid": self.uuid}
        event["conversation_uuid"] = self.conversation_uuid
        event["status"] = status
        if self.direction is not None:
            event["direction"] = self.direction
        event["timestamp"] = iso_time(now)
        event |= more
        if self.headers:
            event["headers"] = dict(self.headers)
        return event

    def answered(self, now: float) -> dict[str, Json]:
        """Make the event of the answer, in which time and price are documented as empty."""
        return self.event("answered", now, start_time=None, rate=None, network=None)

    def completed(self, now: float, answered_at: float | None, disconnected_by: str) -> dict[str, Json]:
        """
        Make the event of the end.

        Args:
            now: when that is.
            answered_at: when the leg was answered, if it was.
            disconnected_by: ``user`` or ``platform``.
        """
        start = now if answered_at is None else answered_at
        seconds = max(0, round(now - start))
        return self.event(
            "completed",
            now,
            start_time=iso_time(start),
            end_time=iso_time(now),
            duration=str(seconds),
            rate=f"{_RATE:.8f}",
            price=f"{_RATE * seconds / 60:.8f}",
            network=_NETWORK if self.direction else None,
            disconnected_by=disconnected_by,
        )

    def input(self, now: float, found: Mapping[str, Json]) -> dict[str, Json]:
        """Make the event of an ``input``: what was pressed or said, and no status."""
        return {
            "from": self.from_,
            "to": self.to,
            "uuid": self.uuid,
            "conversation_uuid": self.conversation_uuid,
            "timestamp": iso_time(now),
            **found,
        }


def dtmf_found(digits: str, *, timed_out: bool) -> dict[str, Json]:
    """Make the part of an input event that tells the keys."""
    return {"dtmf": {"digits": digits or None, "timed_out": timed_out}}


def speech_found() -> dict[str, Json]:
    """Make the part that tells speech: nothing was said, since nobody listens to words here."""
    return {"speech": {"timeout_reason": "start_timeout", "results": []}}


def notify_event(conversation_uuid: str, payload: Json, now: float) -> dict[str, Json]:
    """Make the event of a ``notify`` action."""
    return {"conversation_uuid": conversation_uuid, "payload": payload, "timestamp": iso_time(now)}


def error_event(conversation_uuid: str, reason: str, now: float) -> dict[str, Json]:
    """Make the event of an NCCO that is none."""
    return {"reason": reason, "conversation_uuid": conversation_uuid, "timestamp": iso_time(now)}


def record_event(
    conversation_uuid: str, recording_uuid: str, region_url: str, began: float, now: float
) -> dict[str, Json]:
    """Make the event of a finished recording; there is no file, and the region's URL is what it was given as."""
    return {
        "start_time": iso_time(began),
        "end_time": iso_time(now),
        "size": 0,
        "recording_url": f"{region_url}/v1/files/{recording_uuid}",
        "recording_uuid": recording_uuid,
        "conversation_uuid": conversation_uuid,
        "timestamp": iso_time(now),
    }
