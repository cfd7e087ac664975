"""Tests of echo.phone.faults.sockets: what a bad peer does to its connection, and when."""

from __future__ import annotations

import pytest

from echo.phone.faults.sockets import HalfOpen, ResetMidFrame, StopReading
from echo.wire.frames import take_binary
from tests.phone.faults.doubles import FIRST_TEXT, RecordingLine, conduct, frame


def test_a_peer_that_stops_reading_talks_on() -> None:
    """It stops after half a second, reads again at 4 s, and says every frame meanwhile."""
    line, said, _ = conduct(StopReading(), 4.5)
    verbs = line.verbs()

    assert (verbs.count("pause"), verbs.count("resume"), verbs.count("audio")) == (1, 1, 226)
    assert verbs.index("pause") == 1 + 26
    assert verbs.index("resume") == 1 + 201 + 1
    assert None not in said


def test_a_half_open_peer_says_nothing() -> None:
    """After half a second it neither reads nor sends; at the end it reads again, to see what came of it."""
    line, said, _ = conduct(HalfOpen(), 4.4)
    verbs = line.verbs()

    assert verbs == ["text"] + ["audio"] * 26 + ["pause", "resume"]
    assert set(said[26:]) == {None}


def test_a_half_open_peer_answers_no_command() -> None:
    """Before it is gone it does."""
    manner, line = HalfOpen(), RecordingLine()
    manner.open(line, FIRST_TEXT)
    manner.answer(line, "cleared")
    manner.meanwhile(line, 0.6)
    manner.answer(line, "notify")

    assert line.done == [("text", FIRST_TEXT), ("text", "cleared"), ("pause",)]


@pytest.mark.parametrize("manner", [StopReading(), HalfOpen()])
def test_a_bad_peer_is_as_bad_on_its_next_socket(manner: StopReading) -> None:
    """A call may open several sockets with the same manner."""
    first, _, _ = conduct(manner, 4.4)
    second, _, _ = conduct(manner, 4.4)

    assert first.verbs() == second.verbs()


def test_a_reset_comes_in_mid_frame() -> None:
    """Half a frame is sent, has time to leave, and then the connection is reset; nothing is sent between."""
    line, said, left = conduct(ResetMidFrame(), 0.56)
    half = line.done[-2][1]

    assert line.verbs() == ["text"] + ["audio"] * 25 + ["bytes", "abort"]
    assert half[0] == 0x82
    assert take_binary(half, 0, 8192) is None
    assert len(half) == (640 + 8) // 2
    assert said[24:26] == [frame(24), None]
    assert left[28] - left[25] == pytest.approx(0.06)
