"""What all calls together have counted."""

from __future__ import annotations

from echo.call.flow import WhenSlow
from echo.call.report import Ending
from echo.call.totals import Totals
from tests.doubles import FRAME, Stage


def talking(frames: int, *odd: bytes) -> Stage:
    """A call that has sent so many frames, and then ``odd`` ones."""
    stage = Stage()
    for payload in (*[FRAME] * frames, *odd):
        stage.hear(payload)
    return stage


def test_those_that_are_on_are_added_to_those_that_ended() -> None:
    """Each call counts once, whichever of the two it is."""
    gone, on = talking(3), talking(4, b"odd")
    gone.call.lost(Ending("provider", 1000, "bye"))
    totals = Totals()
    totals.add_ended(gone.call)

    sums = totals.with_live([on.call])

    assert (sums.frames_in, sums.frames_out, sums.wrong_sized, sums.dropped) == (8, 8, 1, 0)
    assert sums.ended == {"provider": 1, "network": 0, "echo": 0}
    assert totals.frames_in == 3


def test_asking_changes_nothing() -> None:
    """Sums that were told are nobody's counters: a second question has the same answer."""
    totals, on = Totals(), talking(2)
    first = totals.with_live([on.call])
    first.ended["echo"] += 1

    assert totals.with_live([on.call]).frames_in == 2
    assert totals.ended["echo"] == 0


def test_what_waits_is_told_in_seconds() -> None:
    """Three frames that wait are 60 ms of audio; when the call ends they are dropped, and wait no longer."""
    stage = Stage(when_slow=WhenSlow.DROP)
    stage.call.congested()
    for _ in range(3):
        stage.hear()
    assert round(Totals().with_live([stage.call]).queued, 6) == 0.06

    stage.call.lost(Ending("network", 1006, ""))
    totals = Totals()
    totals.add_ended(stage.call)

    assert (totals.queued, totals.dropped, totals.frames_out) == (0.0, 3, 0)
