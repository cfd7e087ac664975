"""When the poll set of many calls is looked at again."""

from __future__ import annotations

import pytest

from echo.gathering import FRAMES, LONGEST, SHARE, SHORTEST, Gathering

NOW = 1000.0


def _wait(gathering: Gathering, *, took: float = 0.0, ready: int = 1, calls: int = 200) -> float:
    """Tell the time from this look to the next."""
    gathering.looked(NOW, NOW + took, ready, calls)
    return gathering.until - NOW


def _after_many(took: float, calls: int = 500) -> float:
    """Tell the time between two looks that all take so long."""
    gathering = Gathering()
    for _ in range(1000):
        wait = _wait(gathering, took=took, calls=calls)
    return wait


def test_the_first_look_is_at_once() -> None:
    """Nothing is known yet."""
    assert Gathering().until == 0


@pytest.mark.parametrize("calls", [40, 100, 200, 399])
def test_with_time_to_spare_a_look_waits_for_two_frames(calls: int) -> None:
    """So many come from these calls in that time, each sending fifty a second."""
    assert _wait(Gathering(), calls=calls) * calls * 50 == pytest.approx(FRAMES)


@pytest.mark.parametrize(
    ("calls", "wait"), [(1, LONGEST), (20, LONGEST), (401, SHORTEST), (10_000, SHORTEST)]
)
def test_the_time_between_two_looks_has_bounds(calls: int, wait: float) -> None:
    """However few calls there are, and however many."""
    assert _wait(Gathering(), calls=calls, ready=0) == pytest.approx(wait)


def test_looks_that_take_long_are_further_apart() -> None:
    """The calls have no more than their share of the core, as long as a thousandth of a second is not reached."""
    assert _after_many(0.0002) == pytest.approx(0.0002 * (1 + SHARE), rel=0.01)
    assert _after_many(0.0008) == pytest.approx(LONGEST)


def test_one_look_that_was_held_up_is_not_waited_for_again() -> None:
    """What it found late is followed by more that is late already."""
    gathering = Gathering()
    usual = _wait(gathering, calls=500)
    assert _wait(gathering, took=0.0015, calls=500) < 2 * usual


@pytest.mark.parametrize("ready", [50, 51, 200])
def test_where_a_quarter_of_the_calls_was_ready_nobody_waits(ready: int) -> None:
    """There is more to come at once."""
    assert _wait(Gathering(), ready=ready) == 0


def test_where_fewer_were_ready_the_next_look_waits() -> None:
    """One less than a quarter."""
    assert _wait(Gathering(), ready=49) > 0
