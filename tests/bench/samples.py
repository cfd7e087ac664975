"""Samples for tests, as the load generator might have taken them."""

from __future__ import annotations

from dataclasses import replace

from bench.loading import Sample

#: 200 calls for one second: 10,000 echoes, 10 us each, on a quiet machine.
PLAIN = Sample(
    calls=200,
    seconds=1.0,
    frames=10_000,
    cpu=0.1,
    waited=0.0,
    wakeups=5000,
    load_cpu=0.2,
    load_waited=0.0,
    lost=0,
    altered=0,
    disordered=0,
    ended=0,
    first_end="",
    trips={"p50": 1.0, "p90": 1.5, "p99": 2.0, "p99.9": 3.0, "max": 4.0},
    lateness={"p50": 0.1, "p90": 0.1, "p99": 0.2, "p99.9": 0.3, "max": 0.4},
    rss_before=50_000_000,
    rss_after=52_000_000,
)


def costing(us: float) -> Sample:
    """A sample with this CPU for a frame, in microseconds."""
    return replace(PLAIN, cpu=us * PLAIN.frames / 1e6)


def with_p99(sample: Sample, trips: float | None = None, late: float | None = None) -> Sample:
    """A sample with other 99th percentiles of its round trips and its lateness, in ms."""
    assert sample.trips is not None
    assert sample.lateness is not None
    return replace(
        sample,
        trips=sample.trips | ({} if trips is None else {"p99": trips}),
        lateness=sample.lateness | ({} if late is None else {"p99": late}),
    )
