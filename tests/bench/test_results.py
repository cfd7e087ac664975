"""Results are kept, and compared with those that were published."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import run
from bench.capacity import Found
from bench.loading import Sample
from bench.rest import Rest
from bench.results import Results
from bench.short import judge
from tests.bench.samples import PLAIN, costing


def results(**costs: float) -> Results:
    """One round of paced-200 in which each peer has this cost, in microseconds."""
    seen: dict[str, list[Sample]] = {peer: [costing(us)] for peer, us in costs.items()}
    return Results({"date": "2026-11-23"}, rows={"paced-200": seen})


def test_they_are_read_as_they_were_saved(tmp_path: Path) -> None:
    """Samples, searches and rest, in a folder that is made."""
    kept = results(c=10, echo=12)
    kept.capacity["echo"] = Found(400, 3.0, 420, "server")
    kept.rest = Rest(0.5, 50_000_000, 0.001)
    kept.missing["ws"] = "Node and npm are not here"
    kept.save(tmp_path / "new" / "results.json")
    assert Results.read(tmp_path / "new" / "results.json") == kept


def test_rows_measured_anew_take_the_place_of_the_older_and_say_when() -> None:
    """All of a row is replaced, since its servers are compared; what was not measured anew stays."""
    kept, newer = results(c=10, echo=12), results(c=11, echo=22)
    kept.rows["paced-500"] = {"c": [PLAIN]}
    kept.about |= {"measured": "8 rounds", "versions": "3.11"}
    newer.about |= {"date": "2026-11-24", "measured": "2 rounds", "versions": "3.13"}
    newer.capacity["echo"] = Found(400, 3.0, 420, "server")
    kept.renew(newer)
    assert kept.rows == newer.rows | {"paced-500": {"c": [PLAIN]}}
    assert kept.capacity == newer.capacity
    assert kept.about["date"] == "2026-11-23"
    assert kept.about["anew, paced, 200 calls"] == "2026-11-24, 2 rounds, 3.13"
    assert kept.about["anew, most calls of echo"] == "2026-11-24, 2 rounds, 3.13"


def test_what_was_not_measured_has_no_line() -> None:
    """Neither a row nor a server."""
    found = results(c=10)
    assert found.line("paced-200", "echo") is None
    assert found.line("closed-100", "c") is None


@pytest.mark.parametrize(("now", "is_good"), [(12, True), (24, True), (24.1, False), (5, True)])
def test_only_a_ratio_that_has_doubled_is_bad(now: float, is_good: bool) -> None:
    """Half as much again may be the build server's own."""
    ((sentence, judged),) = judge(results(c=10, echo=now), results(c=10, echo=12))
    assert judged is is_good
    assert sentence.endswith("it has doubled") is not is_good


def test_the_machine_of_the_build_server_may_be_slower() -> None:
    """Ratios are compared, not microseconds."""
    assert judge(results(c=100, echo=130), results(c=10, echo=12))[0][1]


@pytest.mark.parametrize("published", [results(c=10), results(echo=10), Results({})])
def test_nothing_to_compare_with_is_good(published: Results) -> None:
    """A row that was never published with both."""
    assert judge(results(c=10, echo=500), published) == [("paced-200: nothing to compare with", True)]


def test_a_row_that_could_not_be_measured_is_good() -> None:
    """The tests of the daemon tell what is wrong with it."""
    assert judge(Results({}, rows={"paced-200": {"c": [PLAIN]}}), results(c=10, echo=12))[0][1]


@pytest.mark.parametrize(("doubled", "status"), [(0, 0), (2, 0), (3, 1)])
def test_the_short_form_believes_what_it_sees_three_times(
    monkeypatch: pytest.MonkeyPatch, doubled: int, status: int
) -> None:
    """A build server that was busy for a while does not fail a build."""
    compared = iter([*[1] * doubled, 0])
    monkeypatch.setattr(run, "measured", lambda _options: Results({}))
    monkeypatch.setattr(run, "compare", lambda _found: next(compared))
    assert run.main(["--short"]) == status
