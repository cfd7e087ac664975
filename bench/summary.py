"""From the samples of all rounds to the figures of a table: minimum, median, ratio to the yardstick."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.loading import Sample


@dataclass(frozen=True)
class Line:
    """
    One server in one row. Figures are of the quiet rounds, where there are any; see :func:`quiet`.

    Attributes:
        us_min, us_median: server CPU for an echoed frame, in microseconds.
        ratio_min: the best round of this server as a multiple of the yardstick's best; None without one.
        ratio_median: the median of the multiples within each round; None when one of the two failed in a round.
        p50, p99: round trips in ms, medians of the rounds whose load kept time; None where nothing was sent.
        p99_min: the same of the best round.
        share: of the server's core, median.
        memory: growth of the resident memory for each call, in bytes, median.
        grown: growth of the resident memory by all calls, in bytes, median.
        wrong: frames lost, altered or out of order and calls ended, all rounds together.
        limits: what kept more from being carried, of each round.
    """

    peer: str
    rounds: int
    us_min: float
    us_median: float
    ratio_min: float | None
    ratio_median: float | None
    p50: float | None
    p99: float | None
    p99_min: float | None
    share: float
    memory: float
    grown: float
    wrong: int
    limits: tuple[str, ...]


def quiet(samples: Sequence[Sample]) -> Sequence[Sample]:
    """
    Choose the samples that nobody disturbed, all of them where there are none such.

    While a server waits for its core, frames gather, and one wake-up serves several: paced calls then look cheap.
    """
    return [sample for sample in samples if sample.is_quiet] or samples


def punctual(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Choose, of the quiet samples, those whose load kept time, all where none did: other times are the load's own."""
    return [sample for sample in quiet(samples) if not sample.is_load_late] or quiet(samples)


def _trips(samples: Sequence[Sample], percentile: str) -> list[float]:
    return [sample.trips[percentile] for sample in punctual(samples) if sample.trips]


def _median_of(samples: Sequence[Sample], percentile: str) -> float | None:
    values = _trips(samples, percentile)
    return statistics.median(values) if values else None


def _ratios(samples: Sequence[Sample], yardstick: Sequence[Sample]) -> tuple[float | None, float | None]:
    # CPU of calls without frames is that of whatever was still to do when the span began: no multiple of anything
    if not yardstick or not all(sample.frames and sample.cpu for sample in (*samples, *yardstick)):
        return None, None
    best = min(s.us_per_frame for s in quiet(samples)) / min(s.us_per_frame for s in quiet(yardstick))
    if len(samples) != len(yardstick):
        return best, None  # one failed in some round: which belong together is not known any more
    rounds = list(zip(samples, yardstick, strict=True))
    rounds = [pair for pair in rounds if all(sample.is_quiet for sample in pair)] or rounds
    return best, statistics.median(mine.us_per_frame / other.us_per_frame for mine, other in rounds)


def line(peer: str, samples: Sequence[Sample], yardstick: Sequence[Sample]) -> Line:
    """
    Sum up the rounds of one server.

    Args:
        peer: its name.
        samples: at least one.
        yardstick: the samples of the yardstick in the same rounds, none if it could not run.
    """
    costs = [sample.us_per_frame for sample in quiet(samples)]
    ratio_min, ratio_median = _ratios(samples, yardstick)
    grown = statistics.median(sample.rss_after - sample.rss_before for sample in samples)
    return Line(
        peer=peer,
        rounds=len(samples),
        us_min=min(costs),
        us_median=statistics.median(costs),
        ratio_min=ratio_min,
        ratio_median=ratio_median,
        p50=_median_of(samples, "p50"),
        p99=_median_of(samples, "p99"),
        p99_min=min(_trips(samples, "p99"), default=None),
        share=statistics.median(sample.share for sample in quiet(samples)),
        memory=grown / max(1, samples[0].calls),
        grown=grown,
        wrong=sum(s.lost + s.altered + s.disordered + s.ended for s in samples),
        limits=tuple(sample.limit for sample in samples),
    )


def lines(samples: Mapping[str, Sequence[Sample]], yardstick: str) -> dict[str, Line]:
    """Sum up one row; a server without a sample is left out."""
    base = samples.get(yardstick, ())
    return {peer: line(peer, seen, base) for peer, seen in samples.items() if seen}


def limit_of(limits: Sequence[str]) -> str:
    """What limited most rounds, in words; "" when there was room."""
    if not limits or (most := statistics.mode(limits)) == "":
        return ""
    return {"machine": "others at work"}.get(most, most)
