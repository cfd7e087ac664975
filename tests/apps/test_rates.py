"""PCM brought to another rate: at once, as loud as it was, and without what the new rate cannot carry."""

from __future__ import annotations

import numpy as np
import pytest

from echo.apps.rates import resampler
from echo.audio.format import RATES

PAIRS = [(rate, wanted) for rate in RATES for wanted in RATES if rate != wanted]


def tone(rate: int, hertz: float, seconds: float = 1.0) -> bytes:
    """A sine at half the full scale."""
    return (
        (16000 * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)).astype("<i2").tobytes()
    )


def brought(rate: int, wanted: int, pcm: bytes) -> np.ndarray:
    """It, frame by frame."""
    bring = resampler(rate, wanted)
    assert bring is not None
    size = rate // 50 * 2
    return np.frombuffer(b"".join(bring(pcm[at : at + size]) for at in range(0, len(pcm), size)), "<i2")


def loudness(wave: np.ndarray) -> float:
    """Decibels beside the tone."""
    return float(
        20 * np.log10(np.sqrt(np.mean(wave[1000:].astype(float) ** 2)) / (16000 / np.sqrt(2)) + 1e-9)
    )


@pytest.mark.parametrize(("rate", "wanted"), PAIRS)
def test_a_tone_is_as_loud_as_it_was(rate: int, wanted: int) -> None:
    """Each frame is a whole one, and not more than a millisecond is added."""
    heard = brought(rate, wanted, tone(rate, 1000))
    assert 0 <= len(heard) - wanted <= wanted // 1000
    assert abs(loudness(heard)) < 1


@pytest.mark.parametrize(("rate", "wanted"), [pair for pair in PAIRS if pair[0] > pair[1]])
def test_what_cannot_be_carried_is_taken_away(rate: int, wanted: int) -> None:
    """It would come back as another tone."""
    assert loudness(brought(rate, wanted, tone(rate, min(wanted * 0.75, rate * 0.45)))) < -30


def test_nothing_is_done_where_rates_are_the_same() -> None:
    """There is no function for it."""
    assert resampler(8000, 8000) is None


def test_half_a_sample_is_dropped() -> None:
    """And nothing raised."""
    bring = resampler(8000, 16000)
    assert bring is not None
    assert len(bring(bytes(321))) % 2 == 0
