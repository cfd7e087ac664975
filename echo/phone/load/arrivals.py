"""When the calls of a load begin; randomness is an argument, so the same numbers give the same load."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

#: Calls begin within this time, in seconds, where nobody says how often one does.
SPREAD_SECONDS: Final = 1.0

#: The golden ratio: its multiples fill a circle evenly, however many there are (Weyl's equidistribution theorem).
_GOLDEN: Final = (math.sqrt(5) - 1) / 2


def rate_of(calls: int, rate: float | None) -> float:
    """Tell how many calls begin in a second: as told, or so many that all begin within the first one."""
    return calls / SPREAD_SECONDS if rate is None else rate


def beginnings(calls: int, rate: float | None, uniform: Callable[[], float] | None = None) -> list[float]:
    """
    Tell when each call begins, in seconds since the first one, in order.

    Args:
        calls: how many there are.
        rate: calls a second, on average; ``None`` to begin all of them within about a second.
        uniform: gives random numbers from 0 to below 1: gaps are exponential then, as between the calls of
            many people who know nothing of each other (a Poisson process). Without it they are all equal.
    """
    gap = 1 / rate_of(calls, rate)
    if uniform is None:
        return [number * gap for number in range(calls)]
    times = [0.0]
    while len(times) < calls:
        times.append(times[-1] - math.log(1 - uniform()) * gap)
    return times


def slot_of(number: int, slots: int) -> int:
    """
    Choose when within the 20 ms of a frame a call talks, out of so many slots.

    Arrivals at 10/s are multiples of 20 ms apart: without this all of these calls would talk at once, as real
    ones do not.
    """
    return int(number * _GOLDEN % 1 * slots)


def most_at_once(times: list[float], lasts: float) -> int:
    """Tell how many calls may be up at the same time, where each of them lasts so many seconds at most."""
    most = first = 0
    for number, time in enumerate(times):
        while times[first] + lasts < time:
            first += 1
        most = max(most, number - first + 1)
    return most
