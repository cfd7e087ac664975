"""Streams that look like terminals."""

from __future__ import annotations

import io
import re


class Terminal(io.StringIO):
    """A terminal that keeps what is written to it."""

    def __init__(self, encoding: str = "utf-8", *, is_terminal: bool = True) -> None:
        super().__init__()
        self._encoding = encoding
        self._is_terminal = is_terminal

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a plain attribute, to typeshed
        """The encoding that the locale names."""
        return self._encoding

    def isatty(self) -> bool:
        """Say that it is a terminal, or is none."""
        return self._is_terminal

    def write(self, text: str) -> int:
        """Keep the text, if a stream of this encoding could."""
        text.encode(self._encoding)
        return super().write(text)


class Gone(Terminal):
    """A pipe whose reader has gone."""

    def write(self, text: str) -> int:
        """Fail."""
        raise BrokenPipeError


def without_colours(text: str) -> str:
    """Take all escape sequences out."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)
