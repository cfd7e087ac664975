"""What a campaign publishes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import building, document, table
from bench.results import Results
from tests.bench.samples import PLAIN


def without_peers() -> Path:
    """What needs the peers' libraries finds none."""
    raise building.MissingError("they are not here")


def test_the_table_is_put_between_the_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without matplotlib the table is published all the same, and the missing plot is told."""
    path = tmp_path / "performance.rst"
    path.write_text(f"Title\n\n{table.BEGIN}\n{table.END}\n\nafter\n", encoding="utf-8")
    monkeypatch.setattr(document, "DOCUMENT", path)
    monkeypatch.setattr(building, "python_peers", without_peers)
    document.publish(
        Results({"date": "2026-11-23"}, rows={"paced-200": {"c": [PLAIN]}}), tmp_path / "results"
    )
    text = path.read_text(encoding="utf-8")
    assert "     - 10.00" in text
    assert "* date: 2026-11-23" in text
    assert text.endswith("\n\nafter\n")
    assert capsys.readouterr().err == "no plot: they are not here\n"
