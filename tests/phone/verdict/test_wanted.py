"""Checks of what was expected to be heard."""

from __future__ import annotations

import pytest

from echo.audio.format import AudioFormat
from echo.audio.signal import Tone
from tests.phone.listening.applications import App, Reply, echo, mute
from tests.phone.verdict.made import called, opened, outcome


def toned(level_dbfs: float, frames: int = 200) -> App:
    """An application that plays so many frames of a tone."""
    tone = Tone(AudioFormat(16000), 500.0, level_dbfs)
    return lambda index, _: [Reply(tone.frame(index) or b"")] if index < frames else []


def silent(_index: int, _frame: bytes) -> list[Reply]:
    """An application that sends silence."""
    return [Reply(bytes(640))]


@pytest.mark.parametrize(
    ("app", "told"),
    [
        (mute, "The caller heard nothing."),
        (silent, "The caller heard silence: nothing above -96 dBFS."),
        (echo, "The caller heard an echo: 200 of 200 frames said came back."),
        (toned(-50), "The caller heard audio for 4.0 s, up to -50 dBFS."),
        (toned(-20, 100), "The caller heard speech for 2.0 s, up to -20 dBFS."),
    ],
)
def test_what_was_heard_is_told_if_nothing_was_expected(app: App, told: str) -> None:
    """It neither passes nor fails."""
    assert outcome(called(app), "heard") == (None, told)


@pytest.mark.parametrize(
    ("app", "passed", "told"),
    [
        (mute, True, "The caller heard nothing above -50 dBFS."),
        (silent, True, "The caller heard nothing above -50 dBFS."),
        (toned(-52), True, "The caller heard nothing above -50 dBFS."),
        (
            toned(-30, 1),
            False,
            "The caller heard sound of -30 dBFS where silence was expected (nothing above -50 dBFS).",
        ),
    ],
)
def test_expected_silence_may_have_no_sound_at_all(app: App, passed: bool, told: str) -> None:
    """Not even 20 ms; no audio is silence too."""
    assert outcome(called(app), "silence", "silence") == (passed, told)


@pytest.mark.parametrize(
    ("app", "passed", "told"),
    [
        (echo, True, "The caller heard 4.0 s of sound above -45 dBFS."),
        (toned(-20, 10), True, "The caller heard 0.2 s of sound above -45 dBFS."),
        (
            toned(-20, 9),
            False,
            "The caller heard 180 ms of sound above -45 dBFS where 200 ms were expected.",
        ),
        (toned(-48), False, "The caller heard 0 ms of sound above -45 dBFS where 200 ms were expected."),
        (
            mute,
            False,
            "The caller heard 0 ms of sound above -45 dBFS where 200 ms were expected; the application sent no audio.",
        ),
    ],
)
def test_expected_speech_is_sound_for_200_ms(app: App, passed: bool, told: str) -> None:
    """In all, wherever it is."""
    assert outcome(called(app), "speech", "speech") == (passed, told)


def test_without_words_there_is_no_echo_to_judge() -> None:
    """A caller who says nothing can hear nothing of himself."""
    assert outcome(opened(), "echo", "echo") == (None, "Not tried: nothing was said.")
