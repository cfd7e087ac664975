"""What the linter found, as it is shown."""

from __future__ import annotations

from echo.ncco.lint import Finding
from echo.phone.show.findings import as_document, as_lines
from echo.phone.show.screen import Screen
from echo.phone.show.writing import plain

ERROR = Finding("$[0].action", "error", "there is no such action")
WARNING = Finding('$[1].endpoint[0]["content-type"]', "warning", "the sources disagree about it")


def test_lines() -> None:
    """A finding is one line, errors in red, warnings in yellow, and the numbers come last."""
    lines = as_lines("a\x1b.json", [ERROR, WARNING], Screen(), passed=False)
    assert [plain(line) for line in lines] == [
        "error   $[0].action: there is no such action",
        'warning $[1].endpoint[0]["content-type"]: the sources disagree about it',
        "failed: a\\x1b.json: 1 error, 1 warning",
    ]
    assert [line[0] for line in lines] == [
        ("error  ", "bold red"),
        ("warning", "yellow"),
        ("failed", "bold red"),
    ]


def test_a_narrow_terminal() -> None:
    """Behind a long path there is no room: the sentence begins on the next line."""
    lines = as_lines("a.json", [ERROR, WARNING], Screen(columns=42), passed=True)
    assert [plain(line) for line in lines] == [
        "error   $[0].action: there is no such",
        "                     action",
        'warning $[1].endpoint[0]["content-type"]:',
        "        the sources disagree about it",
        "passed: a.json: 1 error, 1 warning",
    ]


def test_a_document() -> None:
    """Machines get the same as an object."""
    assert as_document("-", [ERROR], passed=False) == {
        "passed": False,
        "exit_status": 1,
        "source": "-",
        "errors": 1,
        "warnings": 0,
        "findings": [{"severity": "error", "path": "$[0].action", "sentence": "there is no such action"}],
    }
    assert as_document("-", [], passed=True)["exit_status"] == 0
