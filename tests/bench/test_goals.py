"""What was to be reached, against what was measured."""

from __future__ import annotations

from dataclasses import replace

from bench.capacity import Found
from bench.goals import outcomes
from bench.loading import Sample
from bench.rest import Rest
from bench.results import Results
from tests.bench.samples import PLAIN, costing, with_p99


def told(**rows: dict[str, Sample]) -> dict[str, tuple[str, bool]]:
    """The outcomes of rows with one round, by goal; underscores stand for dashes."""
    seen = {
        row.replace("_", "-"): {peer: [sample] for peer, sample in peers.items()}
        for row, peers in rows.items()
    }
    return {outcome.goal: (outcome.seen, outcome.is_met) for outcome in outcomes(Results({}, rows=seen))}


def test_nothing_measured_is_no_outcome() -> None:
    """Neither met nor missed."""
    assert told() == {}
    assert told(closed_100={"c": PLAIN}) == {}


def test_the_cost_is_a_multiple_of_the_yardstick() -> None:
    """1.5 of it in closed loop is met, more is missed."""
    goal = "CPU a frame in closed loop, times C: at most 1.5"
    assert told(closed_100={"c": costing(10), "echo": costing(15)})[goal] == ("1.50, median 1.50", True)
    assert told(closed_100={"c": costing(10), "echo": costing(15.1)})[goal] == ("1.51, median 1.51", False)


def test_peers_that_are_as_cheap_are_named() -> None:
    """Ahead means cheaper; a peer that was not measured is not claimed."""
    rows = {"c": costing(10), "echo": costing(12), "picows": costing(12), "ws": costing(20)}
    seen, is_met = told(paced_200=rows)["CPU a frame at 200 calls: cheaper than picows, ws"]
    assert (seen, is_met) == ("not than picows", False)
    rows["picows"] = costing(12.1)
    assert told(paced_200=rows)["CPU a frame at 200 calls: cheaper than picows, ws"] == ("yes", True)


def test_round_trips_have_their_bounds() -> None:
    """5 ms for the 99th percentile, and less than npm ws at 500 calls."""
    rows = {"echo": with_p99(PLAIN, trips=5.1), "ws": with_p99(PLAIN, trips=6.0)}
    seen = told(paced_500=rows)
    assert seen["round trip at 500 calls, p99: at most 5 ms"] == ("5.10 ms, median 5.10", False)
    assert seen["round trip at 500 calls, p99: under that of npm ws"] == ("5.10 ms, npm ws 6.00 ms", True)
    assert not told(paced_10={"echo": PLAIN})["round trip at 10 calls, p50: at most 0.3 ms"][1]


def test_memory_has_its_bounds() -> None:
    """16 kB a call, and 40 MB for 2,000 of them."""
    many = replace(PLAIN, calls=2000, rss_after=PLAIN.rss_before + 41_000_000)
    seen = told(paced_200={"echo": PLAIN}, idle_2000={"echo": many})
    assert seen["memory a call, 200 calls: at most 16 kB"] == ("10.0 kB", True)
    assert seen["2,000 idle calls: at most 40 MB"] == ("41.0 MB", False)


def test_the_cost_may_not_grow_with_the_calls() -> None:
    """By 15 % at most, between 100 and 1,000 calls."""
    rows = {"paced_100": {"echo": costing(10)}, "paced_1000": {"echo": costing(11.6)}}
    assert told(**rows)["CPU a frame at 1,000 calls against 100: at most 1.15 times"] == ("1.16 times", False)


def test_most_calls_and_rest() -> None:
    """Three times plain Autobahn's, with the limit; and the daemon without calls."""
    rest = Rest(start=0.9, memory=65_000_000, share=0.001)
    found = Results({}, rest=rest)
    found.capacity = {"echo": Found(900, 9.0, 940, "load"), "autobahn": Found(300, 9.0, 310, "server")}
    seen = [(outcome.seen, outcome.is_met) for outcome in outcomes(found)]
    assert seen == [
        ("900 calls, 3.0 times; load was the limit at 940", True),
        ("0.10 % of a core", True),
        ("0.90 s", True),
        ("65.0 MB", False),
    ]
