"""The shape of a load, and what one sample says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.loading import Mode, Sample, Shape
from tests.bench.samples import PLAIN, with_p99

PRINTED = {
    "calls": 2,
    "seconds": 2.0,
    "frames": 200,
    "sent": 300,
    "returned": 299,
    "lost": 1,
    "altered": 0,
    "disordered": 0,
    "ended": 0,
    "first_end": "",
    "trips": None,
    "lateness": None,
    "server": {"cpu": 0.5, "waited": 0.25, "switches": 7},
    "load": {"cpu": 0.75, "waited": 0.125, "switches": 9},
    "rss_before": 1000,
    "rss_after": 3000,
}


def test_a_sample_is_what_the_load_printed() -> None:
    """Server and load are kept apart, and the shares follow."""
    sample = Sample.of(PRINTED)
    assert (sample.cpu, sample.waited, sample.wakeups) == (0.5, 0.25, 7)
    assert (sample.load_cpu, sample.load_waited) == (0.75, 0.125)
    assert sample.us_per_frame == 2500
    assert sample.share == 0.25
    assert not sample.is_intact


@pytest.mark.parametrize(
    ("mode", "last"), [(Mode.PACED, "0.5"), (Mode.CLOSED, "--closed"), (Mode.IDLE, "--idle")]
)
def test_a_shape_is_told_in_words(mode: Mode, last: str) -> None:
    """Calls, seconds and warming up always; pacing is what the load does unless told otherwise."""
    words = Shape(mode, 20, 3.0, 0.5).words()
    assert words[:6] == ["--calls", "20", "--seconds", "3.0", "--warmup", "0.5"]
    assert words[-1] == last


@pytest.mark.parametrize(
    ("sample", "limit"),
    [
        (PLAIN, ""),
        (replace(PLAIN, cpu=0.95), "server"),
        (replace(PLAIN, load_cpu=0.95), "load"),
        (replace(PLAIN, cpu=0.95, load_cpu=0.95), "server"),
        (with_p99(PLAIN, late=2.1), "load"),
        (replace(PLAIN, waited=0.06), "machine"),
        (replace(PLAIN, load_waited=0.06), "machine"),
    ],
)
def test_the_limit_of_a_sample(sample: Sample, limit: str) -> None:
    """A full server is the limit, a late or full load is, and a machine that others use spoils both."""
    assert sample.limit == limit
