"""Tests of echo.phone.line.plan: the frames of a call, in order."""

from __future__ import annotations

from dataclasses import dataclass

from echo.audio.format import AudioFormat
from echo.phone.line.manner import Manner
from echo.phone.line.plan import CallPlan

AUDIO = AudioFormat(8000)
SILENCE = bytes(320)


@dataclass
class Few:
    """A source of so many frames, each of its own number."""

    count: int

    def frame(self, index: int) -> bytes | None:
        """Give a frame."""
        return bytes([index + 1]) * 320 if index < self.count else None


def said(count: int, duration: float | None, mutes: tuple[tuple[float, float], ...] = ()) -> list[int]:
    """Give the first byte of each frame that is said."""
    plan = CallPlan(AUDIO, Few(count), duration, mutes=mutes)
    return [frame[0] for frame in plan.frames()]


def test_a_source_lasts_as_long_as_it_has_frames() -> None:
    """Without a duration the call ends with what there is to say."""
    assert said(3, None) == [1, 2, 3]


def test_a_duration_cuts_the_source() -> None:
    """A duration of 60 ms has three frames."""
    assert said(9, 0.06) == [1, 2, 3]


def test_silence_follows_a_short_source() -> None:
    """The caller is silent for the rest of the duration."""
    assert said(2, 0.1) == [1, 2, 0, 0, 0]


def test_a_duration_between_frames_has_the_begun_one() -> None:
    """50 ms are begun with three frames."""
    assert len(said(9, 0.05)) == 3


def test_a_muted_caller_is_silent() -> None:
    """Frames within a span of mute are silence; the source goes on behind it."""
    assert said(5, None, mutes=((0.02, 0.06),)) == [1, 0, 0, 4, 5]


def test_frames_are_due_from_the_beginning() -> None:
    """The thousandth frame is due after 20 s, not after a thousand steps of about 20 ms."""
    assert Manner().due(1000) == 20.0
