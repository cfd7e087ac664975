"""How loud, how silent, and whether tops are cut off."""

from __future__ import annotations

import numpy as np
import pytest

from echo.audio.format import RATES
from echo.audio.level import FLOOR_DBFS
from echo.audio.levels import Levels
from echo.audio.loudness import Loudness
from tests.audio.waves import frames, noise, silence, tone
from tests.speech.recordings import recording_bytes


def measured(rows: np.ndarray, together: int = 25) -> Loudness:
    """What is told of these frames."""
    levels = Levels()
    for at in range(0, len(rows), together):
        levels.measure(rows[at : at + together])
    return levels.loudness()


def test_nothing_was_heard_yet() -> None:
    """Before the first frame there is no level and no peak."""
    told = Levels().loudness()
    assert told == Loudness()
    assert told.silent_percent == 0


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("amplitude", "level"), [(1.0, -3.01), (0.5, -9.03), (0.01, -43.01)])
def test_a_sine_has_the_level_that_it_has(rate: int, amplitude: float, level: float) -> None:
    """At full scale -3 dBFS, at half of it 6 dB less; its peak is 3 dB above."""
    told = measured(frames(rate, tone(rate, 1000, 1000, amplitude)))
    assert told.level_dbfs == pytest.approx(level, abs=0.05)
    assert told.peak_dbfs == pytest.approx(level + 3.01, abs=0.05)
    assert (told.seconds, told.silent_seconds, told.clipped_seconds) == (1.0, 0, 0)


@pytest.mark.parametrize("together", [1, 7, 25, 50])
def test_silence_does_not_lower_the_level(together: int) -> None:
    """The level is that of the frames with sound; the silent ones are counted, and the longest stretch is found."""
    rows = frames(
        8000, tone(8000, 400, 440), silence(8000, 700), tone(8000, 100, 440), noise(8000, 300, 0.0005)
    )
    told = measured(rows, together)
    assert told.level_dbfs == pytest.approx(-13.47, abs=0.1)
    assert told.silent_seconds == pytest.approx(1.0)
    assert told.longest_silence == pytest.approx(0.7)
    assert told.silent_percent == pytest.approx(100 / 1.5)


def test_digital_silence_has_no_level() -> None:
    """Where all is silent there is none, and the peak is at the floor."""
    told = measured(frames(8000, silence(8000, 1000)))
    assert told.level_dbfs is None
    assert told.peak_dbfs == FLOOR_DBFS
    assert told.longest_silence == pytest.approx(1.0)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("ceiling", [32767 / 32768, 32124 / 32768])
def test_tops_that_are_cut_off_are_clipping(rate: int, ceiling: float) -> None:
    """At full scale, and at the loudest that G.711 has; in each frame of a tone that is 6 dB too loud."""
    too_loud = (tone(rate, 500, 440, 2.0)).clip(-ceiling, ceiling)
    told = measured(frames(rate, tone(rate, 500, 440), too_loud))
    assert told.clipped_seconds == pytest.approx(0.5)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hz", [100, 440, 1000, 3400])
def test_a_loud_sine_is_no_clipping(rate: int, hz: int) -> None:
    """Its tops are round, as near to full scale as they may be."""
    assert measured(frames(rate, tone(rate, 500, hz, 1.0))).clipped_seconds == 0


def test_a_quiet_square_wave_is_no_clipping() -> None:
    """Flat tops are that near full scale only."""
    assert measured(frames(8000, np.sign(tone(8000, 500, 440)) * 0.5)).clipped_seconds == 0


@pytest.mark.parametrize("rate", RATES)
def test_speech(rate: int) -> None:
    """A recorded sentence is as loud at each rate, and neither silent nor clipped."""
    rows = np.frombuffer(recording_bytes(rate), "<i2")
    told = measured(rows[: len(rows) // (rate // 50) * (rate // 50)].reshape(-1, rate // 50))
    assert told.level_dbfs == pytest.approx(-22.7, abs=0.2)
    assert told.silent_percent < 20
    assert told.clipped_seconds == 0


def test_the_lowest_sample_is_loud_too() -> None:
    """-32768 has no positive of its own in 16 bits, and is the peak all the same."""
    assert measured(np.full((1, 160), -32768, "<i2")).peak_dbfs == 0
