"""The line in the log for an event: readable for a person, harmless whatever the event holds."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo.untrusted import Json
from echo.webhook import events as describing
from echo.webhook.events import MAX_LINE, describe_event, event_from_query

UUID = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
LEG: dict[str, Json] = {"uuid": UUID, "conversation_uuid": f"CON-{UUID}"}
IDS = f"uuid={UUID} conversation_uuid=CON-{UUID}"

KEYS = st.sampled_from(
    [*describing._FIELDS, "status", "dtmf", "speech", "timed_out", "digits", "results", "text"]
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(), inner, max_size=3),
    max_leaves=10,
)


KINDS: list[tuple[dict[str, Json], str]] = [
    (
        {
            **LEG,
            "from": "442079460000",
            "to": "447700900000",
            "status": "ringing",
            "direction": "outbound",
        },
        f"event ringing {IDS} from=442079460000 to=447700900000",
    ),
    (
        {
            **LEG,
            "status": "completed",
            "duration": "12",
            "price": "0.00450000",
            "disconnected_by": "user",
        },
        f"event completed {IDS} duration=12 disconnected_by=user price=0.00450000",
    ),
    (
        {**LEG, "status": "completed", "duration": 0, "price": 0.5},
        f"event completed {IDS} duration=0 price=0.5",
    ),
    (
        {**LEG, "status": "rejected", "detail": "invalid_number", "sip_code": 603},
        f"event rejected {IDS} detail=invalid_number sip_code=603",
    ),
    (
        {**LEG, "status": "disconnected", "to": "wss://example.com/socket?a=1", "headers": {"a": "b"}},
        f"event disconnected {IDS} to=wss://example.com/socket?a=1",
    ),
    (
        {"call_uuid": "u", "status": "machine", "sub_state": "beep_start"},
        "event machine sub_state=beep_start call_uuid=u",
    ),
    ({**LEG, "dtmf": {"digits": "12#", "timed_out": False}}, f"event dtmf digits=12# {IDS}"),
    ({**LEG, "dtmf": {"digits": None, "timed_out": True}}, f"event dtmf timed_out=true {IDS}"),
    ({**LEG, "dtmf": "5", "timed_out": True}, f"event dtmf digits=5 timed_out=true {IDS}"),
    (
        {
            "speech": {
                "timeout_reason": "end_on_silence_timeout",
                "results": [{"text": "I'm fine", "confidence": "0.94"}, {"text": "time"}],
            },
        },
        'event speech speech="I\'m fine" confidence=0.94 timeout_reason=end_on_silence_timeout',
    ),
    ({"speech": {"error": "ERR1: no speech"}}, 'event speech error="ERR1: no speech"'),
    ({"speech": {"results": []}}, "event speech"),
    ({"speech": {"results": ["odd"]}}, "event speech speech=odd"),
    ({"speech": {"results": "odder"}}, "event speech"),
    ({"speech": "oddest"}, "event speech speech=oddest"),
    (
        {"dtmf": {"digits": None}, "speech": {"results": [{"text": "yes"}]}, "uuid": "u"},
        "event dtmf+speech speech=yes uuid=u",
    ),
    (
        {"recording_url": "https://api.nexmo.com/v1/files/x", "size": 12222, "recording_uuid": "r"},
        "event record recording_uuid=r size=12222 recording_url=https://api.nexmo.com/v1/files/x",
    ),
    (
        {
            "uuid": "u",
            "conversation_uuid_from": "CON-1",
            "conversation_uuid_to": "CON-2",
            "type": "transfer",
        },
        "event transfer uuid=u conversation_uuid_from=CON-1 conversation_uuid_to=CON-2",
    ),
    ({"conversation_uuid_from": "CON-1"}, "event transfer conversation_uuid_from=CON-1"),
    (
        {"conversation_uuid": "CON-1", "payload": {"foo": "b\u00e9r"}},
        'event notify conversation_uuid=CON-1 payload=\'{"foo": "b\\u00e9r"}\'',
    ),
    (
        {"reason": "Syntax error in NCCO.", "conversation_uuid": "CON-1"},
        'event error conversation_uuid=CON-1 reason="Syntax error in NCCO."',
    ),
    (
        {"status": "transcribed", "type": "record", "recording_uuid": "r"},
        "event transcribed recording_uuid=r",
    ),
    ({"status": "", "reason": "why"}, "event error reason=why"),
    ({"from_user": "alice", "detail": ""}, "event of an unknown kind from_user=alice"),
    ({}, "event of an unknown kind"),
]


@pytest.mark.parametrize(("event", "line"), KINDS)
def test_each_kind(event: dict[str, Json], line: str) -> None:
    """Each kind of the provider's events is named, and what matters of it is shown."""
    assert describe_event(event) == line


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x uuid=forged", '"x uuid=forged"'),
        ("x\nevent completed", r'"x\nevent completed"'),
        ("\x1b[2J\u202e", r"\x1b[2J\u202e"),
        ('say "hi"', "'say \"hi\"'"),
        ("it's", '"it\'s"'),
        ("\"a\" 'b' uuid=forged", "\"\\x22a\\x22 'b' uuid=forged\""),
        ('\\" uuid=forged', "'\\\" uuid=forged'"),
        ("x" * 200, '"' + "x" * 96 + ' ... (+104 characters)"'),
        (True, "true"),
        ([1, "a"], "'[1, \"a\"]'"),
        (1e999, "Infinity"),
    ],
)
def test_values_cannot_forge(value: Json, shown: str) -> None:
    """A value stays one value: escaped, cut, and in quotes that it cannot close."""
    assert describe_event({"status": "failed", "detail": value}) == f"event failed detail={shown}"


