"""
The innocent calls: the phone's own load, in a process of its own, which tells each second as a line of JSON.

    python -m soak.innocents ws://127.0.0.1:8000/socket CALLS RATE LASTS

The last line is the report of ``echo-phone load``.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from echo.phone.load.figures import Interval, Times
from echo.phone.load.machine import few_pauses
from echo.phone.load.progress import Silent
from echo.phone.load.run import load, terms_of
from echo.phone.order import CallOrder, LoadOrder
from echo.phone.reactor import run

#: Seconds.
EVERY = 1.0


class EachSecond(Silent):
    """Tells each second."""

    def interval(self, interval: Interval) -> None:
        """Write it as one line."""
        tell(told(interval))


def told(interval: Interval) -> dict[str, Any]:
    """What is told of a second: the names are those of :class:`soak.second.Second`."""
    counts = interval.counts
    return {
        "at": round(interval.end, 2),
        "up": interval.up,
        "failed": interval.failed,
        "p50_ms": _ms(interval.trips.p50),
        "p99_ms": _ms(interval.trips.p99),
        "late_ms": _ms(_p99(interval.late)),
        "lost": counts.lost,
        "altered": counts.altered,
        "reordered": counts.reordered,
        "repeated": counts.repeated,
    }


def tell(what: dict[str, Any]) -> None:
    """Write one line, at once."""
    print(json.dumps(what), flush=True)


def _p99(times: Times) -> float | None:
    return times.p99


def _ms(seconds: float | None) -> float:
    return round(1000 * (seconds or 0.0), 2)


def main(words: list[str]) -> None:
    """Make the calls."""
    url, calls, rate, lasts = words
    call = CallOrder(url, duration=float(lasts), expect="echo", hangup="close")
    order = LoadOrder(call, int(calls), arrivals=float(rate))
    terms = terms_of(order, 0)
    with few_pauses():
        report = run(lambda reactor, stop: load(reactor, order, terms, stop, EachSecond(), every=EVERY))
    tell({"report": report.to_json()})


if __name__ == "__main__":
    main(sys.argv[1:])
