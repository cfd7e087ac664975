"""
Lines of coloured pieces, and how they are written.

What is shown is made of plain data, so that it can be tested as such; colours come in last, by rich, and only
where a terminal shows them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO, TypeAlias

from echo.phone.show.screen import Screen

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

#: A text and its style in the words of rich ("bold red"), or none.
Piece: TypeAlias = tuple[str, str]
Line: TypeAlias = list[Piece]

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

    Where there is no terminal it stays one line, which tools can search.
    """
    text = visible(text)
    if screen.columns is None:
        return [[*head, (text, style)]]
    import textwrap  # noqa: PLC0415

    indent = len("".join(piece for piece, _style in head))
    # On a very narrow screen let the terminal break the lines, rather than a word a line.
    width = max(min(screen.columns, WIDEST) - indent, 16)
    first, *others = textwrap.wrap(text, width, break_on_hyphens=False) or [""]
    return [[*head, (first, style)], *([(" " * indent, ""), (other, style)] for other in others)]


def write(lines: Iterable[Line], stream: TextIO, screen: Screen) -> None:
    """
    Write lines, coloured where colours are welcome.

    A reader that has gone (``| head``) is no error: what the command has found out does not change by it.
    """
    with suppress(BrokenPipeError):
        if screen.colour:
            _write_coloured(lines, stream)
        else:
            stream.writelines(_encodable(plain(line), stream) + "\n" for line in lines)
        stream.flush()


def write_document(document: Mapping[str, Any] | Sequence[Any], stream: TextIO) -> None:
    """Write one JSON value on a line of its own; ASCII, which any stream can take."""
    with suppress(BrokenPipeError):
        stream.write(json.dumps(document) + "\n")
        stream.flush()


def console(stream: TextIO, *, colour: bool = True) -> Console:
    """Make rich's console for a terminal, which writes what it is given and nothing of its own."""
    from rich.console import Console  # noqa: PLC0415  # as rich_text

    class OurConsole(Console):
        """One that goes quiet when nobody reads any more, where rich's own ends the program."""

        def on_broken_pipe(self) -> None:
            """Be told of it by rich."""
            self.quiet = True

    return OurConsole(
        file=stream, force_terminal=True, no_color=not colour, highlight=False, markup=False, emoji=False
    )


def _write_coloured(lines: Iterable[Line], stream: TextIO) -> None:
    terminal = console(stream)
    for line in lines:
        # soft_wrap: lines are folded by now, and a terminal that became narrower folds better than rich cuts
        encodable = [(_encodable(text, stream), style) for text, style in line]
        terminal.print(rich_text(encodable), soft_wrap=True)


def _encodable(text: str, stream: TextIO) -> str:
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
