"""From samples to the figures of a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.summary import limit_of, line, lines
from tests.bench.samples import PLAIN, costing, with_p99


def test_minimum_and_median_are_told() -> None:
    """Of the CPU for a frame, over the rounds."""
    found = line("echo", [costing(30), costing(10), costing(14)], [])
    assert found.us_min == pytest.approx(10)
    assert found.us_median == pytest.approx(14)
    assert found.rounds == 3
    assert found.ratio_min is None
    assert found.ratio_median is None


def test_a_ratio_is_taken_within_a_round() -> None:
    """A slow round of both changes no multiple; the best rounds are compared with each other."""
    found = line("echo", [costing(20), costing(60), costing(15)], [costing(10), costing(30), costing(5)])
    assert found.ratio_median == pytest.approx(2)
    assert found.ratio_min == pytest.approx(3)


def test_disturbed_rounds_count_only_where_there_is_no_other() -> None:
    """They look cheap, since frames gather while a server waits for its core."""
    busy = replace(costing(5), waited=0.5)
    found = line("echo", [busy, costing(20)], [costing(10), costing(10)])
    assert found.us_min == pytest.approx(20)
    assert found.us_median == pytest.approx(20)
    assert found.ratio_min == pytest.approx(2)
    assert found.ratio_median == pytest.approx(2)
    found = line("echo", [costing(20), costing(30)], [replace(costing(5), load_waited=0.5), costing(10)])
    assert found.ratio_min == pytest.approx(2)
    assert found.ratio_median == pytest.approx(3)
    assert line("echo", [busy], [costing(10)]).ratio_median == pytest.approx(0.5)


def test_memory_is_told_by_call() -> None:
    """2 MB for 200 calls are 10 kB each."""
    found = line("echo", [PLAIN], [PLAIN])
    assert found.memory == 10_000
    assert found.grown == 2_000_000


def test_idle_calls_have_no_ratio_and_no_round_trip() -> None:
    """Nothing is divided by zero frames."""
    idle = replace(PLAIN, frames=0, cpu=0.0, trips=None, lateness=None)
    found = line("echo", [idle], [idle])
    assert (found.ratio_min, found.p50, found.p99) == (None, None, None)


def test_idle_calls_have_no_ratio_when_the_yardstick_woke() -> None:
    """What was left to do when the span began is no yardstick, in one round or in all."""
    idle = replace(PLAIN, frames=0, cpu=0.0, trips=None, lateness=None)
    woken = replace(idle, cpu=1e-5)
    assert line("echo", [woken, woken], [idle, woken]).ratio_min is None
    assert line("echo", [woken], [woken]).ratio_min is None


def test_rounds_are_not_mixed_when_one_failed() -> None:
    """Slow and quick rounds would be divided by each other; the best rounds still tell something."""
    found = line("echo", [costing(30), costing(10)], [costing(10), costing(30), costing(10)])
    assert found.ratio_min == pytest.approx(1)
    assert found.ratio_median is None


def test_everything_wrong_is_counted() -> None:
    """Lost, altered, disordered and ended, of all rounds."""
    found = line("echo", [replace(PLAIN, lost=1, altered=2), replace(PLAIN, disordered=4, ended=8)], [])
    assert found.wrong == 15


def test_a_server_without_a_sample_is_left_out() -> None:
    """As one that did not start."""
    assert list(lines({"c": [PLAIN], "echo": []}, "c")) == ["c"]


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ((), ""),
        (("", "", "server"), ""),
        (("server", "load", "server"), "server"),
        (("machine", "machine", ""), "others at work"),
    ],
)
def test_the_limit_of_most_rounds(limits: tuple[str, ...], told: str) -> None:
    """One busy round of many is not told."""
    assert limit_of(limits) == told


def test_round_trips_are_of_rounds_whose_load_kept_time() -> None:
    """A load that was late measures itself; where each was, there is nothing better."""
    late = with_p99(PLAIN, trips=1.0, late=50.0)
    found = line("echo", [late, with_p99(PLAIN, trips=4.0), with_p99(PLAIN, trips=6.0)], [])
    assert (found.p99_min, found.p99) == (4.0, 5.0)
    assert line("echo", [late], []).p99_min == 1.0
    stolen = replace(with_p99(PLAIN, trips=1.0), stolen=0.2)
    assert line("echo", [stolen, with_p99(PLAIN, trips=4.0)], []).p99_min == 4.0
