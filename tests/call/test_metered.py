"""What a meter tells, for machines and for people."""

from __future__ import annotations

import pytest

from echo.audio.drift import ClockDrift
from echo.audio.loudness import Loudness
from echo.call.metered import Metered, as_json, explain
from echo.privacy import MASKED

SPEECH = Loudness(60.0, -23.44, -3.14, 0.0, 24.0, 2.46)
CLIPPED = Loudness(60.0, -5.0, 0.0, 1.5, 0.0, 0.0)


@pytest.mark.parametrize(
    ("metered", "told"),
    [
        (Metered(), "heard nothing, said nothing"),
        (
            Metered(heard=SPEECH),
            "heard -23.4 dBFS (peak -3.1, 40 % silent, 2.5 s at the longest), said nothing",
        ),
        (
            Metered(said=CLIPPED),
            "heard nothing, said -5.0 dBFS (peak 0.0, 0 % silent, 0.0 s at the longest, clipped for 1.50 s)",
        ),
        (
            Metered(heard=Loudness(9.0, None, -96.0, 0.0, 9.0, 9.0)),
            "heard silence for 9.0 s, said nothing",
        ),
        (Metered(keys="12", key_count=2), "heard nothing, said nothing, keys in band 12"),
        (Metered(keys="12", key_count=3), "heard nothing, said nothing, keys in band 12..."),
        (
            Metered(drift=ClockDrift(-41.6, 2.2)),
            "heard nothing, said nothing, clock -42 ppm (within 2)",
        ),
    ],
)
def test_in_one_line(metered: Metered, told: str) -> None:
    """Of each side its level, and of the rest only what there is."""
    assert explain(metered) == told


def test_keys_are_private() -> None:
    """A masked log tells that there were some."""
    assert (
        explain(Metered(keys="4111", key_count=4), MASKED) == "heard nothing, said nothing, keys in band ***"
    )


def test_as_json() -> None:
    """Everything is there, rounded to what it means."""
    assert as_json(Metered(heard=SPEECH, keys="1", key_count=1, drift=ClockDrift(12.345, 0.678))) == {
        "heard": {
            "seconds": 60.0,
            "level_dbfs": -23.4,
            "peak_dbfs": -3.1,
            "clipped_seconds": 0.0,
            "silent_seconds": 24.0,
            "longest_silence_seconds": 2.46,
        },
        "said": {
            "seconds": 0.0,
            "level_dbfs": None,
            "peak_dbfs": None,
            "clipped_seconds": 0.0,
            "silent_seconds": 0.0,
            "longest_silence_seconds": 0.0,
        },
        "keys_in_band": "1",
        "keys_in_band_count": 1,
        "clock_ppm": 12.3,
        "clock_ppm_within": 0.7,
    }


def test_without_a_clock() -> None:
    """What is not known is null."""
    told = as_json(Metered())
    assert told["clock_ppm"] is None
    assert told["clock_ppm_within"] is None
