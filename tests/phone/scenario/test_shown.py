"""Tests of echo.phone.scenario.shown: scenarios as people see them."""

from __future__ import annotations

from typing import Any

from echo.phone.order import Output
from echo.phone.scenario.shown import as_lines
from echo.phone.show.screen import Screen
from echo.phone.show.writing import plain
from tests.phone.show.reports import failed, report


def told(status: int, call: dict[str, Any], *outcomes: bool | None) -> dict[str, Any]:
    """The object of one scenario, whose steps ended so."""
    steps = [
        {"step": f"wait {number} s", "passed": passed, "at": 0.0, "sentence": f"sentence {number}"}
        for number, passed in enumerate(outcomes, 1)
    ]
    result = {"name": "greets", "file": "a.toml", "passed": status == 0, "exit_status": status}
    return {"scenarios": [{**result, "steps": steps, "call": call}]}


def shown(document: dict[str, Any], wanted: int = 1, columns: int | None = None, **output: bool) -> list[str]:
    """What is shown of it."""
    return [plain(line) for line in as_lines(document, wanted, Screen(columns=columns), Output(**output))]


def test_a_scenario_that_passed() -> None:
    """The name, a line for each step, the verdict; with --quiet only the sum."""
    document = told(0, report(), True)

    assert shown(document) == [
        "greets (a.toml)",
        "  ✓ wait 1 s  sentence 1",
        "passed",
        "",
        "1 of 1 scenarios passed",
    ]
    assert shown(document, quiet=True) == ["1 of 1 scenarios passed"]
    assert len(shown(document, verbose=True)) > 10


def test_a_scenario_that_failed() -> None:
    """What the provider would object to stands below the steps, and the verdict names both."""
    lines = shown(told(1, failed(), True, False, None), 2)

    assert lines[1:4] == [
        "  ✓ wait 1 s  sentence 1",
        "  ✗ wait 2 s  sentence 2",
        "  \N{EN DASH} wait 3 s  sentence 3",
    ]
    assert lines[4].startswith("  ✗ frame-size  ")
    assert lines[-3:] == ["failed: wait 2 s, frame-size", "", "0 of 2 scenarios passed, 1 not run"]


def test_a_scenario_without_a_call() -> None:
    """Why there was none is told once."""
    lines = shown(told(2, report(problem="nobody listens"), None))
    assert lines[2] == "no call: nobody listens"


def test_a_scenario_that_was_interrupted() -> None:
    """It has neither passed nor failed."""
    assert shown(told(2, report(interrupted=True), True, None))[3] == "interrupted"


def test_a_narrow_terminal() -> None:
    """Where a step leaves no room beside it, what became of it stands below."""
    lines = shown(told(0, report(), True), columns=20)
    assert lines[:4] == ["greets (a.toml)", "  ✓ wait 1 s", "    sentence 1", "passed"]
