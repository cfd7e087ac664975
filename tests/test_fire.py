"""What ``make fire`` judges by: findings, the seeded generator, and the part of the document that it writes."""

from __future__ import annotations

import math
from itertools import islice
from pathlib import Path

import pytest

from tests.fire import shown
from tests.fire.malformed import cases
from tests.fire.row import LATE, SHORT_LIMITS, WAITED, Finding, Row, Terms, Verdict
from tests.fire.rows import BY_NAME, chosen, judge

ROW = Row("sea", "a row of the sea", lambda _: iter([Finding("waves", 2, 3), Finding("depth", 4.5, 4, "m")]))


@pytest.mark.parametrize(
    ("finding", "holds", "told"),
    [
        (Finding("lost", 0, 0), True, "lost 0 (at most 0)"),
        (Finding("gone after", 2.5, 2, "s"), False, "GONE AFTER 2.50 S (NOT at most 2)"),
        (Finding("gone after", math.inf, 2, "s"), False, "GONE AFTER NEVER S (NOT at most 2)"),
        (Finding("cases", 12.25), True, "cases 12.2"),
    ],
)
def test_a_finding_is_within_its_bound(finding: Finding, holds: bool, told: str) -> None:
    """It says what it is, and loudly so where it is more than it may be."""
    assert finding.holds is holds
    assert str(finding).lower() == told.lower()


def test_one_finding_fails_a_row() -> None:
    """All that must hold must hold."""
    verdict = judge(ROW, Terms())
    assert [finding.holds for finding in verdict.findings] == [True, False]
    assert not verdict.has_passed
    assert shown.told(verdict).startswith("FAIL  sea")


def test_a_row_that_cannot_be_run_fails() -> None:
    """What was found before is kept, and the problem told."""

    def run(_: Terms) -> object:
        yield Finding("waves", 2, 3)
        raise TimeoutError("no wind")

    verdict = judge(Row("sea", "", run), Terms())  # type: ignore[arg-type]  # an iterator all the same
    assert len(verdict.findings) == 1
    assert verdict.problem == "TimeoutError: no wind"
    assert not verdict.has_passed


def test_rows_are_chosen_by_the_beginnings_of_their_names() -> None:
    """No name is all of them."""
    assert chosen([]) == tuple(BY_NAME.values())
    assert {row.name for row in chosen(["unread", "stopped"])} == {
        *("unread-drop", "unread-pause", "unread-close"),
        "stopped",
    }


def test_the_short_form_has_shorter_deadlines() -> None:
    """They are given to the daemon as options; the long form gives none."""
    assert Terms(is_short=False).options == []
    options = Terms(is_short=True).options
    assert options[options.index("--idle-timeout") + 1] == str(SHORT_LIMITS.idle_timeout)


def test_the_generator_is_seeded() -> None:
    """The same seed makes the same cases, another one others, and all that were asked for."""
    first, again, other = (list(cases(seed, 300)) for seed in (1, 1, 2))
    assert first == again != other
    assert sum(size for _, size in first) == 300
    assert len({data for data, _ in islice(first, 50)}) > 40


def test_the_results_go_into_the_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the marks, in place of what was there; the rest stays."""
    document = tmp_path / "a.rst"
    document.write_text(f"before\n\n{shown.BEGIN}\n\nold\n\n{shown.END}\n\nafter\n")
    monkeypatch.setattr(shown, "DOCUMENT", document)
    shown.publish([Verdict(ROW, (Finding("waves", 2, 3),), 1.0)])
    text = document.read_text()
    assert text.startswith("before\n")
    assert text.endswith(f"{shown.END}\n\nafter\n")
    assert '"a row of the sea","pass","waves 2 (at most 3)"' in text
    assert "old" not in text


def test_a_document_without_marks_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written where nothing belongs."""
    document = tmp_path / "a.rst"
    document.write_text("text\n")
    monkeypatch.setattr(shown, "DOCUMENT", document)
    with pytest.raises(ValueError, match="results begin"):
        shown.publish([])
    assert document.read_text() == "text\n"


def test_a_failure_on_a_busy_machine_is_called_so() -> None:
    """Figures that are the machine's pass no row and fail none."""
    quiet, busy = Finding(LATE, 3.0, None, "ms"), Finding(WAITED, 9.0, None, "%")
    bad = Finding("innocents' p99", 90, 30, "ms")
    assert Verdict(ROW, (bad, quiet), 1.0).word == "FAIL"
    assert Verdict(ROW, (bad, quiet, busy), 1.0).word == "BUSY"
    assert Verdict(ROW, (bad, busy, Finding("lost", 1, 0)), 1.0).word == "FAIL"
    assert Verdict(ROW, (quiet, busy), 1.0).word == "pass"
