"""Lines of coloured pieces, on terminals and elsewhere."""

from __future__ import annotations

import errno
import json
import os

import pytest

from echo.errors import PhoneError
from echo.phone.show.screen import Screen
from echo.phone.show.writing import Line, console, folded, plain, visible, write, write_document
from tests.phone.show.terminals import Gone, Terminal, without_colours

TERMINAL = Screen(moves=True, colour=True, unicode=True, columns=40)
HEAD: Line = [("  mark ", "green")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("it's fine: ü", "it's fine: ü"),
        (r"once escaped \x1b stays", r"once escaped \x1b stays"),
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("a\r\nb", r"a\r\nb"),
        ("a\u202eb", r"a\u202eb"),
    ],
)
def test_nothing_moves_the_cursor(text: str, shown: str) -> None:
    """Control characters are escaped, and what is visible is left as it is."""
    assert visible(text) == shown


def test_a_long_text_is_folded_below_its_beginning() -> None:
    """On a terminal the lines of a text stand below each other."""
    lines = folded(HEAD, "one two three four five six seven eight nine ten", TERMINAL)
    assert [plain(line) for line in lines] == [
        "  mark one two three four five six seven",
        "       eight nine ten",
    ]


def test_a_text_for_tools_is_one_line() -> None:
    """Where there is no terminal, a text can be found whole."""
    text = "word " * 100
    (line,) = folded(HEAD, text, Screen())
    assert plain(line) == f"  mark {text}".rstrip()


def test_a_very_narrow_screen_still_shows_words() -> None:
    """A screen that has no room gets lines of some width, which it may break itself."""
    lines = folded(HEAD, "antidisestablishmentarianism is a word", Screen(columns=5))
    assert max(len(plain(line)) for line in lines) <= 7 + 28
    assert len(folded(HEAD, "", TERMINAL)) == 1


def test_colours_on_a_terminal_only() -> None:
    """The same line has colours on a terminal, and is plain text elsewhere."""
    line: Line = [("passed", "bold green"), (": [red]all[/red] 5", "")]
    coloured, pipe = Terminal(), Terminal(is_terminal=False)
    write([line, []], coloured, TERMINAL)
    write([line, []], pipe, Screen())
    assert pipe.getvalue() == "passed: [red]all[/red] 5\n\n"
    assert coloured.getvalue() == "\x1b[1;32mpassed\x1b[0m: [red]all[/red] 5\n\n"


def test_a_wide_line_is_not_cut() -> None:
    """What is wider than the terminal is left to the terminal."""
    stream = Terminal()
    write([[("x" * 300, "dim")]], stream, TERMINAL)
    assert without_colours(stream.getvalue()) == "x" * 300 + "\n"


@pytest.mark.parametrize("colour", [True, False])
def test_what_cannot_be_encoded_is_escaped(colour: bool) -> None:
    """A stream that takes ASCII alone is given no more."""
    stream = Terminal("ascii")
    write([[("über ✓", "green")]], stream, Screen(colour=colour, unicode=False))
    assert without_colours(stream.getvalue()) == "\\xfcber \\u2713\n"


@pytest.mark.parametrize("colour", [True, False])
def test_a_reader_that_has_gone(colour: bool) -> None:
    """Nobody reads any more: that is no error."""
    stream = Gone()
    write([[("text", "")]], stream, Screen(colour=colour))
    write_document({"a": 1}, stream)
    assert stream.getvalue() == ""


class Full(Terminal):
    """A file on a full disk."""

    def flush(self) -> None:
        """Fail."""
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("colour", [True, False])
def test_what_cannot_be_written_is_told(colour: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is one sentence; of standard error nobody can be told, and what is done goes on."""
    stream = Full()
    for write_it in (
        lambda: write([[("text", "")]], stream, Screen(colour=colour)),
        lambda: write_document({}, stream),
    ):
        with pytest.raises(PhoneError, match="the output could not be written: No space left on device"):
            write_it()
    monkeypatch.setattr("sys.stderr", stream)
    write([[("text", "")]], stream, Screen(colour=colour))


@pytest.mark.parametrize("columns", ["0", "000", ""])
def test_a_terminal_of_no_columns_still_shows_lines(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    """COLUMNS=0 is what some environments say who do not know better: it is no width."""
    monkeypatch.setenv("COLUMNS", columns)
    stream = Terminal()
    write([[("passed", "green")]], stream, TERMINAL)
    assert without_colours(stream.getvalue()) == "passed\n"
    assert console(stream).width > 0


def test_a_document_is_one_line_of_ascii() -> None:
    """JSON is written so that any stream takes it, and one line is one object."""
    stream = Terminal("ascii", is_terminal=False)
    write_document({"text": "ü\n"}, stream)
    assert json.loads(stream.getvalue()) == {"text": "ü\n"}
    assert stream.getvalue().count("\n") == 1
