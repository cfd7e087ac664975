"""The long run in its shortest form: a real daemon, real calls, a hostile one, and a verdict."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from soak.second import read
from tests.conftest import ROOT


def test_a_few_seconds_of_it_pass_and_leave_a_file(tmp_path: Path) -> None:
    """Calls come and go; a line for each second is kept, with all that the daemon held in it."""
    words = ["--minutes", "0.1", "--lasts", "3", "--rate", "4", "--short", "--into", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "soak", *words],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "It passes, but was too short to tell" in done.stdout
    seconds = read(tmp_path / "soak-0.1min.csv")
    assert max(second.calls for second in seconds) >= 10
    assert all(second.rss > 20_000_000 and second.descriptors > second.calls for second in seconds)
    assert seconds[-1].hostile == 1
