"""
Lines of coloured pieces, and how they are written.

What is shown is made of plain data, so that it can be tested as such; colours come in last, by rich, and only
where a terminal shows them.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import IO, TYPE_CHECKING, Any, TextIO, TypeAlias

from echo.errors import PhoneError
from echo.phone.leaving import at_last
from echo.phone.show.screen import Screen

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

#: A text and its style in the words of rich ("bold red"), or none.
Piece: TypeAlias = tuple[str, str]
Line: TypeAlias = list[Piece]

#: How far a text is moved in below its head.
_BELOW = 8

#: Wider lines of text are hard to read.
WIDEST = 100


def visible(text: str) -> str:
    r"""
    Let nothing move the cursor or turn the direction of writing: such characters become ``\x1b``, ``\u202e``.

    Sentences come here whose untrusted parts were escaped where they were made; unlike
    :func:`echo.untrusted.clean` this changes nothing in them a second time.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def plain(line: Line) -> str:
    """Give the text of a line alone."""
    return "".join(text for text, _style in line).rstrip()


def rich_text(line: Line) -> Text:
    """Give a line as rich takes it."""
    from rich.text import Text  # noqa: PLC0415  # 30 ms that only a terminal with colours needs to cost

    return Text.assemble(*line, no_wrap=True, overflow="ignore", end="")


def folded(head: Line, text: str, screen: Screen, style: str = "") -> list[Line]:
    """
    Put ``text`` behind ``head``, on as many lines as the screen needs; the next ones begin below its first word.

    Behind a head of more than half the screen there is no room: it goes below. Where there is no terminal it
    stays one line, which tools can search.
    """
    text = visible(text)
    if screen.columns is None:
        return [[*head, (text, style)]]
    import textwrap  # noqa: PLC0415

    indent = len("".join(piece for piece, _style in head))
    if indent > screen.columns // 2:
        below: Line = [(" " * min(_BELOW, screen.columns // 5), "")]
        return [head, *folded(below, text, screen, style)]
    # On a very narrow screen let the terminal break the lines, rather than a word a line.
    width = max(min(screen.columns, WIDEST) - indent, 16)
    first, *others = textwrap.wrap(text, width, break_on_hyphens=False) or [""]
    return [[*head, (first, style)], *([(" " * indent, ""), (other, style)] for other in others)]


def write(lines: Iterable[Line], stream: TextIO, screen: Screen) -> None:
    """
    Write lines, coloured where colours are welcome.

    A reader that has gone (``| head``) is no error: what the command has found out does not change by it.

    Raises:
        PhoneError: as :func:`written`.
    """
    with written(stream):
        if screen.colour:
            _write_coloured(lines, stream)
        else:
            stream.writelines(_encodable(plain(line), stream) + "\n" for line in lines)


def write_document(document: Mapping[str, Any] | Sequence[Any], stream: TextIO) -> None:
    """Write one JSON value on a line of its own; ASCII, which any stream can take."""
    with written(stream):
        stream.write(json.dumps(document) + "\n")


@contextmanager
def written(stream: IO[str]) -> Iterator[None]:
    """
    Flush what is written to ``stream`` meanwhile; after an error all that is left goes nowhere.

    Raises:
        PhoneError: if it could not be written, save where the reader has gone or nobody can be told.
    """
    try:
        yield
        stream.flush()
    except OSError as error:
        _let_go(stream)
        if isinstance(error, BrokenPipeError) or stream is sys.stderr:
            return
        raise PhoneError(f"the output could not be written: {error.strerror or error}") from None


def _let_go(stream: IO[str]) -> None:
    """Put nothing behind a stream, before Python complains at exit about what it still holds."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def console(stream: TextIO, *, colour: bool = True) -> Console:
    """Make rich's console for a terminal, which writes what it is given and nothing of its own."""
    environ = dict(os.environ)
    if not environ.get("COLUMNS", "").strip("0"):  # rich would take it literally, and show nothing at all
        environ.pop("COLUMNS", None)
    return _console_class()(
        file=stream,
        force_terminal=True,
        no_color=not colour,
        highlight=False,
        markup=False,
        emoji=False,
        _environ=environ,
    )


@cache
def _console_class() -> type[Console]:
    """Make the class, when rich is needed at all."""
    from rich.console import Console  # noqa: PLC0415  # as rich_text

    class OurConsole(Console):
        """
        One that goes quiet when nobody reads any more, where rich's own ends the program.

        The cursor that it hides comes back whatever ends the program.
        """

        _hidden: Callable[[], None] | None = None

        def on_broken_pipe(self) -> None:
            """Be told of it by rich."""
            self.quiet = True

        def show_cursor(self, show: bool = True) -> bool:
            """Hide the cursor, or show it again."""
            if not show and self._hidden is None:
                self._hidden = at_last(lambda: _clear_line(self.file))
            done = super().show_cursor(show)
            if show and self._hidden is not None:
                self._hidden()
                self._hidden = None
            return done

    return OurConsole


def _clear_line(stream: IO[str]) -> None:
    """Take away the line that the cursor is in, and show the cursor (ECMA-48 EL; DECTCEM), past all buffers."""
    os.write(stream.fileno(), b"\r\x1b[2K\x1b[?25h")


def _write_coloured(lines: Iterable[Line], stream: TextIO) -> None:
    terminal = console(stream)
    for line in lines:
        # soft_wrap: lines are folded by now, and a terminal that became narrower folds better than rich cuts
        encodable = [(_encodable(text, stream), style) for text, style in line]
        terminal.print(rich_text(encodable), soft_wrap=True)


def _encodable(text: str, stream: TextIO) -> str:
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
