"""What a soak shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench import building
from soak import __main__ as command
from soak import shown
from soak.plan import Plan
from soak.second import read
from soak.verdict import judge
from tests.soak.test_verdict import SECOND, WELL, an_hour


def test_a_line_tells_of_a_second_and_shouts_where_something_is_wrong() -> None:
    """Memory, descriptors, times."""
    assert shown.progress(replace(SECOND, at=90, hostile=2)) == (
        "   1.5 min   100 calls    60.0 MB   120 descriptors  p99    3.00 ms  timers late   0.10 ms  2 hostile"
    )
    assert shown.progress(replace(SECOND, lost=2, failed=1)).endswith("0 hostile  3 WRONG")


def test_the_verdict_is_one_sentence_under_its_reasons() -> None:
    """It says what could not be seen."""
    assert shown.verdict(judge(an_hour(), 200, WELL)).endswith("\nIt passes.")
    assert shown.verdict(judge(an_hour(5), 200, WELL)).endswith("\nIt FAILS.")
    short = shown.verdict(judge(an_hour(minutes=5), 200, WELL))
    assert short.endswith(
        "\nIt passes, but was too short to tell whether memory grows by less than 1 MB an hour."
    )


def test_it_is_put_between_the_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is around them stays."""
    path = tmp_path / "soak.rst"
    monkeypatch.setattr(shown, "DOCUMENT", path)
    path.write_text(f"before\n{shown.BEGIN}\nold\n{shown.END}\nafter\n")
    shown.publish(shown.rst(Plan(60), judge(an_hour(), 200, WELL)))
    text = path.read_text()
    assert text.startswith(f"before\n{shown.BEGIN}\n\n``make soak MINUTES=60``: 3600 calls of 100 s. ")
    assert '   "exit status after SIGTERM", "pass", "0"' in text
    assert text.endswith(f"\n{shown.END}\nafter\n")
    path.write_text("nothing of the kind")
    with pytest.raises(ValueError, match="results end"):
        shown.publish("")


def without_peers() -> Path:
    """What needs the peers' libraries finds none."""
    raise building.MissingError("they are not here")


def test_a_file_that_was_kept_is_judged_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without matplotlib it is kept all the same; a leak in it fails the judgement."""
    monkeypatch.setattr(building, "python_peers", without_peers)
    shown.keep(an_hour(growth=3), tmp_path / "new", "leak")
    path = tmp_path / "new" / "leak.csv"
    assert len(read(path)) == 3600
    assert "no plot: they are not here" in capsys.readouterr().err
    assert command.main(["--minutes", "60", "--judge", str(path)]) == 1
    assert "FAIL               memory grows by less than 1 MB an hour: 3.00 MB/h" in capsys.readouterr().out
