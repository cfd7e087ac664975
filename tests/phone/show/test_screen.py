"""What a stream can show, and what its user wishes."""

from __future__ import annotations

import pytest

from echo.phone.show.screen import Screen, look
from tests.phone.show.terminals import Terminal

FULL = {"moves": True, "colour": True, "unicode": True, "columns": 80}


@pytest.mark.parametrize(
    ("environ", "changed"),
    [
        ({}, {}),
        ({"TERM": "xterm"}, {}),
        ({"NO_COLOR": "1"}, {"colour": False}),
        ({"NO_COLOR": ""}, {}),
        ({"TERM": "dumb"}, {"colour": False, "moves": False}),
        ({"TERM": "unknown"}, {"colour": False, "moves": False}),
        ({"COLUMNS": "40"}, {"columns": 40}),
        ({"COLUMNS": "0"}, {}),
        ({"COLUMNS": "wide"}, {}),
        ({"COLUMNS": "-5"}, {}),
        ({"COLUMNS": "9" * 5000}, {"columns": 999999}),
    ],
    ids=str,
)
def test_a_terminal(environ: dict[str, str], changed: dict[str, object]) -> None:
    """A terminal has colours unless NO_COLOR says no, and none of all this if it is dumb."""
    assert look(Terminal(), environ) == Screen(**{**FULL, **changed})  # type: ignore[arg-type]  # of two kinds


@pytest.mark.parametrize(
    ("encoding", "unicode"),
    [
        ("utf-8", True),
        ("UTF8", True),
        ("utf-16", True),
        ("ascii", False),
        ("latin-1", False),
        ("", False),
        ("x", False),
    ],
)
def test_what_can_be_written(encoding: str, unicode: bool) -> None:
    """Only an encoding of all of Unicode takes our pictures."""

    class Odd(Terminal):
        def write(self, text: str) -> int:
            raise AssertionError("nothing is written")

    assert look(Odd(encoding), {}).unicode is unicode


def test_a_pipe() -> None:
    """What is no terminal has no width and no colours, whatever the environment says."""
    stream = Terminal(is_terminal=False)
    assert look(stream, {"COLUMNS": "40", "TERM": "xterm", "FORCE_COLOR": "1"}) == Screen()
