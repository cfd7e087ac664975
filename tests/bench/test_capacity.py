"""The search for the most calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.capacity import Found, is_carried, search
from bench.loading import Sample
from tests.bench.samples import PLAIN, with_p99


def carrying(most: int, failed: Sample | None) -> tuple[Callable[[int], Sample | None], list[int]]:
    """A server that carries so many calls, and the numbers with which it was tried."""
    tried: list[int] = []

    def probe(calls: int) -> Sample | None:
        tried.append(calls)
        return PLAIN if calls <= most else failed

    return probe, tried


LATE = replace(with_p99(PLAIN, trips=30.0), cpu=0.99)


def test_it_doubles_and_bisects() -> None:
    """What fails is tried twice, and the answer is within 5 % below what is carried."""
    probe, tried = carrying(430, LATE)
    found = search(probe)
    assert tried == [100, 200, 400, 800, 800, 600, 600, 500, 500, 450, 450, 425, 437, 437]
    assert found == Found(425, 2.0, 437, "server")
    assert found.limit_in_words == "server was the limit at 437"


@pytest.mark.parametrize("most", [0, 1, 7, 99, 100, 101, 1234, 12799])
def test_the_answer_is_near(most: int) -> None:
    """From below, and never more than what is carried."""
    found = search(carrying(most, LATE)[0])
    assert found.calls <= most
    assert found.failed_at > most
    assert found.failed_at - found.calls <= max(1, 0.05 * found.calls)


def test_one_failure_is_forgiven() -> None:
    """Others use the machine as well."""
    seen = iter([None, PLAIN, *[LATE] * 100])
    assert search(lambda _: next(seen), first=100, most=100).calls == 100


def test_a_server_that_had_more_to_give_is_tried_longer() -> None:
    """Four times; what kept it back was the machine."""
    probe, tried = carrying(50, replace(LATE, waited=0.5))
    search(probe, first=100, most=100)
    assert tried[:5] == [100, 100, 100, 100, 50]


def test_it_gives_up_at_the_largest_number() -> None:
    """And says that nothing was the limit."""
    found = search(carrying(10**9, None)[0])
    assert found == Found(12800, 2.0, 0, "")
    assert found.limit_in_words == "nothing: no more were tried"


@pytest.mark.parametrize(
    ("failed", "limit"),
    [
        (None, "server"),
        (LATE, "server"),
        (with_p99(LATE, late=25.0), "load"),
        (replace(LATE, waited=0.5), "machine"),
        (replace(with_p99(LATE, late=25.0), load_waited=0.5), "machine"),
    ],
)
def test_the_limit_is_told(failed: Sample | None, limit: str) -> None:
    """A server that fell over or was full, a load that did not keep up, a machine that others use."""
    assert search(carrying(150, failed)[0]).limit == limit


@pytest.mark.parametrize(
    "sample",
    [
        None,
        replace(PLAIN, lost=1),
        replace(PLAIN, altered=1),
        replace(PLAIN, disordered=1),
        replace(PLAIN, ended=1),
        replace(PLAIN, trips=None),
        with_p99(PLAIN, trips=20.0),
        with_p99(PLAIN, late=20.0),
    ],
)
def test_what_is_not_carried(sample: Sample | None) -> None:
    """Anything lost, late, or never asked of the server."""
    assert is_carried(PLAIN)
    assert not is_carried(sample)
