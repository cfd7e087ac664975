"""
argparse, with one clear line for whatever is wrong and a help of at most 80 columns.

argparse itself prints the usage around the line that matters, exits with 2, which here means that a call
could not be made, and takes any unambiguous beginning of an option, which makes every new option a danger.
"""

from __future__ import annotations

import argparse
import re
import shutil
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, Protocol, TypeVar

from echo.phone import words

T = TypeVar("T")

#: The first of what follows a word or two of an option.
_COLUMN = 26


class UsageError(Exception):
    """The command line asks for what cannot be asked for; one sentence."""


class Layout(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal, from 50 to 80 columns; descriptions stay as they are written."""

    def __init__(self, prog: str) -> None:
        width = max(50, min(80, shutil.get_terminal_size().columns))
        super().__init__(prog, max_help_position=_COLUMN, width=width)


class Parser(argparse.ArgumentParser):
    """A parser that raises :class:`UsageError`, and asks what was meant by an unknown option."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"formatter_class": Layout, "allow_abbrev": False, **settings})

    def error(self, message: str) -> NoReturn:
        """Say no; argparse calls this."""
        raise UsageError(message.removeprefix("argument "))

    def refuse_unknown(self, given: Sequence[str]) -> None:
        """
        Refuse the first unknown option among the words of a command.

        argparse would find them last, and take the value of a misspelt option for the URL before.
        """
        for word in given:
            if word == "--":
                return
            name = word.partition("=")[0]
            # not '-', which is standard input, nor a negative number, of which its option says more
            if re.match(r"-[^0-9.]", name) and name not in self._option_string_actions:
                hint = words.meant(name, self._option_string_actions)
                raise UsageError(f"there is no option {words.shown(name)}{hint}")


class Commands(Protocol):
    """What argparse returns from ``add_subparsers``; its class has no public name."""

    def add_parser(self, name: str, **settings: Any) -> Parser:
        """Make the parser of one more command."""
        ...


def word(parse: Callable[[str], T]) -> Callable[[str], T]:
    """Let the sentence of a parser's ValueError through, where argparse has a poorer one of its own."""

    def parsed(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parsed
