"""
The report of a load, for machines: one object. Times are milliseconds with three places, shares are of 1.

``null`` stands for what was not measured. Its keys::

    passed        calls were made and no check failed
    exit_status   0 passed, 1 a check failed (an interrupted load fails whole), 2 no call could be made, or none
                  was over when the load was interrupted
    url           what was called
    talked        what the callers said
    duration      of the whole load
    arrivals      rate (a second), poisson, seed (gives the same times again; null if not random)
    calls         wanted, begun, connected, completed, goodbye (the application hung up), interrupted, failed,
                  most_at_once
    reasons       of calls that failed: fate ("not connected", "ended early"), reason, calls; most frequent first
    events_failed webhooks of events that failed
    setup         ncco, upgrade, first_audio: p50, p95, p99, max, count of each
    reconnects    sockets that were lost and connected again: p50, p95, p99, max of the silence heard, count
    round_trip    p50, p95, p99, max of the frames that came back; frames: how many were measured
    frames        out, in, echoed, lost, repeated, reordered, altered; crossed: how many of the first 1000
                  altered ones had been said in another call
    jitter        the largest of a call (RFC 3550)
    gaps          count of those over 60 ms in all calls, and the longest
    underruns, overflowed   of all calls
    queue_peak    the most messages that waited to be played in a call
    intervals     for each ten seconds: begin, end, begun, up, failed, round_trip, frames, late, cpu, waited
    phone         bottleneck (true: the times are about the phone), why; late: p99, max of how late its frames
                  left; cpu: its share of a core; cpu_per_frame: for a frame there and back, set-up included, in
                  microseconds; waited: the share of the time that others kept it waiting for a core, or null
    interrupted   somebody stopped the load
    problem       why there was no call at all, or null
    checks        name, passed (null: not tried, or only told), sentence of each
"""

from __future__ import annotations

from dataclasses import dataclass, field

from echo.phone.load import bottleneck
from echo.phone.load.counts import Counts, Usage
from echo.phone.load.figures import Figures, Interval, Times
from echo.phone.load.judging import exit_status, judge, problem
from echo.phone.load.terms import Terms
from echo.phone.verdict.check import Check
from echo.phone.verdict.figures import milliseconds
from echo.untrusted import Json


@dataclass
class LoadReport:
    """
    A load, judged.

    Attributes:
        terms: what was asked for.
        figures: what was measured; its last interval is closed.
        interrupted: somebody stopped it.
        checks: made here.
    """

    terms: Terms
    figures: Figures
    interrupted: bool = False
    checks: list[Check] = field(init=False)

    def __post_init__(self) -> None:
        """Judge."""
        self.checks = judge(self.terms, self.figures, interrupted=self.interrupted)

    @property
    def exit_status(self) -> int:
        """0 passed, 1 a check failed, 2 no call could be made, or none was over when somebody stopped the load."""
        return exit_status(self.figures, self.checks)

    def to_json(self) -> dict[str, Json]:
        """Give the report as one JSON object; its keys are at the top of this module."""
        terms, figures = self.terms, self.figures
        return {
            "passed": self.exit_status == 0,
            "exit_status": self.exit_status,
            "url": terms.url,
            "talked": terms.talked,
            "duration": milliseconds(figures.usage().at),
            "arrivals": {"rate": round(terms.rate, 6), "poisson": terms.poisson, "seed": terms.seed},
            "calls": _calls(terms, figures),
            "reasons": _reasons(figures),
            "events_failed": figures.events_failed,
            "setup": _setup(figures),
            "reconnects": _times(Times.of(figures.silence)),
            "round_trip": _times(Times.of(figures.all_trips), "frames"),
            **_audio(figures),
            "intervals": [_interval(interval) for interval in figures.intervals],
            "phone": _phone(figures),
            "interrupted": self.interrupted,
            "problem": problem(figures),
            "checks": [
                {"name": check.name, "passed": check.passed, "sentence": check.sentence}
                for check in self.checks
            ],
        }


def _calls(terms: Terms, figures: Figures) -> dict[str, Json]:
    fates = figures.fates
    return {
        "wanted": terms.calls,
        "begun": figures.begun,
        "connected": figures.connected,
        "completed": fates.counts["completed"],
        "goodbye": fates.counts["goodbye"],
        "interrupted": fates.counts["interrupted"],
        "failed": fates.failed,
        "most_at_once": figures.most_up,
    }


def _reasons(figures: Figures) -> list[Json]:
    return [
        {"fate": fate, "reason": reason, "calls": number}
        for (fate, reason), number in figures.fates.reasons.most_common()
    ]


def _setup(figures: Figures) -> dict[str, Json]:
    return {
        "ncco": _times(Times.of(figures.ncco)),
        "upgrade": _times(Times.of(figures.upgrade)),
        "first_audio": _times(Times.of(figures.first_audio)),
    }


def _times(times: Times, number: str = "count") -> dict[str, Json]:
    return {
        "p50": milliseconds(times.p50),
        "p95": milliseconds(times.p95),
        "p99": milliseconds(times.p99),
        "max": milliseconds(times.longest),
        number: times.count,
    }


def _audio(figures: Figures) -> dict[str, Json]:
    counts = figures.counts
    return {
        "frames": {**_frames(counts), "crossed": figures.crossings.found},
        "jitter": milliseconds(figures.jitter),
        "gaps": {"count": counts.gaps, "longest": milliseconds(figures.longest_gap)},
        "underruns": counts.underruns,
        "overflowed": counts.overflowed,
        "queue_peak": figures.queue_peak,
    }


def _frames(counts: Counts) -> dict[str, Json]:
    return {
        "out": counts.said,
        "in": counts.returned,
        "echoed": counts.echoed,
        "lost": counts.lost,
        "repeated": counts.repeated,
        "reordered": counts.reordered,
        "altered": counts.altered,
    }


def _interval(interval: Interval) -> dict[str, Json]:
    return {
        "begin": milliseconds(interval.begin),
        "end": milliseconds(interval.end),
        "begun": interval.begun,
        "up": interval.up,
        "failed": interval.failed,
        "round_trip": _times(interval.trips, "frames"),
        "frames": _frames(interval.counts),
        "late": _late(interval.late),
        **_usage(interval.usage),
    }


def _phone(figures: Figures) -> dict[str, Json]:
    why = bottleneck.reasons(figures)
    frames, usage = figures.counts.said, figures.usage()
    return {
        "bottleneck": bool(why),
        "why": [*why],
        "late": _late(Times.of(figures.all_late)),
        **_usage(usage),
        "cpu_per_frame": round(usage.cpu / frames * 1e6, 1) if frames else None,
    }


def _late(times: Times) -> dict[str, Json]:
    return {"p99": milliseconds(times.p99), "max": milliseconds(times.longest)}


def _usage(usage: Usage) -> dict[str, Json]:
    waited = usage.waited_share
    return {"cpu": round(usage.cpu_share, 4), "waited": None if waited is None else round(waited, 4)}
