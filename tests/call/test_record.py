"""One call, bound together: whatever comes, in whatever order, gives the same record."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.call.record import MOST_FACTS, MOST_SOCKETS, CallRecord, Reached
from echo.call.record import Leg as Known
from echo.call.report import Ending
from echo.phone.provider.events import Leg, error_event
from echo.untrusted import Json
from echo.webhook.answer import AnswerRequest
from echo.webhook.facts import facts_of
from tests.doubles import Stage

CALL = "CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
NOON = 1795435200.0
CALLER = Leg("caller", "447700900000", "442079460000", CALL, direction="inbound")
SOCKET = Leg("socket", "442079460000", "wss://echo.example.com/socket", CALL, headers={"vip": True})


def usual() -> list[dict[str, Json]]:
    """The events of a call of a minute."""
    return [
        CALLER.event("started", NOON),
        CALLER.event("ringing", NOON),
        CALLER.answered(NOON + 1),
        SOCKET.event("started", NOON + 2),
        SOCKET.event("ringing", NOON + 2),
        SOCKET.answered(NOON + 2),
        SOCKET.completed(NOON + 62, NOON + 2, "user"),
        CALLER.completed(NOON + 62, NOON + 1, "user"),
    ]


def record_of(events: list[dict[str, Json]]) -> CallRecord:
    """What these events make."""
    record = CallRecord(CALL)
    for event in events:
        facts = facts_of(event)
        assert facts is not None
        record.note(facts)
    return record


def seen(record: CallRecord) -> object:
    """Everything that a record shows, and how many facts it counts."""
    return (
        *(record.caller, record.called, record.leg, record.region_url, record.is_over, record.facts),
        *(record.headers, record.sip_headers, sorted(record.reasons.items()), record.timeline()),
        {uuid: (leg.told, leg.is_over) for uuid, leg in record.legs.items()},
    )


def test_a_usual_call() -> None:
    """Who calls whom, when what happened, what it cost: all of it is there at the end."""
    record = record_of(usual())
    assert (record.caller, record.called) == ("447700900000", "442079460000")
    assert record.headers == {"vip": "true"}
    assert record.legs["caller"].told["price"] == "0.00457500"
    assert record.legs["caller"].told["duration"] == "61"
    assert record.legs["socket"].told["to"] == "wss://echo.example.com"
    assert record.is_over
    assert record.timeline() == [
        Reached(NOON, "caller", "started"),
        Reached(NOON, "caller", "ringing"),
        Reached(NOON + 1, "caller", "answered"),
        Reached(NOON + 2, "socket", "started"),
        Reached(NOON + 2, "socket", "ringing"),
        Reached(NOON + 2, "socket", "answered"),
        Reached(NOON + 62, "caller", "completed"),
        Reached(NOON + 62, "socket", "completed"),
    ]


def test_what_the_answer_request_said() -> None:
    """It counts whether it comes before the events or behind them, and twice is as once."""
    request = AnswerRequest(
        "442079460000", "447700900000", "caller", CALL, "https://api-us-3.vonage.com", {"X-UserId": "7"}
    )
    before, behind = CallRecord(CALL), record_of(usual())
    before.answered(request)
    for event in usual():
        facts = facts_of(event)
        assert facts is not None
        before.note(facts)
    behind.answered(request)
    behind.answered(request)
    assert seen(before) == seen(behind)
    assert (before.leg, before.region_url) == ("caller", "https://api-us-3.vonage.com")
    assert before.sip_headers == {"X-UserId": "7"}


def test_a_complaint_of_the_provider() -> None:
    """An event about no leg is kept with the time at which it first came."""
    record = record_of([error_event(CALL, "Syntax error", NOON + second) for second in (5, 1, 9)])
    assert record.reasons == {"Syntax error": NOON + 1}


def test_an_event_without_a_time_comes_last() -> None:
    """Somebody said that it happened, and nobody when; what has a time knows better."""
    late: dict[str, Json] = {"conversation_uuid": CALL, "uuid": "caller", "status": "human", "to": "?"}
    record = record_of([late, *usual()])
    assert record.timeline()[-1] == Reached(None, "caller", "human")
    assert record.called == "442079460000"


def test_when_a_call_is_over() -> None:
    """It is when its caller's leg is; where nobody knows that one, when all are; never while a socket is open."""
    assert not CallRecord(CALL).is_over
    assert not record_of(usual()[:-1]).is_over
    assert record_of(usual()[3:-1]).is_over
    record = record_of(usual())
    record.live = 1
    assert not record.is_over
    told = CallRecord(CALL)
    told.answered(AnswerRequest(uuid="caller", conversation_uuid=CALL))
    for event in usual()[3:-1]:
        facts = facts_of(event)
        assert facts is not None
        told.note(facts)
    assert not told.is_over


