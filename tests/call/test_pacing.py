"""Audio leaves early enough and not much earlier, however late the timers are."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo.call.pacing import BATCH_SECONDS, FAR_END_SECONDS, FRAME_SECONDS, Pace


def test_the_lead_leaves_at_once() -> None:
    """At the beginning so many frames leave that the far end has its lead; then none for a while."""
    pace = Pace(0.3)
    assert pace.due(100.0) == 15
    pace.left(15, 100.0)
    assert pace.due(100.0) == 0
    assert pace.ends_at == pytest.approx(100.3)
    assert pace.next_batch() == pytest.approx(100.1)
    assert pace.due(100.1) == 5


def test_a_late_timer_is_made_up_for() -> None:
    """What became due while a timer was late leaves at the next one, and the end does not move."""
    pace = Pace(0.3)
    pace.left(15, 0.0)
    assert pace.due(0.25) == 13
    pace.left(13, 0.25)
    assert pace.ends_at == pytest.approx(28 * FRAME_SECONDS)


def test_after_a_gap_it_begins_anew() -> None:
    """A far end that has run empty plays the next frame when it comes."""
    pace = Pace(0.3)
    pace.left(1, 0.0)
    pace.left(1, 10.0)
    assert pace.ends_at == pytest.approx(10.02)


def test_nothing_has_no_end() -> None:
    """Before the first frame, and once everything was thrown away, nothing is ahead."""
    pace = Pace(0.3)
    assert (pace.ends_at, pace.ahead(5.0)) == (-math.inf, 0.0)
    pace.left(3, 5.0)
    pace.cleared()
    assert (pace.ends_at, pace.ahead(5.0)) == (-math.inf, 0.0)


def test_no_lead_is_more_than_the_far_end_holds() -> None:
    """However long a lead is asked for, fewer than 3072 messages wait."""
    assert Pace(10_000).due(0.0) < 3072
    assert Pace(FAR_END_SECONDS).due(0.0) < 3072


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.floats(0.0, 0.15), min_size=1, max_size=300), st.sampled_from([0.2, 0.3, 0.5]))
def test_the_far_end_never_runs_empty(lateness: list[float], lead: float) -> None:
    """Timers that are late by less than half of the lead are never heard, and the lead is never exceeded by a frame."""
    pace = Pace(lead)
    now, sent = 0.0, 0
    for late in lateness:
        due = pace.due(now)
        pace.left(due, now)
        sent += due
        assert pace.ends_at == pytest.approx(sent * FRAME_SECONDS)  # it never began anew
        assert pace.ahead(now) < lead + FRAME_SECONDS
        now = max(now, pace.next_batch()) + min(late, lead - BATCH_SECONDS)
