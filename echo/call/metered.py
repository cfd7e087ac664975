"""What the meter of a call tells, for the list of calls and for the line that explains an end."""

from __future__ import annotations

from dataclasses import dataclass

from echo.audio.drift import ClockDrift
from echo.audio.loudness import NOTHING, Loudness
from echo.privacy import SHOWN, Privacy
from echo.untrusted import Json


@dataclass(frozen=True, slots=True)
class Metered:
    """
    What was measured of a call's sound.

    Attributes:
        heard: what the caller said.
        said: what was said to them; some of it may have been dropped, or cleared, before they heard it.
        keys: heard in the sound of the caller, whether or not the provider told of them too; the first 64.
        key_count: how many these were.
        drift: of the provider's clock against ours; ``None`` before ten seconds.
    """

    heard: Loudness = NOTHING
    said: Loudness = NOTHING
    keys: str = ""
    key_count: int = 0
    drift: ClockDrift | None = None


def as_json(metered: Metered) -> dict[str, Json]:
    """Write it for the list of calls."""
    drift = metered.drift
    return {
        "heard": _side(metered.heard),
        "said": _side(metered.said),
        "keys_in_band": metered.keys,
        "keys_in_band_count": metered.key_count,
        "clock_ppm": None if drift is None else round(drift.ppm, 1),
        "clock_ppm_within": None if drift is None else round(drift.within, 1),
    }


def explain(metered: Metered, privacy: Privacy = SHOWN) -> str:
    """Tell it in one line, as in ``heard -23.4 dBFS (peak -3.1, 41 % silent), said nothing, clock +12 ppm``."""
    told = [f"heard {_told(metered.heard)}", f"said {_told(metered.said)}"]
    if metered.keys:
        more = "..." if metered.key_count > len(metered.keys) else ""
        told.append(f"keys in band {privacy.words(metered.keys)}{more}")
    if metered.drift is not None:
        told.append(f"clock {metered.drift.ppm:+.0f} ppm (within {metered.drift.within:.0f})")
    return ", ".join(told)


def _side(loudness: Loudness) -> dict[str, Json]:
    return {
        "seconds": round(loudness.seconds, 2),
        "level_dbfs": _rounded(loudness.level_dbfs),
        "peak_dbfs": _rounded(loudness.peak_dbfs),
        "clipped_seconds": round(loudness.clipped_seconds, 2),
        "silent_seconds": round(loudness.silent_seconds, 2),
        "longest_silence_seconds": round(loudness.longest_silence, 2),
    }


def _rounded(level: float | None) -> float | None:
    return None if level is None else round(level, 1)


def _told(loudness: Loudness) -> str:
    if not loudness.seconds:
        return "nothing"
    if loudness.level_dbfs is None or loudness.peak_dbfs is None:
        return f"silence for {loudness.seconds:.1f} s"
    clipped = f", clipped for {loudness.clipped_seconds:.2f} s" if loudness.clipped_seconds else ""
    silent = f"{loudness.silent_percent:.0f} % silent, {loudness.longest_silence:.1f} s at the longest"
    return f"{loudness.level_dbfs:.1f} dBFS (peak {loudness.peak_dbfs:.1f}, {silent}{clipped})"
