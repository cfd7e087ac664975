"""The table of states: complete, without dead entries, and what the diagram shows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

import pytest

from echo.call import leaving
from echo.call.report import Ending
from echo.call.state import LIVE, TRANSITIONS, State, Step
from tests.doubles import Stage

GONE = Ending("network", 1006, "reset")
CLOSED = Ending("provider", 1000, "")

#: Everything that can happen to a call from outside.
EVENTS = (
    *("hear", "read", "heard", "congested", "drained", "send_audio", "send_text"),
    *("close", "over", "failed", "tick", "lost"),
)


class WatchedTable(Mapping[tuple[State, Step], State]):
    """The table, remembering which entries were looked up."""

    def __init__(self) -> None:
        self.used: set[tuple[State, Step]] = set()

    def __getitem__(self, pair: tuple[State, Step]) -> State:
        self.used.add(pair)
        return TRANSITIONS[pair]

    def __iter__(self) -> Iterator[tuple[State, Step]]:
        return iter(TRANSITIONS)

    def __len__(self) -> int:
        return len(TRANSITIONS)


def happen(stage: Stage, event: str) -> None:
    """Let one of ``EVENTS`` happen; ``tick`` comes an hour later, when every deadline is over."""
    call = stage.call
    actions = {
        "hear": stage.hear,
        "read": stage.read,
        "heard": lambda: call.heard(stage.clock.now),
        "congested": call.congested,
        "drained": call.drained,
        "send_audio": lambda: call.send_audio(b""),
        "send_text": lambda: call.send_text(""),
        "close": lambda: call.close(1000, "bye"),
        "over": lambda: call.over(CLOSED),
        "failed": lambda: call.failed("a test"),
        "tick": lambda: stage.pass_time(3600),
        "lost": lambda: call.lost(GONE),
    }
    actions[event]()


def replay(events: tuple[str, ...]) -> Stage:
    """A new call to which ``events`` have happened."""
    stage = Stage()
    for event in events:
        happen(stage, event)
    return stage


def test_every_pair_that_can_happen_is_in_the_table_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any three events in a row move a call by the table, and together they use all of it."""
    table = WatchedTable()
    monkeypatch.setattr(leaving, "TRANSITIONS", table)
    waiting: deque[tuple[str, ...]] = deque([()])
    while waiting:
        events = waiting.popleft()
        replay(events)
        if len(events) < 3:
            waiting.extend((*events, event) for event in EVENTS)
    assert table.used == set(TRANSITIONS)


def test_every_state_can_be_reached_and_left() -> None:
    """Nothing leads out of ``ENDED``; everything else ends by a loss of the connection."""
    assert set(TRANSITIONS.values()) | {State.OPENED} == set(State)
    assert {state for state, step in TRANSITIONS if step is Step.LOST} == set(State) - {State.ENDED}
    assert all(state is not State.ENDED for state, _ in TRANSITIONS)


@pytest.mark.parametrize("last", EVENTS)
@pytest.mark.parametrize(
    "before", [("close",), ("over",), ("hear", "failed"), ("lost",), ("hear", "close", "lost")], ids=str
)
def test_a_call_that_is_over_sends_nothing(before: tuple[str, ...], last: str) -> None:
    """After the Close frame, or the end, whatever happens sends no message, ping or second Close frame."""
    stage = replay(before)
    assert stage.call.state not in LIVE
    asked = list(stage.connection.asked)
    happen(stage, last)
    assert [each for each in stage.connection.asked[len(asked) :] if each != ("abort",)] == []


@pytest.mark.parametrize("event", EVENTS)
def test_a_call_that_is_gone_asks_for_nothing(event: str) -> None:
    """Once the connection is lost nothing reaches it any more, not even the wish to be woken."""
    stage = replay(("hear", "lost"))
    stage.connection.take_alarm()
    before = list(stage.connection.asked)
    happen(stage, event)
    assert (stage.connection.asked, stage.connection.alarm) == (before, None)
    assert stage.call.state is State.ENDED
    assert len(stage.log.at("info")) == 1
