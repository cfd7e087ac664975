"""Keys in the sound: what is one, what is none, and that each counts once."""

from __future__ import annotations

import numpy as np
import pytest

from echo.apps.menu import PROMPTS
from echo.audio.dtmf import KEYS, MOST_KEYS, KeysInBand
from echo.audio.format import RATES
from echo.soundfiles import decode
from tests.audio.waves import key, noise, samples, silence, tone
from tests.speech.recordings import recording_bytes

ALL = "".join(KEYS)


def heard(rate: int, *parts: np.ndarray, frames: int = 25) -> str:
    """The keys that are heard in these sounds, ``frames`` at a time."""
    listener = KeysInBand(rate)
    pcm = samples(rate, *parts)
    step = rate // 50 * frames
    for at in range(0, len(pcm), step):
        listener.hear(pcm[at : at + step])
    assert listener.count == len(listener.keys)
    return listener.keys


def pressed(rate: int, ms: float, pause: float, **how: float) -> list[np.ndarray]:
    """All sixteen keys, and a pause behind each."""
    return [part for name in ALL for part in (key(name, rate, ms, **how), silence(rate, pause))]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("shift", [0, 3, 7, 11, 16])
@pytest.mark.parametrize("off", [0.985, 1.0, 1.015])
def test_forty_milliseconds_are_a_key(rate: int, shift: int, off: float) -> None:
    """Wherever they begin within a frame, and with frequencies that are 1.5 % off (ITU-T Q.24)."""
    parts = [silence(rate, shift), *pressed(rate, 40, 40, off=off)]
    assert heard(rate, *parts) == ALL


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("off", [0.965, 1.035])
def test_other_frequencies_are_no_keys(rate: int, off: float) -> None:
    """3.5 % off is another tone."""
    assert heard(rate, *pressed(rate, 100, 100, off=off)) == ""


@pytest.mark.parametrize("frames", [1, 2, 25, 50])
def test_how_many_frames_come_together_does_not_matter(frames: int) -> None:
    """Also where a key goes on from one lot to the next."""
    assert heard(8000, *pressed(8000, 70, 50), frames=frames) == ALL


def test_a_key_that_is_held_counts_once() -> None:
    """However long, and when it is interrupted for 10 ms."""
    five = key("5", 16000, 400)
    assert heard(16000, five, silence(16000, 10), five, silence(16000, 50)) == "5"


def test_the_same_key_again_counts_again() -> None:
    """After 40 ms without it."""
    assert heard(16000, *[key("5", 16000, 60), silence(16000, 40)] * 3) == "555"


def test_a_click_of_a_key_is_none() -> None:
    """10 ms are too short."""
    assert heard(8000, *pressed(8000, 10, 50)) == ""


@pytest.mark.parametrize("twist", [0.5, 2.0])
def test_one_tone_may_be_louder(twist: float) -> None:
    """By 6 dB, to either side."""
    assert heard(8000, *pressed(8000, 60, 60, twist=twist)) == ALL


@pytest.mark.parametrize("twist", [0.2, 5.0])
def test_one_tone_may_not_be_much_louder(twist: float) -> None:
    """14 dB are no key any more."""
    assert heard(8000, *pressed(8000, 60, 60, twist=twist)) == ""


@pytest.mark.parametrize("hz", [440, 697, 941, 1209, 1633])
def test_one_tone_alone_is_no_key(hz: int) -> None:
    """Not even one of the eight."""
    assert heard(8000, tone(8000, 500, hz)) == ""


def test_two_tones_of_a_group_are_no_key() -> None:
    """Nor is a dial tone."""
    assert heard(8000, tone(8000, 500, 697) + tone(8000, 500, 852)) == ""
    assert heard(8000, tone(8000, 500, 350) + tone(8000, 500, 440)) == ""


def test_keys_are_heard_through_noise() -> None:
    """15 dB below them."""
    parts = np.concatenate(pressed(16000, 60, 60))
    assert heard(16000, parts + noise(16000, len(parts) / 16, 0.03)) == ALL


@pytest.mark.parametrize("rate", RATES)
def test_speech_and_noise_are_no_keys(rate: int) -> None:
    """A sentence at any speed that a voice may have, and twenty seconds of noise."""
    sentence = np.frombuffer(recording_bytes(rate), "<i2") / 32768
    for factor in (0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4):
        places = np.arange(0, len(sentence) - 1, factor)
        assert heard(rate, np.interp(places, np.arange(len(sentence)), sentence)) == ""
    assert heard(rate, noise(rate, 20_000)) == ""


@pytest.mark.parametrize("factor", [0.9, 1.0, 1.1])
def test_no_key_in_three_minutes_of_speech(factor: float) -> None:
    """All sentences of the menu; one of them holds something that is nearly a key."""
    for path in sorted(PROMPTS.glob("*.ogg")):
        sentence = np.frombuffer(decode(str(path), 16000, path.name, 60), "<i2") / 32768
        places = np.arange(0, len(sentence) - 1, factor)
        assert heard(16000, np.interp(places, np.arange(len(sentence)), sentence)) == "", path.name


def test_what_is_very_quiet_is_no_key() -> None:
    """Crosstalk of another line, 60 dB below."""
    assert heard(8000, np.concatenate(pressed(8000, 60, 60)) * 0.001) == ""


def test_so_many_are_kept() -> None:
    """Who whistles keys for hours fills nothing; all are counted."""
    listener = KeysInBand(8000)
    listener.hear(samples(8000, *pressed(8000, 60, 60) * 5))
    assert listener.count == 80
    assert listener.keys == ALL * (MOST_KEYS // 16)
