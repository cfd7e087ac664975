"""Whether a call whose socket was lost is connected again."""

from __future__ import annotations

import pytest

from echo.call.reconnect import MINUTE, Verdict, judge, was_on_purpose
from echo.call.record import CallRecord
from echo.call.report import Ending
from echo.webhook.facts import facts_of

CALL = "CON-1"


def ended(by: str, code: int) -> CallRecord:
    """The record of a call whose last socket ended so."""
    record = CallRecord(CALL)
    record.last_ending = Ending(by, code, "why")
    return record


@pytest.mark.parametrize(
    ("by", "code", "on_purpose"),
    [
        ("echo", 1000, True),
        ("echo", 1002, True),
        ("echo", 1007, True),
        ("echo", 1008, True),
        ("echo", 1009, True),
        ("echo", 1001, False),
        ("echo", 1006, False),
        ("echo", 1011, False),
        ("echo", 1013, False),
        ("provider", 1000, False),
        ("provider", 1006, False),
        ("network", 1006, False),
    ],
)
def test_what_is_on_purpose(by: str, code: int, on_purpose: bool) -> None:
    """We end a call by a Close frame that says so; a drain, a bug, a full queue and a dead connection are accidents."""
    assert was_on_purpose(Ending(by, code, "why")) is on_purpose
    verdict = Verdict.ON_PURPOSE if on_purpose else Verdict.AGAIN
    assert judge(ended(by, code), "leg", 0.0, 3) is verdict


def test_a_call_that_nobody_has_heard_of() -> None:
    """It outlived another process, and goes on."""
    assert not was_on_purpose(None)
    assert judge(CallRecord(CALL), "leg", 0.0, 3) is Verdict.AGAIN


def test_a_minute_at_a_time() -> None:
    """So many legs in any sixty seconds; asking again for one of them is free, and has the same answer."""
    record = CallRecord(CALL)
    told = [judge(record, f"leg-{at}", at, 2) for at in (0.0, 30.0, 59.0, MINUTE, 61.0)]
    again, often = Verdict.AGAIN, Verdict.TOO_OFTEN
    assert told == [again, again, often, again, often]
    assert [judge(record, "leg-30.0", 61.0, 2) for _ in range(5)] == [again] * 5
    assert len(record.redialled) == 2


def test_the_same_question_has_the_same_answer() -> None:
    """What became known between a question and its retry changes nothing."""
    record = CallRecord(CALL)
    assert judge(record, "leg", 0.0, 3) is Verdict.AGAIN
    record.last_ending = Ending("echo", 1008, "why")
    assert judge(record, "leg", 1.0, 3) is Verdict.AGAIN
    assert judge(record, "other", 1.0, 3) is Verdict.ON_PURPOSE


def test_nobody_is_left() -> None:
    """Once the caller's own leg is over there is no call to go on with."""
    record = CallRecord(CALL)
    event = {"conversation_uuid": CALL, "uuid": "caller", "status": "completed", "direction": "inbound"}
    facts = facts_of({**event})
    assert facts is not None
    record.note(facts)
    assert judge(record, "leg", 0.0, 3) is Verdict.HUNG_UP
