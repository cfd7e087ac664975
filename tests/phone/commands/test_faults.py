"""``echo-phone faults``: the table of faults."""

from __future__ import annotations

import json

import pytest

from echo.phone.commands.main import main
from echo.phone.faults.table import FAULTS


def test_all_faults_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each fault is there with what it does and what a good application does, in the order of the table."""
    assert main(["faults"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == [fault.name for fault in FAULTS]
    assert f"  {FAULTS[0].does}" in lines
    assert f"  Good: {FAULTS[0].should}" in lines


def test_the_help_of_torture_tells_all_endings(capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2 is also that of a torture that somebody stopped."""
    assert main(["torture", "--help"]) == 0
    assert "2   no call could be made, or it was" in capsys.readouterr().out


def test_some_faults_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Names choose, and --json gives an object."""
    assert main(["faults", "stop-reading", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["faults"]
    (fault,) = [fault for fault in FAULTS if fault.name == "stop-reading"]
    assert found == {"name": fault.name, "does": fault.does, "should": fault.should, "needs": fault.needs}
