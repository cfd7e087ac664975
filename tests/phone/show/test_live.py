"""What is shown while a call runs."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from echo.phone.show.live import LiveLine, Nobody, PlainLines, Snapshot, live_line, watcher
from echo.phone.show.writing import plain
from tests.phone.show.terminals import Gone, Terminal, without_colours

NOW = Snapshot(
    elapsed=3.2,
    duration=10.0,
    said_level=-30.0,
    heard_level=-96.0,
    round_trip=0.0123,
    queue=3,
    frames_out=160,
    frames_in=158,
    lost=2,
)


def test_all_there_is_to_see() -> None:
    """A wide line has state, time, levels, round trip, queue, frames and losses."""
    assert plain(live_line(NOW, 120, unicode=True)) == (
        "talking    0:03/0:10  said ▕████    ▏  heard ▕        ▏  trip 12.3 ms  queue 3    frames 160/158  lost 2"
    )
    assert plain(live_line(NOW, 120, unicode=False)) == (
        "talking    0:03/0:10  said [####    ]  heard [        ]  trip 12.3 ms  queue 3    frames 160/158  lost 2"
    )


@pytest.mark.parametrize("columns", range(1, 130, 7))
def test_it_fits(columns: int) -> None:
    """However narrow the terminal, the line has no more than its columns."""
    assert len(plain(live_line(NOW, columns, unicode=True))) <= columns


def test_what_matters_stays() -> None:
    """On a narrow terminal there are the time, the round trip and what is heard, in their usual order."""
    assert plain(live_line(NOW, 45, unicode=True)) == "0:03/0:10  heard ▕        ▏  trip 12.3 ms"
    assert plain(live_line(NOW, 9, unicode=True)) == "0:03/0:10"


def test_what_nobody_knows_yet() -> None:
    """Without an echo there is no round trip, and a pipe has no length."""
    line = plain(live_line(replace(NOW, round_trip=None, duration=None, lost=0), 120, unicode=True))
    assert "  trip       -  " in line
    assert "talking    0:03  said" in line


def test_losses_are_red() -> None:
    """A loss is seen at once; none is not."""
    assert live_line(NOW, 120, unicode=True)[-1] == ("2", "bold red")
    assert live_line(replace(NOW, lost=0), 120, unicode=True)[-1] == ("0", "")


def test_the_line_moves_no_cursor_by_its_state() -> None:
    """A state is shown escaped."""
    assert "\x1b" not in plain(live_line(replace(NOW, state="\x1b[2J"), 200, unicode=True))


@pytest.mark.parametrize(
    ("environ", "is_terminal", "quiet", "kind"),
    [
        ({}, True, False, LiveLine),
        ({"NO_COLOR": "1"}, True, False, LiveLine),
        ({"TERM": "dumb"}, True, False, PlainLines),
        ({}, False, False, PlainLines),
        ({}, True, True, Nobody),
    ],
    ids=str,
)
def test_who_looks_on(environ: dict[str, str], is_terminal: bool, quiet: bool, kind: type[object]) -> None:
    """A live line is for terminals that can write over it, and for nobody who wants quiet."""
    assert type(watcher(Terminal(is_terminal=is_terminal), environ, quiet=quiet)) is kind


def test_a_live_line() -> None:
    """The line is written over and over; a step comes above it; in the end it is gone and the cursor is back."""
    stream = Terminal()
    shown = watcher(stream, {})
    shown.step("Calling ...")
    assert without_colours(stream.getvalue()) == "Calling ...\n"
    shown.tick(NOW)
    shown.tick(replace(NOW, elapsed=4.0))
    assert "\x1b[?25l" in stream.getvalue()
    assert "\x1b[32m" in stream.getvalue()
    shown.step("talk: says \x1b[2Jnothing")
    before = len(stream.getvalue())
    shown.done()
    shown.done()
    assert stream.getvalue()[before:].count("\x1b[?25h") == 1
    assert "\x1b[2K" in stream.getvalue()[before:]
    told = without_colours(stream.getvalue())
    assert "0:03/0:10" in told
    assert "0:04/0:10" in told
    assert "talk: says \\x1b[2Jnothing\n" in told
    assert told.count("\n") <= 3


def test_a_live_line_without_colours() -> None:
    """NO_COLOR takes the colours, and leaves the line."""
    stream = Terminal()
    shown = watcher(stream, {"NO_COLOR": "1"})
    shown.tick(NOW)
    shown.done()
    assert "\x1b[32m" not in stream.getvalue()
    assert "0:03/0:10" in stream.getvalue()


def test_a_live_line_in_ascii() -> None:
    """A terminal that takes ASCII alone gets no more, in steps as well."""
    stream = Terminal("ascii")
    shown = watcher(stream, {})
    shown.step("talk: grüße")
    shown.tick(NOW)
    shown.done()
    assert "[####    ]" in without_colours(stream.getvalue())
    assert "talk: gr\\xfc\\xdfe" in stream.getvalue()


def test_a_second_call() -> None:
    """After the line has gone, the next call begins it anew: scenarios are one after the other."""
    stream = Terminal()
    shown = watcher(stream, {})
    shown.tick(NOW)
    shown.done()
    before = len(stream.getvalue())
    shown.tick(replace(NOW, elapsed=1.0))
    shown.done()
    assert "0:01/0:10" in without_colours(stream.getvalue()[before:])


def test_plain_lines() -> None:
    """Where nothing can be written over there is a line for each step, and none for a moment."""
    stream = Terminal(is_terminal=False)
    shown = watcher(stream, {})
    shown.step("Calling \x07...")
    shown.tick(NOW)
    shown.done()
    assert stream.getvalue() == "Calling \\x07...\n"


def test_nobody() -> None:
    """Who wants quiet gets it."""
    stream = Terminal()
    shown = watcher(stream, {}, quiet=True)
    shown.step("Calling ...")
    shown.tick(NOW)
    shown.done()
    assert stream.getvalue() == ""


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_reader_that_has_gone(is_terminal: bool) -> None:
    """The call goes on when nobody sees it any more."""
    shown = watcher(Gone(is_terminal=is_terminal), {})
    shown.step("Calling ...")
    shown.tick(NOW)
    shown.done()


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_terminal_that_has_gone(is_terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed window fails every write; the call goes on."""

    class Closed(Terminal):
        def write(self, text: str) -> int:
            raise OSError(errno.EIO, "Input/output error")

    stream = Closed(is_terminal=is_terminal)
    monkeypatch.setattr("sys.stderr", stream)
    shown = watcher(stream, {})
    shown.step("Calling ...")
    shown.tick(NOW)
    shown.tick(NOW)
    shown.done()
