"""Whether a figure grows: a line through it that single outliers do not turn, and how sure its slope is."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

#: Standard deviations of the interval that holds the true slope in 95 of 100 cases.
_SURE = 1.96


@dataclass(frozen=True)
class Slope:
    """The slope, and the interval in which it is with a probability of 95 %; units are those of the points."""

    value: float
    low: float
    high: float


def slope(points: Sequence[tuple[float, float]]) -> Slope | None:
    """
    Fit a line: the median of the slopes between all pairs of points.

    The interval is from the same slopes, by the variance of Kendall's statistic (P. K. Sen, Estimates of the
    Regression Coefficient Based on Kendall's Tau, Journal of the American Statistical Association 63, 1968).

    Args:
        points: x and y; no x comes twice.

    Returns:
        ``None`` where there are fewer than three points: nothing can be said of them.
    """
    if len(points) < 3:
        return None
    slopes = sorted((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2))
    n = len(points)
    within = _SURE * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low = math.floor((len(slopes) - within) / 2) - 1
    high = math.ceil((len(slopes) + within) / 2)
    return Slope(
        statistics.median(slopes),
        slopes[low] if low >= 0 else -math.inf,
        slopes[high] if high < len(slopes) else math.inf,
    )


def by_minute(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Take the median of each minute, with the minute's middle: x in seconds, whole minutes only."""
    minutes: dict[int, list[float]] = {}
    for x, y in points:
        minutes.setdefault(int(x // 60), []).append(y)
    first, last = (int(points[0][0] // 60), int(points[-1][0] // 60)) if points else (0, 0)
    whole = {number: values for number, values in minutes.items() if first < number < last}
    return [(60 * number + 30, statistics.median(values)) for number, values in sorted(whole.items())]
