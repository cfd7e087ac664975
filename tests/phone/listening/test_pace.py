"""When a sound breaks off, and when that is a pause, a stall or a line that is not even."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from random import Random

import pytest

from echo.phone.listening.arrivals import Arrivals
from echo.phone.listening.pace import Pace

#: Nothing begins at zero.
BEGAN = 1234.567


def pace(times: Iterable[float]) -> Pace:
    """Messages at these times after the beginning."""
    arrivals = Arrivals()
    for at in times:
        arrivals.arrived(640, BEGAN + at)
    return arrivals.pace


@pytest.mark.parametrize(("apart", "breaks"), [(0.03, 497), (0.04, 997), (0.021, 47), (0.0202, 7)])
def test_a_sender_that_is_too_slow_breaks_the_sound_all_along(apart: float, breaks: int) -> None:
    """Each time that it has fallen a step behind; it never gets ahead."""
    slow = pace(n * apart for n in range(1001))
    assert slow.breaks == breaks
    assert slow.missing == pytest.approx(breaks * 0.02)
    assert slow.spacing == pytest.approx(apart)
    assert slow.seconds == int(1000 * apart) + 1


def test_a_second_is_broken_once() -> None:
    """However often; and a second without sound is none with it."""
    slow = pace([*(n * 0.03 for n in range(100)), *(10 + n * 0.02 for n in range(100))])
    assert (slow.broken, slow.seconds) == (3, 5)


def bursts() -> Iterable[float]:
    """Each second half a second of audio more than is played."""
    return (second for second in range(20) for _ in range(75))


def silence_suppressed() -> Iterable[float]:
    """Words of 200 ms, with pauses of 150 ms between them."""
    return (word * 0.35 + n * 0.02 for word in range(100) for n in range(10))


def on_a_jittery_line() -> Iterable[float]:
    """Words of a second, each message up to 60 ms late, in order, and pauses between the words."""
    chance = Random(7)
    return accumulate(
        (word * 1.5 + n * 0.02 + chance.random() * 0.06 for word in range(40) for n in range(50)), max
    )


def with_stalls() -> Iterable[float]:
    """A stall of 80 ms each three seconds, made up for at once."""
    return (n * 0.02 + 0.08 * (n % 150 == 0) for n in range(3000) if n % 150 not in {1, 2, 3})


@pytest.mark.parametrize("times", [bursts, silence_suppressed, on_a_jittery_line])
def test_what_is_early_pauses_or_jitters_breaks_nothing(times: object) -> None:
    """Ahead, between words and on a line that is not even, the sound goes on."""
    assert callable(times)
    assert pace(sorted(times())).breaks == 0


def test_stalls_that_lose_audio_are_few() -> None:
    """They are counted, in few seconds of many."""
    stalls = pace(sorted(with_stalls()))
    assert stalls.broken <= stalls.seconds / 3


def test_what_was_cleared_is_no_audio_that_is_ahead() -> None:
    """A sender that is too slow behind a burst that it threw away is too slow."""
    arrivals = Arrivals()
    for _ in range(500):
        arrivals.arrived(640, BEGAN)
    arrivals.rest()
    for n in range(100):
        arrivals.arrived(640, BEGAN + 1 + n * 0.03)
    assert arrivals.pace.breaks > 40


def test_frames_of_an_echo_that_do_not_come_break_no_pace() -> None:
    """Every third is lost: that is told by the echo."""
    arrivals = Arrivals()
    arrivals.arrived(640, BEGAN)
    for n in range(1, 200):
        arrivals.arrived(640, BEGAN + n * 0.04, spaced=0.04)
    assert arrivals.pace.breaks == 0


def test_a_caller_who_pauses_breaks_no_pace() -> None:
    """He is silent for 60 ms after each frame."""
    arrivals = Arrivals()
    for n in range(200):
        arrivals.arrived(640, BEGAN + n * 0.08, spaced=0.08 if n else None, paused=0.06 if n else 0.0)
    assert arrivals.pace.breaks == 0
