"""Figures of a report: percentiles, and times in milliseconds."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(ordered: Sequence[float], percent: float) -> float | None:
    """Take a percentile by the nearest rank of values in ascending order; ``None`` of none."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def milliseconds(seconds: float | None) -> float | None:
    """Give seconds in milliseconds with three places; ``None`` for what is no finite number."""
    if seconds is None or not math.isfinite(seconds):
        return None
    return round(seconds * 1000, 3)


def ms(seconds: float) -> str:
    """Write a time for a sentence: ``0.42 ms``, ``37.1 ms``, ``250 ms``, ``3.1 s``."""
    value = seconds * 1000
    if abs(value) >= 1000:
        return f"{seconds:.1f} s"
    if abs(value) >= 100:
        return f"{value:.0f} ms"
    return f"{value:.1f} ms" if abs(value) >= 10 else f"{value:.2f} ms"


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun: ``1 frame``, ``500 frames``, ``2 replies``."""
    return f"{number} {one if number == 1 else many or one + 's'}"
