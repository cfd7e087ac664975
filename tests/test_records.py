"""The records of calls: found by their conversation, the same in whatever order events come, and bounded."""

from __future__ import annotations

import random
import tracemalloc
from dataclasses import replace

import pytest

from echo.call.report import Ending
from echo.limits import STANDARD
from echo.phone.provider.events import Leg
from echo.records import MOST_FACTS, Records
from echo.untrusted import Json
from echo.webhook.answer import AnswerRequest
from echo.webhook.facts import EventFacts, facts_of
from tests.call.test_record import seen
from tests.doubles import Stage

NOON = 1795435200.0
FEW = replace(STANDARD, records_kept=3, records_waiting=5, records_kept_for=60)


def facts(event: dict[str, Json]) -> EventFacts:
    """What an event says."""
    found = facts_of(event)
    assert found is not None
    return found


def events_of(number: int) -> list[dict[str, Json]]:
    """The ten events of a call whose socket was lost once."""
    call = f"CON-{number:032x}"
    caller = Leg(f"{call}-c", f"4477009{number:05}", "442079460000", call, direction="inbound")
    uri, headers = "wss://echo.example.com/socket", {"uuid": caller.uuid, "conversation_uuid": call}
    one, two = (Leg(f"{call}-{name}", caller.to, uri, call, headers=headers) for name in "ab")
    at = NOON + number
    return [
        caller.event("started", at),
        caller.event("ringing", at + 0.1),
        caller.answered(at + 0.2),
        one.event("started", at + 0.3),
        one.answered(at + 0.4),
        one.event("disconnected", at + 5),
        two.event("started", at + 5.1),
        two.answered(at + 5.2),
        two.completed(at + 60, at + 5.2, "user"),
        caller.completed(at + 60, at + 0.2, "user"),
    ]


def shown(records: Records) -> dict[str, object]:
    """Everything that the records show."""
    return {record.conversation_uuid: seen(record) for record in records.recent(0.0)}


@pytest.fixture(scope="module")
def ten_thousand() -> list[EventFacts]:
    """The events of a thousand calls, in order."""
    return [facts(event) for number in range(1000) for event in events_of(number)]


def shuffled(events: list[EventFacts], seed: int) -> list[EventFacts]:
    """These and some of them twice, in any order."""
    chance = random.Random(seed)
    mixed = events + chance.sample(events, 3000)
    chance.shuffle(mixed)
    return mixed


def records_of(events: list[EventFacts]) -> Records:
    """What these make."""
    records = Records()
    for event in events:
        records.happened(event, 0.0)
    return records


def test_ten_thousand_events_in_any_order(ten_thousand: list[EventFacts]) -> None:
    """Of a thousand calls, with duplicates: the records are those of the events in order."""
    expected = records_of(ten_thousand)
    for seed in range(3):
        records = records_of(shuffled(ten_thousand, seed))
        assert shown(records) == shown(expected)
        assert (len(records), records.facts) == (1000, expected.facts)


def test_a_thousand_calls_take_a_few_megabytes(ten_thousand: list[EventFacts]) -> None:
    """Ten thousand events with duplicates leave ten kilobytes a call."""
    events = shuffled(ten_thousand, 0)
    tracemalloc.start()
    try:
        records = records_of(events)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(records) == 1000
    assert most < 10_000_000


def test_strangers_fill_no_memory() -> None:
    """Events of made-up calls, each with all that fits, are forgotten beyond a bound in count and in size."""
    records = Records(replace(STANDARD, records_waiting=2000))
    told = dict.fromkeys(("from", "to", "detail", "price", "duration"), "x" * 128)
    for call in range(1300):
        for leg in range(20):
            records.happened(EventFacts(f"CON-{call}", f"leg-{leg}", "started", NOON, told, {}), 0.0)
        assert records.facts <= MOST_FACTS
        assert len(records) <= 2000
    assert len(records) >= MOST_FACTS // (20 * 7) - 1


def test_a_call_has_one_record() -> None:
    """Answer request, events and socket find the same one, whoever comes first."""
    call, (first, *_) = "CON-" + "0" * 32, events_of(0)
    for order in ("aes", "sea", "esa"):
        records = Records()
        found = set()
        for each in order:
            if each == "a":
                found.add(records.answered(AnswerRequest(conversation_uuid=call), 0.0))
            elif each == "e":
                found.add(records.happened(facts(first), 0.0))
            else:
                found.add(records.opened(call, 0.0))
        assert len(found) == 1
        assert found == {records.get(call, 0.0)}


def test_an_answer_request_that_names_no_call() -> None:
    """There is nothing to bind it to."""
    records = Records()
    assert records.answered(AnswerRequest(to="1"), 0.0) is None
    assert len(records) == 0


def test_those_that_are_over_are_forgotten_in_time() -> None:
    """A record goes when its time is over, or too many are newer; what comes late does not make it last."""
    records = Records(FEW)
    for number in range(5):
        for event in events_of(number):
            records.happened(facts(event), float(number))
    left = [record.conversation_uuid[-1] for record in records.recent(4.0)]
    assert left == ["2", "3", "4"]
    records.happened(facts(events_of(2)[0]), 50.0)
    assert len(records.recent(61.9)) == 3
    assert [record.conversation_uuid[-1] for record in records.recent(62.0)] == ["3", "4"]
    assert len(records.recent(64.0)) == records.facts == 0


def test_those_that_wait_are_forgotten_by_the_last_news() -> None:
    """A call that nothing is heard of any more is forgotten; each news gives it its time again."""
    records = Records(FEW)
    for number in range(7):
        records.happened(facts(events_of(number)[0]), float(number))
    assert [record.conversation_uuid[-1] for record in records.recent(6.0)] == list("23456")
    records.happened(facts(events_of(2)[1]), 50.0)
    assert [record.conversation_uuid[-1] for record in records.recent(66.0)] == ["2"]


def test_a_call_with_a_socket_is_never_forgotten() -> None:
    """While the socket is open neither time nor strangers take the record away; then its time begins."""
    records = Records(FEW)
    call = "CON-" + "0" * 32
    record = records.opened(call, 0.0)
    for number in range(1, 50):
        records.happened(facts(events_of(number)[0]), 1000.0)
    assert records.get(call, 100_000.0) is record
    stage = Stage(number=1)
    stage.call.lost(Ending("provider", 1006, "hung up"))
    records.closed(record, stage.call.report(), 100_000.0)
    assert records.get(call, 100_059.0) is record
    assert records.get(call, 100_060.0) is None
    assert record.sockets[0].number == 1


def test_other_limits_count_from_the_next_news_on() -> None:
    """A reload makes the list shorter as soon as something comes."""
    records = Records()
    for number in range(10):
        for event in events_of(number):
            records.happened(facts(event), 0.0)
    records.serve_under(FEW)
    records.happened(facts(events_of(11)[0]), 0.0)
    assert len(records) == FEW.records_kept + 1
