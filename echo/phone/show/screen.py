"""What the place can show that is written to: a terminal, a pipe, a file."""

from __future__ import annotations

import codecs
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO


@dataclass(frozen=True)
class Screen:
    """
    What a stream can show.

    Attributes:
        moves: a terminal that can go back and write over a line.
        colour: colours are welcome.
        unicode: more than ASCII can be written.
        columns: how wide it is; ``None`` for what is no terminal and needs no lines broken.
    """

    moves: bool = False
    colour: bool = False
    unicode: bool = True
    columns: int | None = None


def look(stream: TextIO, environ: Mapping[str, str]) -> Screen:
    """Find out what ``stream`` can show, with the wishes in the environment: NO_COLOR (no-color.org), TERM, COLUMNS."""
    unicode = _is_unicode(stream)
    if not stream.isatty():
        return Screen(unicode=unicode)
    moves = environ.get("TERM") not in {"dumb", "unknown"}
    return Screen(
        moves=moves,
        colour=moves and not environ.get("NO_COLOR"),
        unicode=unicode,
        columns=_columns(stream, environ),
    )


def _is_unicode(stream: TextIO) -> bool:
    try:
        return codecs.lookup(stream.encoding or "ascii").name.startswith("utf")
    except LookupError:
        return False


def _columns(stream: TextIO, environ: Mapping[str, str]) -> int:
    wished = environ.get("COLUMNS", "")
    if wished.isascii() and wished.isdigit() and int(wished[:6]) > 0:
        return int(wished[:6])
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80
