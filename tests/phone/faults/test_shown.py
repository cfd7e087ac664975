"""Tests of echo.phone.faults.shown: the table, and the object for machines."""

from __future__ import annotations

from echo.phone.faults.shown import as_document, last_lines, row_lines
from echo.phone.faults.torture import Torture
from echo.phone.faults.trials import Result
from echo.phone.show.screen import Screen
from echo.phone.show.writing import plain

ROWS = [
    Result("ordinary-call", True, "The caller heard echo."),
    Result("bursts", False, "7 frames are missing."),
    Result("slow-tls", None, "needs https:// or wss://"),
]


def below(outcome: Torture, *, quiet: bool = False) -> list[str]:
    """What stands below the table, without colours."""
    return [plain(line) for line in last_lines(outcome, Screen(), quiet=quiet)]


def test_a_row_is_shown() -> None:
    """Its name, what became of it and why, in columns."""
    assert [plain(line) for row in ROWS for line in row_lines(row, 13, Screen())] == [
        "ordinary-call  passed     The caller heard echo.",
        "bursts         failed     7 frames are missing.",
        "slow-tls       not tried  needs https:// or wss://",
    ]


def test_the_sum_is_shown() -> None:
    """What it comes to stands below an empty line; quiet shows neither."""
    assert below(Torture(None, ROWS)) == ["", "1 passed, 1 failed, 1 not tried"]
    assert below(Torture(None, ROWS), quiet=True) == []


def test_an_interruption_is_shown() -> None:
    """Also where little is."""
    told = "interrupted: what was not tried has not passed"

    assert below(Torture(None, ROWS, interrupted=True))[2:] == [told]
    assert below(Torture(None, ROWS, interrupted=True), quiet=True) == [told]


def test_no_call_is_shown() -> None:
    """One line with the reason."""
    assert below(Torture("connection refused", [])) == ["no call: connection refused"]


def test_the_document_is_complete() -> None:
    """One object with everything, ``null`` for what was not tried."""
    assert as_document("ws://app/", Torture(None, ROWS)) == {
        "url": "ws://app/",
        "passed": False,
        "exit_status": 1,
        "problem": None,
        "interrupted": False,
        "faults": [
            {"name": "ordinary-call", "passed": True, "sentence": "The caller heard echo."},
            {"name": "bursts", "passed": False, "sentence": "7 frames are missing."},
            {"name": "slow-tls", "passed": None, "sentence": "needs https:// or wss://"},
        ],
    }