@given(st.permutations(usual() * 2), st.integers(0, 8))
def test_order_and_duplicates_change_nothing(events: list[dict[str, Json]], left_out: int) -> None:
    """All events of a call twice over, in any order, and some of the second ones missing, make one record."""
    assert seen(record_of(usual() + events[left_out:])) == seen(record_of(usual()))
    assert seen(record_of(events)) == seen(record_of(usual()))


VALUE = st.sampled_from(["", "a", "b", "7", 7, True, None, [1], {"k": "v"}])
EVENT = st.fixed_dictionaries(
    {"conversation_uuid": st.just(CALL)},
    optional={
        "uuid": st.sampled_from(["caller", "socket", "x", 7]),
        "call_uuid": st.sampled_from(["caller", ""]),
        "status": st.sampled_from(["started", "answered", "completed", "strange", "", None]),
        "timestamp": st.sampled_from(["2026-11-23T12:00:00Z", "2026-11-23T12:00:01Z", "soon", None]),
        "from": VALUE,
        "to": VALUE,
        "direction": st.sampled_from(["inbound", "outbound", 1]),
        "price": VALUE,
        "reason": VALUE,
        "headers": st.dictionaries(st.sampled_from("abc"), VALUE),
    },
)


@given(st.lists(EVENT, max_size=12), st.randoms(use_true_random=False))
def test_events_of_any_kind_in_any_order(events: list[dict[str, Json]], chance: random.Random) -> None:
    """Contradictions, strange types and missing times: the record depends on what was said, not on when it came."""
    other = events + chance.sample(events, len(events) // 2)
    chance.shuffle(other)
    assert seen(record_of(other)) == seen(record_of(events))


def test_a_record_has_a_bound() -> None:
    """However much is said of one call, so many facts of it are kept, and what is known goes on being told."""
    record = record_of(usual())
    for number in range(1000):
        leg = Leg(f"leg-{number}", "1", "2", CALL, headers={f"name-{number}": "x" * 1000})
        facts = facts_of(leg.completed(NOON, None, "user"))
        assert facts is not None
        record.note(facts)
    assert record.facts == MOST_FACTS
    assert sum(len(leg.statuses) + len(leg.latest) + 1 for leg in record.legs.values()) <= MOST_FACTS
    assert (record.caller, len(record.timeline()) > 8) == ("447700900000", True)


def test_the_last_sockets_are_kept() -> None:
    """A call whose socket is connected again and again keeps the newest reports."""
    record = CallRecord(CALL)
    for number in range(MOST_SOCKETS + 3):
        stage = Stage(number=number)
        stage.call.lost(Ending("network", 1006, str(number)))
        record.socket_ended(stage.call.report())
    assert [report.number for report in record.sockets] == list(range(3, MOST_SOCKETS + 3))
    assert record.last_ending == Ending("network", 1006, str(MOST_SOCKETS + 2))


@pytest.mark.parametrize(
    ("record", "leg"),
    [
        (CallRecord("CON-1"), None),
        (
            CallRecord("CON-1", leg="caller", headers={"uuid": "said"}, legs={"socket": Known("socket")}),
            "caller",
        ),
        (
            CallRecord(
                "CON-1", legs={"a": Known("a", latest={"direction": (0.0, "inbound")}), "b": Known("b")}
            ),
            "a",
        ),
        (CallRecord("CON-1", headers={"uuid": "said"}, legs={"socket": Known("socket")}), "said"),
        (CallRecord("CON-1", legs={"socket": Known("socket")}), "socket"),
        (CallRecord("CON-1", legs={"a": Known("a"), "b": Known("b")}), None),
    ],
    ids=["nothing known", "answered", "told by events", "told on the socket", "one leg", "two legs"],
)
def test_the_leg_to_end(record: CallRecord, leg: str | None) -> None:
    """A call ends with its caller's leg, by whoever has told of it; one that was placed to a socket has just that."""
    assert record.leg_to_end == leg
