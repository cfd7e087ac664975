"""Tests of echo.phone.load.progress: what is shown of a load while it runs."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest

from echo.phone.load.progress import Lines, LiveLine, Silent, progress
from echo.phone.show.screen import Screen
from tests.phone.load.loads import TERMS, ended_load

FIVE = replace(TERMS, calls=5)


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """It is one."""
        return True


class Gone(Terminal):
    """A terminal that has gone."""

    def write(self, text: str) -> int:
        """Fail as a pipe without a reader does."""
        raise BrokenPipeError(text)


def test_the_stream_decides_what_is_shown() -> None:
    """A terminal gets a live line, anything else plain lines, and who wants quiet nothing."""
    environ = {"TERM": "xterm", "COLUMNS": "100"}

    assert type(progress(Terminal(), environ, FIVE)) is LiveLine
    assert type(progress(io.StringIO(), environ, FIVE)) is Lines
    assert type(progress(Terminal(), {"TERM": "dumb"}, FIVE)) is Lines
    assert type(progress(Terminal(), environ, FIVE, quiet=True)) is Silent


def test_elsewhere_ten_seconds_are_one_plain_line() -> None:
    """A log has a line for each, and none for what happens four times a second."""
    stream, counted = io.StringIO(), ended_load()
    lines = Lines(stream, Screen())
    lines.tick(0.25, counted)
    lines.interval(counted.intervals[0])
    lines.say("a warning")
    lines.done()

    first, second = stream.getvalue().splitlines()
    assert first.startswith("   0:10  1 up  trip p50 4.0")
    assert second == "a warning"
    assert "\x1b" not in stream.getvalue()


def test_on_a_terminal_a_line_is_written_over_and_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has happened stands above it; at the end it is gone and the cursor is back."""
    monkeypatch.setenv("COLUMNS", "60")
    stream, counted = Terminal(), ended_load()
    live = progress(stream, {"TERM": "xterm"}, FIVE)
    live.done()
    for elapsed in (0.25, 0.5):
        live.tick(elapsed, counted)
    live.interval(counted.intervals[0])
    live.tick(10.25, counted)
    live.done()
    live.done()

    shown = stream.getvalue()
    assert shown.count("0:00/0:12  ") >= 2
    assert "0:10  1 up  trip p50" in shown
    assert "\x1b[?25l" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    written = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).split("0:00")[1]
    assert len(written.split("\r")[0]) < 60


def test_a_terminal_without_colours_gets_none() -> None:
    """NO_COLOR is heeded; the line is there all the same."""
    stream = Terminal()
    live = progress(stream, {"TERM": "xterm", "NO_COLOR": "1"}, FIVE)
    live.tick(1.0, ended_load())
    live.done()

    assert "0/5" not in stream.getvalue()
    assert "1/5 begun" in stream.getvalue()
    assert "\x1b[36m" not in stream.getvalue()


def test_a_reader_that_has_gone_is_no_error() -> None:
    """The load goes on, and its report is given."""
    live, counted = progress(Gone(), {"TERM": "xterm"}, FIVE), ended_load()
    live.tick(1.0, counted)
    live.interval(counted.intervals[0])
    live.done()


def test_silence_shows_nothing() -> None:
    """With ``--json`` or ``--quiet`` there is nothing to see."""
    silent, counted = Silent(), ended_load()
    silent.tick(1.0, counted)
    silent.interval(counted.intervals[0])
    silent.say("a warning")
    silent.done()
