"""What is counted of the audio, against figures worked out by hand."""

from __future__ import annotations

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.call.figures import AudioFigures


def arrivals(*times: float) -> AudioFigures:
    """Figures after a 20 ms frame at each of ``times``."""
    figures = AudioFigures(640)
    for now in times:
        figures.arrived(640, now)
    return figures


def test_jitter_by_hand() -> None:
    """
    Jitter is that of RFC 3550 section 6.4.1, J += (|D| - J) / 16.

    Gaps of 20, 25, 15, 40 and 20 ms are D = 0, 5, -5, 20 and 0 ms, so that J is 0, 0.3125,
    0.3125 + 4.6875/16 = 0.60546875, that + 19.39453125/16 = 1.817626953125, and 15/16 of that.
    """
    after = {
        (0.0,): 0.0,
        (0.0, 0.020): 0.0,
        (0.0, 0.020, 0.045): 0.3125,
        (0.0, 0.020, 0.045, 0.060): 0.60546875,
        (0.0, 0.020, 0.045, 0.060, 0.100): 1.817626953125,
        (0.0, 0.020, 0.045, 0.060, 0.100, 0.120): 1.7040252685546875,
    }
    for times, milliseconds in after.items():
        assert arrivals(*times).jitter * 1000 == pytest.approx(milliseconds)


def test_longest_gap() -> None:
    """The longest gap is between two messages, wherever the call began, and does not shrink."""
    assert arrivals(7.0).longest_gap == 0
    assert arrivals(7.0, 7.02, 7.5, 7.52).longest_gap == pytest.approx(0.48)


@given(st.lists(st.integers(0, 5000), min_size=2, max_size=50))
def test_figures_of_arrival_stay_within_what_arrived(gaps_ms: list[int]) -> None:
    """However messages arrive, the longest gap is exact and jitter lies below the largest difference."""
    times = [1000 + ms / 1000 for ms in accumulate(gaps_ms)]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    figures = arrivals(*times)
    assert figures.longest_gap == max(gaps)
    assert 0 <= figures.jitter <= max(abs(gap - 0.02) for gap in gaps)


def test_counts() -> None:
    """Messages that come are counted, and those whose size is no frame's."""
    figures = AudioFigures(640)
    for size in (640, 0, 641, 8192, 640):
        figures.arrived(size, 0.0)
    assert (figures.frames_in, figures.wrong_sized) == (5, 3)
