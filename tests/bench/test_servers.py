"""How the servers are started."""

from __future__ import annotations

import os
from pathlib import Path

from bench.servers import tree
from tests.conftest import ROOT


def test_another_daemon_may_be_measured() -> None:
    """A tree in PYTHONPATH goes before this one, as seen from where the benchmark was started."""
    given = os.pathsep.join(["other", "/third"])
    assert tree(given) == {"PYTHONPATH": os.pathsep.join([str(Path.cwd() / "other"), "/third", str(ROOT)])}


def test_this_daemon_is_measured_otherwise() -> None:
    """An empty PYTHONPATH is no folder; not even the one that we are in."""
    assert tree("") == {"PYTHONPATH": str(ROOT)}
