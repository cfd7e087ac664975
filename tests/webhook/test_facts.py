"""What an event says of a call, and what counts as absent."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo.untrusted import Json
from echo.webhook.facts import MAX_HEADERS, MAX_NAME, MAX_VALUE, TOLD, facts_of, seconds_of

CALL = "CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
LEG = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"

#: What ``clean`` adds at most where it leaves something out.
NOTE = 40


def event(**more: Json) -> dict[str, Json]:
    """An event of a leg."""
    return {"conversation_uuid": CALL, "uuid": LEG, "status": "answered", **more}


def test_a_whole_event() -> None:
    """All that is kept of an event is found in it, numbers and texts alike."""
    said = event(
        status="completed",
        timestamp="2026-11-23T12:00:00.500Z",
        **{"from": "447700900000", "to": "442079460000"},
        price="0.00450000",
        duration=62,
        network="GB-FIXED",
        headers={"uuid": LEG, "age": 40, "vip": True, "none": None},
    )
    facts = facts_of(said)
    assert facts is not None
    assert (facts.conversation_uuid, facts.leg, facts.status) == (CALL, LEG, "completed")
    assert facts.at == 1795435200.5
    assert facts.told == {
        "from": "447700900000",
        "to": "442079460000",
        "duration": "62",
        "price": "0.00450000",
    }
    assert facts.headers == {"uuid": LEG, "age": "40", "vip": "true"}


@pytest.mark.parametrize("uuid", [None, 7, "", "a b", "x" * 81, "ü", ["CON-1"]])
def test_an_event_of_no_call(uuid: Json) -> None:
    """Without a usable conversation there is nothing to bind it to."""
    assert facts_of(event(conversation_uuid=uuid)) is None


def test_the_leg_of_a_machine() -> None:
    """Where a machine is detected, the leg stands under another name."""
    facts = facts_of({"conversation_uuid": CALL, "call_uuid": LEG, "status": "machine"})
    assert facts is not None
    assert facts.leg == LEG


@pytest.mark.parametrize("status", [None, 7, "", "ANSWERED!", "a\nb", "x" * 33, {"a": 1}])
def test_a_status_that_is_no_word(status: Json) -> None:
    """It counts as absent, and the rest of the event is taken."""
    facts = facts_of(event(status=status, to="1"))
    assert facts is not None
    assert (facts.status, facts.told) == (None, {"to": "1"})


def test_the_address_of_a_socket_is_cut_at_its_host() -> None:
    """What stands behind it may be a key to the socket, and is not kept."""
    facts = facts_of(event(to="wss://echo.example.com/socket/secret?token=secret"))
    assert facts is not None
    assert facts.told == {"to": "wss://echo.example.com"}


def test_a_complaint() -> None:
    """An error event has a reason and no leg."""
    facts = facts_of({"conversation_uuid": CALL, "reason": "Syntax error in NCCO."})
    assert facts is not None
    assert (facts.leg, facts.status, facts.reason) == (None, None, "Syntax error in NCCO.")


def test_metadata_by_get_is_a_text() -> None:
    """In a query the metadata is the JSON text of an object; what is none counts as absent."""
    for text, found in (('{"age": 40}', {"age": "40"}), ("[1]", {}), ("no json", {}), ('{"a":' * 20, {})):
        facts = facts_of(event(headers=text))
        assert facts is not None
        assert facts.headers == found


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-23T12:00:00.000Z", 1795435200.0),
        ("2026-11-23T13:00:00+01:00", 1795435200.0),
        ("2026-11-23 12:00:00", 1795435200.0),
        ("yesterday", None),
        ("", None),
        ("9" * 65, None),
        (1795435200, None),
        (None, None),
    ],
)
def test_times(text: Json, seconds: float | None) -> None:
    """ISO 8601, in UTC where it does not say; anything else counts as absent."""
    assert seconds_of(text) == seconds


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=100), inner, max_size=40),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(["uuid", "status", "timestamp", "headers", "reason", *TOLD]), JSON))
def test_anything_is_read_within_bounds(said: dict[str, Json]) -> None:
    """Whatever the values are, facts come out, printable and short."""
    facts = facts_of({**said, "conversation_uuid": CALL})
    assert facts is not None
    texts = [*facts.told.values(), *facts.headers.values(), facts.reason or ""]
    assert all(text.isascii() and text.isprintable() for text in texts if text)
    assert all(len(text) <= MAX_VALUE + NOTE for text in texts)
    assert all(len(name) <= MAX_NAME + NOTE for name in facts.headers)
    assert len(facts.headers) <= MAX_HEADERS
