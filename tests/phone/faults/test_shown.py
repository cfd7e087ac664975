"""Tests of echo.phone.faults.shown: the table, and the object for machines."""

from __future__ import annotations

from echo.phone.faults.shown import as_document, as_lines
from echo.phone.faults.trials import Result
from echo.phone.show.screen import Screen
from echo.phone.show.writing import plain

ROWS = [
    Result("ordinary-call", True, "The caller heard echo."),
    Result("bursts", False, "7 frames are missing."),
    Result("slow-tls", None, "needs https:// or wss://"),
]


def text(*, problem: str | None = None, quiet: bool = False) -> list[str]:
    """The table, without colours."""
    return [plain(line) for line in as_lines(problem, [] if problem else ROWS, Screen(), quiet=quiet)]


def test_the_table_is_shown() -> None:
    """A row for each, and what it comes to."""
    assert text() == [
        "ordinary-call  passed     The caller heard echo.",
        "bursts         failed     7 frames are missing.",
        "slow-tls       not tried  needs https:// or wss://",
        "",
        "1 passed, 1 failed, 1 not tried",
    ]


def test_quiet_shows_what_failed() -> None:
    """Nothing else."""
    assert text(quiet=True) == ["bursts         failed     7 frames are missing."]


def test_no_call_is_shown() -> None:
    """One line with the reason."""
    assert text(problem="connection refused") == ["no call: connection refused"]


def test_the_document_is_complete() -> None:
    """One object with everything, ``null`` for what was not tried."""
    assert as_document("ws://app/", None, 1, ROWS) == {
        "url": "ws://app/",
        "passed": False,
        "exit_status": 1,
        "problem": None,
        "faults": [
            {"name": "ordinary-call", "passed": True, "sentence": "The caller heard echo."},
            {"name": "bursts", "passed": False, "sentence": "7 frames are missing."},
            {"name": "slow-tls", "passed": None, "sentence": "needs https:// or wss://"},
        ],
    }