def test_a_long_line_ends_early() -> None:
    """What does not fit is left out whole, and the line says that there was more."""
    event: dict[str, Json] = {**LEG, "status": "z" * 100, "from": "x y" * 100, "to": "x" * 100}
    line = describe_event({**event, "price": "1"})
    assert len(line) <= MAX_LINE
    assert line.endswith(' (+204 characters)" ...')
    assert " to=" not in line


def _circular() -> list[Any]:
    ring: list[Any] = []
    ring.append(ring)
    return ring


def _deep() -> list[Any]:
    nest: list[Any] = []
    for _ in range(100_000):
        nest = [nest]
    return nest


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (object(), "<object>"),
        (b"bytes", "<bytes>"),
        ({1, 2}, "<set>"),
        (_circular(), "<list>"),
        (_deep(), "<list>"),
        (10**5000, "<int>"),
        ({(1, 2): 3}, "<dict>"),
        ("\ud800", r"\ud800"),
    ],
    ids=["object", "bytes", "set", "circular", "deep", "huge", "no-text-key", "surrogate"],
)
def test_values_that_are_no_json(value: object, shown: str) -> None:
    """What cannot come from JSON is named by its type instead of being an error."""
    assert describe_event({"status": cast("Json", value)}) == f"event {shown}"
    assert describe_event({"reason": cast("Json", value)}) == f"event error reason={shown}"


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.dictionaries(KEYS | st.text(), JSON_VALUES, max_size=8))
def test_any_event_is_one_printable_line(event: dict[str, Json]) -> None:
    """Whatever an event holds, it is described in one line of printable ASCII of at most 400 characters."""
    line = describe_event(event)
    assert re.fullmatch("event [ -~]+", line)
    assert len(line) <= MAX_LINE


def test_event_from_query() -> None:
    """A GET's parameters make an event: first values, text throughout, bytes that are no UTF-8 readable."""
    args = {
        b"status": [b"ringing", b"answered"],
        b"from": ["é".encode()],
        b"to": [b"\xff1"],
        b"\xfe": [b""],
        b"x": [],
    }
    assert event_from_query(args) == {"status": "ringing", "from": "é", "to": r"\xff1", r"\xfe": ""}
