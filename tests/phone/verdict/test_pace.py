"""Whether sound that stutters is told, and by whom."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator

import pytest

from echo.audio.format import AudioFormat
from echo.audio.signal import Tone
from tests.phone.listening.applications import STEP, App, Reply, echo, later_and_later, mute, without
from tests.phone.verdict.made import called, outcome

TONE = Tone(AudioFormat(16000), 500.0, level_dbfs=-20.0)


def every(seconds: float) -> App:
    """Audio of the application's own, a frame each so many seconds from the caller's first one on."""

    def paced(index: int, _frame: bytes) -> Iterator[Reply]:
        begin, end = index * STEP, (index + 1) * STEP
        for n in range(math.ceil(begin / seconds - 1e-9), math.ceil(end / seconds - 1e-9)):
            yield Reply(TONE.frame(n) or b"", n * seconds - begin)

    return paced


@pytest.mark.parametrize(
    ("apart", "told"),
    [
        (
            0.03,
            "broke off 64 times, for 20.0 ms each, in 5 of 5 seconds with sound; a frame of 20 ms came every 30.0 ms.",
        ),
        (
            0.05,
            "broke off 77 times, for 30.1 ms each, in 4 of 4 seconds with sound; a frame of 20 ms came every 50.0 ms.",
        ),
    ],
)
def test_a_wrong_pace_fails_with_what_to_change(apart: float, told: str) -> None:
    """It is an application that sleeps too long between its frames."""
    remedy = (
        " Send frame n at the beginning + n * 20 ms, by the clock, in place of sleeping 20 ms after each."
    )
    said = f"The caller hears the sound stutter: it {told}{remedy}"
    assert outcome(called(every(apart)), "pace") == (False, said)


@pytest.mark.parametrize("app", [echo, every(0.02), every(0.005), without(lambda index: index % 3 == 1)])
def test_audio_that_comes_in_time_or_ahead_passes(app: App) -> None:
    """So does an echo with losses, which break the sound, but are no matter of pace."""
    assert outcome(called(app), "pace") == (
        True,
        "Audio came fast enough to be heard without breaks all along.",
    )


def test_a_few_breaks_are_no_wrong_pace() -> None:
    """Ten are needed: a break each half second is enough in eight seconds, and not in four."""
    assert outcome(called(every(0.0208)), "pace")[0] is True
    assert outcome(called(every(0.0208), 8.0), "pace")[0] is False


def test_a_mistake_that_breaks_the_sound_too_is_told_in_its_place() -> None:
    """A stutter that comes of a growing delay or of wrong frames is not told twice."""
    facts = called(later_and_later(400), 8.0)
    assert facts.hearing is not None
    assert facts.hearing.arrivals.pace.breaks > 100
    assert outcome(facts, "delay")[0] is False
    assert outcome(facts, "pace") == (None, "Not tried: see delay.")
    assert outcome(called(every(0.03)), "pace", "echo") == (None, "Not tried: see echo.")


def test_without_audio_or_with_a_late_phone_there_is_no_pace_to_judge() -> None:
    """What the phone itself did is no fault of the application's."""
    assert outcome(called(mute), "pace") == (None, "Not tried: no audio came.")
    facts = called(every(0.03))
    facts.lateness = array("d", [0.2])
    assert outcome(facts, "pace") == (None, "Not tried: the phone itself was late, see clock.")
