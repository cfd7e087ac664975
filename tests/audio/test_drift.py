"""How fast a sender's clock runs, whatever the way does to its audio."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from echo.audio.drift import Drift

#: Nothing begins at zero.
BEGAN = 98765.4321


def measured(seconds: float, ppm: float, delay: Callable[[float], float], lost: float = 0.0) -> Drift:
    """A sender whose clock is ``ppm`` ahead; ``delay`` of the way by the time; ``lost`` seconds in the middle."""
    drift, last = Drift(), 0.0
    for number in range(round(seconds * 50)):
        said = number * 0.02 + (lost if number > seconds * 25 else 0.0)
        at = said / (1 + ppm * 1e-6)
        last = max(last, at + delay(at))
        drift.arrived(0.02, BEGAN + last)
    return drift


def jittery(seed: int = 3) -> Callable[[float], float]:
    """A way that takes 4 ms more on average, now and then far more."""
    chance = Random(seed)
    return lambda _: chance.expovariate(1 / 0.004)


@pytest.mark.parametrize("ppm", [-500, -40, 0, 25, 500])
def test_the_clock_is_found_through_jitter(ppm: float) -> None:
    """After a minute to 3 ppm, and it says how certain that is."""
    told = measured(60, ppm, jittery()).drift()
    assert told is not None
    assert told.ppm == pytest.approx(ppm, abs=3)
    assert told.within < 3


@pytest.mark.parametrize("seed", range(5))
def test_it_knows_how_certain_it_is(seed: int) -> None:
    """The truth is within four standard errors, after twenty seconds too."""
    told = measured(20, 100, jittery(seed)).drift()
    assert told is not None
    assert abs(told.ppm - 100) < 4 * told.within + 1


def test_before_there_is_enough_nothing_is_told() -> None:
    """Nine seconds of jitter prove nothing."""
    assert Drift().drift() is None
    assert measured(9, 0, jittery()).drift() is None
    assert measured(13, 0, jittery()).drift() is not None


@pytest.mark.parametrize("lost", [-0.5, 0.4, 30.0])
def test_a_pause_is_no_drift(lost: float) -> None:
    """Audio that was never sent moves the line, not its slope; nor does more than there should be."""
    told = measured(60, 50, jittery(), lost).drift()
    assert told is not None
    assert told.ppm == pytest.approx(50, abs=5)


def test_a_stall_is_no_drift() -> None:
    """Ten seconds in which everything is half a second late, and then not any more."""
    way = jittery()
    told = measured(90, 50, lambda at: way(at) + (0.5 if 40 < at < 50 else 0.0)).drift()
    assert told is not None
    assert told.ppm == pytest.approx(50, abs=5)


def test_frames_of_other_sizes_count_by_their_time() -> None:
    """A sender of 60 ms pieces is measured as any other."""
    drift = Drift()
    for number in range(1000):
        drift.arrived(0.06, BEGAN + number * 0.06 * 0.9999)
    told = drift.drift()
    assert told is not None
    assert told.ppm == pytest.approx(100, abs=1)


def test_everything_at_the_same_moment_is_no_clock() -> None:
    """Audio without any time between tells a slope that is no clock's; it makes no trouble."""
    drift = Drift()
    for _ in range(1000):
        drift.arrived(0.02, BEGAN)
    assert drift.drift() is None


def test_empty_messages_say_nothing() -> None:
    """They have no time in them."""
    drift = Drift()
    for number in range(1000):
        drift.arrived(0.0, BEGAN + number)
    assert drift.drift() is None
