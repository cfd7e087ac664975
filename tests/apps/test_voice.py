"""Who speaks is known soon, and who has stopped not too soon."""

from __future__ import annotations

import numpy as np
import pytest

from echo.apps.voice import PAUSE_SECONDS, Voice
from echo.audio.format import RATES, AudioFormat
from tests.speech.recordings import recording_frames


def states(voice: Voice, frames: list[bytes]) -> list[bool]:
    """Whether somebody speaks, after each frame."""
    told = []
    for frame in frames:
        voice.hear(frame)
        told.append(voice.is_speaking)
    return told


@pytest.mark.parametrize("rate", RATES)
def test_speech_is_known_after_two_frames(rate: int) -> None:
    """From the second frame of a sentence on, to its end and over its pauses; then no more after a while."""
    audio = AudioFormat(rate)
    silence = [bytes(audio.frame_bytes)] * 50
    speech = recording_frames(rate)
    told = states(Voice(audio), silence + speech + silence)
    assert 51 <= told.index(True) <= 53
    assert all(told[53 : 50 + len(speech)])
    stopped = told.index(False, 53) - 50 - len(speech)
    assert stopped * 0.02 == pytest.approx(PAUSE_SECONDS, abs=0.1)
    assert not any(told[50 + len(speech) + stopped :])


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("amplitude", [0, 3, 30])
def test_a_line_is_not_taken_for_a_voice(rate: int, amplitude: int) -> None:
    """Noise as soft as that of a line is nobody."""
    audio = AudioFormat(rate)
    noise = np.random.default_rng(amplitude).normal(0, amplitude, (200, audio.frame_bytes // 2))
    assert not any(states(Voice(audio), [frame.astype("<i2").tobytes() for frame in noise]))


def test_a_click_is_no_speech() -> None:
    """One loud frame alone interrupts nobody."""
    audio = AudioFormat(16000)
    silence = bytes(audio.frame_bytes)
    loud = recording_frames(16000)[10]
    assert not any(states(Voice(audio), [silence, loud, silence, loud, silence]))


def test_it_begins_once() -> None:
    """The moment at which somebody began to speak is told with one frame."""
    voice = Voice(AudioFormat(16000))
    began = []
    for frame in recording_frames(16000):
        voice.hear(frame)
        began.append(voice.began)
    assert began.count(True) == 1


def test_a_frame_of_another_size_is_silence() -> None:
    """What is no frame cannot be looked at, and harms nothing."""
    voice = Voice(AudioFormat(16000))
    assert not any(states(voice, [b"", b"\x01", recording_frames(8000)[10], bytes(8192)]))
    assert voice.quiet_seconds == pytest.approx(0.08)
