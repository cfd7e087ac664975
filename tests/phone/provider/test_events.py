"""The documents of events."""

from __future__ import annotations

import json

import pytest

from echo.phone.provider.events import (
    Leg,
    dtmf_found,
    error_event,
    iso_time,
    notify_event,
    record_event,
    speech_found,
)
from echo.untrusted import Json
from echo.webhook.events import describe_event
from tests.phone.provider.doubles import IDENTITY, NOON

CONVERSATION = IDENTITY.conversation_uuid
PHONE = Leg(IDENTITY.uuid, "447700900123", "442079460000", CONVERSATION, direction="inbound")
SOCKET = Leg(
    IDENTITY.leg, "442079460000", "wss://app.test/s", CONVERSATION, headers={"caller-id": "1", "n": [1]}
)


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (NOON, "2026-11-22T12:00:00.000Z"),
        (NOON + 0.0625, "2026-11-22T12:00:00.062Z"),
        (0, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_times_are_iso_with_milliseconds(seconds: float, written: str) -> None:
    """A time has three decimals, also where they are zero, and a Z."""
    assert iso_time(seconds) == written


def test_an_event_of_the_phone() -> None:
    """A status event names who calls whom, the leg, the conversation, the direction and the time."""
    assert PHONE.event("ringing", NOON) == {
        "from": "447700900123",
        "to": "442079460000",
        "uuid": IDENTITY.uuid,
        "conversation_uuid": CONVERSATION,
        "status": "ringing",
        "direction": "inbound",
        "timestamp": "2026-11-22T12:00:00.000Z",
    }


def test_an_event_of_a_socket_is_that_of_the_documents() -> None:
    """A socket's event has its address, no direction, and the custom headers nested, with their types."""
    assert SOCKET.event("disconnected", NOON) == {
        "from": "442079460000",
        "to": "wss://app.test/s",
        "uuid": IDENTITY.leg,
        "conversation_uuid": CONVERSATION,
        "status": "disconnected",
        "timestamp": "2026-11-22T12:00:00.000Z",
        "headers": {"caller-id": "1", "n": [1]},
    }


def test_what_was_not_known_at_the_answer_is_null() -> None:
    """Start, rate and network are there and empty when a leg is answered."""
    event = PHONE.answered(NOON)
    assert {key: event[key] for key in ("status", "start_time", "rate", "network")} == {
        "status": "answered",
        "start_time": None,
        "rate": None,
        "network": None,
    }


def test_the_end_sums_up() -> None:
    """Start, end, length and price of a leg are told with its end; numbers are strings."""
    event = PHONE.completed(NOON + 90, NOON, "user")
    assert event["start_time"] == "2026-11-22T12:00:00.000Z"
    assert event["end_time"] == event["timestamp"] == "2026-11-22T12:01:30.000Z"
    assert (event["duration"], event["rate"], event["price"]) == ("90", "0.00450000", "0.00675000")
    assert (event["network"], event["disconnected_by"]) == ("GB-FIXED", "user")


def test_an_end_without_an_answer_costs_nothing() -> None:
    """A leg that was never answered lasted no time, and a clock that was set back makes no negative length."""
    assert SOCKET.completed(NOON, None, "platform")["duration"] == "0"
    assert SOCKET.completed(NOON, NOON + 5, "platform")["duration"] == "0"
    assert SOCKET.completed(NOON, None, "platform")["network"] is None


def test_inputs() -> None:
    """An input's event has no status; no key at all is null and timed out."""
    event = PHONE.input(NOON, dtmf_found("12", timed_out=False) | speech_found())
    assert "status" not in event
    assert event["dtmf"] == {"digits": "12", "timed_out": False}
    assert event["speech"] == {"timeout_reason": "start_timeout", "results": []}
    assert dtmf_found("", timed_out=True) == {"dtmf": {"digits": None, "timed_out": True}}


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (PHONE.event("started", NOON), "started"),
        (SOCKET.completed(NOON, NOON, "user"), "completed"),
        (PHONE.input(NOON, dtmf_found("1", timed_out=True)), "dtmf"),
        (notify_event(CONVERSATION, {"a": 1}, NOON), "notify"),
        (error_event(CONVERSATION, "Syntax error", NOON), "error"),
        (record_event(CONVERSATION, "r", "https://api.example", NOON, NOON + 1), "record"),
    ],
)
def test_the_daemon_understands_each(event: dict[str, Json], name: str) -> None:
    """Every document is JSON, and what reads events names it as what it is."""
    again = json.loads(json.dumps(event))
    assert again == event
    assert describe_event(again).startswith(f"event {name} ")
