"""Jitter, gaps and offenders."""

from __future__ import annotations

import pytest

from echo.phone.listening.arrivals import Arrivals, Offender


def arrived(*times: float) -> Arrivals:
    """Messages of a frame's size at these times."""
    arrivals = Arrivals()
    for now in times:
        arrivals.arrived(640, now)
    return arrivals


def test_messages_and_bytes_are_counted() -> None:
    """Every message counts, whenever it comes."""
    arrivals = arrived(10.0, 10.02, 15.0)
    assert (arrivals.messages, arrivals.bytes) == (3, 1920)
    assert (arrivals.first_at, arrivals.last_at) == (10.0, 15.0)


def test_an_even_stream_has_no_jitter_and_no_gaps() -> None:
    """Messages every 20 ms are as they should be."""
    arrivals = arrived(*(n * 0.02 for n in range(100)))
    assert arrivals.jitter == pytest.approx(0, abs=1e-9)
    assert arrivals.gaps == 0
    assert arrivals.longest_gap == pytest.approx(0.02)


def test_the_jitter_is_that_of_rfc_3550() -> None:
    """J = J + (|D| - J) / 16: one message 16 ms late and the next in time are 1 ms and then 1.9375 ms."""
    assert arrived(0.0, 0.036).jitter == pytest.approx(0.001)
    assert arrived(0.0, 0.036, 0.04).jitter == pytest.approx(0.0019375)


def test_the_highest_jitter_is_kept() -> None:
    """It stays where it was when the stream is even again."""
    arrivals = arrived(0.0, 0.036, 0.04, *(0.04 + n * 0.02 for n in range(1, 200)))
    assert arrivals.jitter < 0.00001
    assert arrivals.jitter_max == pytest.approx(0.0019375)


def test_a_gap_is_longer_than_three_frames() -> None:
    """60 ms are none, a little more is one."""
    assert arrived(0.0, 0.06).gaps == 0
    late = arrived(0.0, 0.061, 0.081, 0.181)
    assert late.gaps == 2
    assert late.longest_gap == pytest.approx(0.1)


def test_a_second_without_audio_is_a_pause_unless_it_is_an_echo() -> None:
    """What an application says of its own has pauses; an echo rests only where the caller did."""
    assert arrived(0.0, 3.0).gaps == 0
    echoed = Arrivals()
    echoed.arrived(640, 0.0)
    echoed.arrived(640, 3.0, spaced=0.02)
    assert (echoed.gaps, echoed.longest_gap) == (1, 3.0)


def test_a_caller_who_paused_makes_no_gap_and_no_jitter() -> None:
    """Two frames that were said 2 s apart may come 2 s apart."""
    arrivals = Arrivals()
    arrivals.arrived(640, 0.0)
    arrivals.arrived(640, 2.0, spaced=2.0, paused=1.98)
    assert (arrivals.gaps, arrivals.jitter) == (0, 0)
    assert arrivals.longest_gap == pytest.approx(0.02)


def test_after_a_rest_a_new_piece_begins() -> None:
    """An application that cleared its audio may take its time before the next word."""
    arrivals = arrived(0.0)
    arrivals.rest()
    arrivals.arrived(640, 0.5)
    arrivals.arrived(640, 0.6)
    assert arrivals.gaps == 1


def test_the_first_offender_is_kept_and_all_are_counted() -> None:
    """Size, half samples and fragments are counted apart; the first offender stays the first."""
    arrivals = arrived(0.0, 0.02)
    arrivals.offended(641, 1, 0.02, wrong_sized=True)
    arrivals.arrived(640, 0.04)
    arrivals.offended(640, 2, 0.04, wrong_sized=False)
    arrivals.arrived(320, 0.06)
    arrivals.offended(320, 1, 0.06, wrong_sized=True)
    assert (arrivals.wrong_sized, arrivals.odd, arrivals.fragmented) == (2, 1, 1)
    assert arrivals.first_offender == Offender(1, 641, 1, 0.02)
