"""The file of a soak."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from soak.second import read, save
from tests.soak.test_verdict import SECOND


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Whole numbers stay whole."""
    seconds = [replace(SECOND, at=1.5, hostile=3), replace(SECOND, at=2.5)]
    save(seconds, tmp_path / "soak.csv")
    assert read(tmp_path / "soak.csv") == seconds


def test_another_file_is_told_from_it(tmp_path: Path) -> None:
    """In a sentence that names the columns."""
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="is no CSV file of a soak: its columns are to be at, rss, "):
        read(tmp_path / "other.csv")
