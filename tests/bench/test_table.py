"""What is shown: on the terminal, and in the document."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from bench import table
from bench.capacity import Found
from bench.results import Results
from tests.bench.samples import PLAIN, costing
from tests.conftest import ROOT


def found() -> Results:
    """Two rows, one of them idle."""
    idle = replace(PLAIN, calls=2000, frames=0, cpu=0.0, trips=None, lateness=None)
    return Results(
        {"machine": "2 cores", "date": "2026-11-23"},
        rows={
            "paced-200": {"c": [costing(10)], "echo": [replace(costing(12.5), lost=3, load_cpu=0.99)]},
            "idle-2000": {"echo": [idle]},
        },
        capacity={"echo": Found(400, 3.0, 420, "load")},
        missing={"ws": "Node and npm are not here"},
    )


def test_the_terminal_shows_everything() -> None:
    """Figures, remarks, what is missing, and the machine."""
    text = table.whole(found())
    assert "paced, 200 calls; best and median of 1 rounds" in text
    line = next(line for line in text.splitlines() if line.startswith("echo "))
    assert line.split() == [
        *("echo", "12.50", "12.50", "1.25", "1.25", "1.00", "2.00", "2.00", "12.5", "10.0"),
        *("limit:", "load,", "3", "wrong"),
    ]
    assert "load was the limit at 420" in text
    assert "skipped: Node and npm are not here" in text
    assert "machine    2 cores" in text


def test_idle_calls_have_memory_and_no_cost() -> None:
    """A cost of no frame is none."""
    text = table.whole(found()).partition("2,000 idle calls")[2]
    line = next(line for line in text.splitlines() if line.startswith("echo"))
    assert line.split() == ["echo", "-", "-", "-", "-", "-", "-", "-", "0.0", "1.0"]


def test_columns_are_aligned() -> None:
    """Words to the left, figures to the right, the last column as it is."""
    assert table.aligned([["a", "b", ""], ["long", "1.50", "x"]]) == "a        b\nlong  1.50  x"


def test_the_document_is_sound() -> None:
    """Docutils reads the generated part without a word of complaint."""
    core = pytest.importorskip("docutils.core", reason="docutils is not installed")
    complaints = io.StringIO()
    settings = {"report_level": 1, "warning_stream": complaints}
    tree = core.publish_doctree(table.rst(found()), settings_overrides=settings)
    assert complaints.getvalue() == ""
    assert "12.50" in tree.astext()


def test_the_generated_part_is_replaced() -> None:
    """What stands around it stays, and once more changes nothing."""
    text = f"before\n\n{table.BEGIN}\n\nold\n\n{table.END}\n\nafter\n"
    new = table.put_between(text, "new\n")
    assert new == f"before\n\n{table.BEGIN}\n\nnew\n\n{table.END}\n\nafter\n"
    assert table.put_between(new, "new") == new


@pytest.mark.parametrize("text", ["", table.BEGIN, f"{table.END} {table.BEGIN}"])
def test_a_document_without_its_marks_is_refused(text: str) -> None:
    """Rather than to lose what somebody wrote."""
    with pytest.raises(ValueError, match="results begin"):
        table.put_between(text, "new")


def test_the_document_of_the_project_has_the_marks() -> None:
    """So that a campaign can publish."""
    text = (ROOT / "docs" / "performance.rst").read_text(encoding="utf-8")
    assert "new" in table.put_between(text, "new")
