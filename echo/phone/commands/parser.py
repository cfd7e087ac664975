"""
argparse, with one clear line for whatever is wrong and a help of at most 80 columns.

argparse itself prints the usage around the line that matters, exits with 2, which here means that a call
could not be made, and takes any unambiguous beginning of an option, which makes every new option a danger.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Sequence
from typing import IO, TYPE_CHECKING, Any, Final, NoReturn, Protocol, TypeVar, cast

from echo.phone import words
from echo.phone.show.writing import written

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

T = TypeVar("T")

#: The first of what follows a word or two of an option.
_COLUMN = 26

#: Descriptions are written for so many columns.
_WIDEST = 80


_MISSING = " is missing"

#: What argparse says, and what is said here; in this order.
_IN_OUR_WORDS: Final[tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...]] = (
    (r"argument (.*): not allowed with argument (.*)", r"\1 and \2 do not go together"),
    (r"argument (.*): expected one argument", r"\1 needs a value behind it"),
    (r"argument (.*): ignored explicit argument .*", r"\1 takes no value"),
    (r"unrecognized arguments: (\S*).*", lambda found: f"{words.shown(found[1])} is one word too many"),
    (r"the following arguments are required: (.*)", rf"\1{_MISSING}"),
    (r"^argument ", ""),
)


class UsageError(Exception):
    """The command line asks for what cannot be asked for; one sentence."""


class Layout(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal, from 40 to 80 columns; descriptions stay as they are written where they fit."""

    def __init__(self, prog: str) -> None:
        self.columns = max(40, min(_WIDEST, shutil.get_terminal_size().columns))
        super().__init__(prog, max_help_position=min(_COLUMN, self.columns // 3), width=self.columns)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Fold paragraphs for a narrow terminal, and leave lists and examples; argparse calls this."""
        if self.columns >= _WIDEST:
            return super()._fill_text(text, width, indent)
        parts = text.strip("\n").split("\n\n")
        folded = [part if "\n  " in part else textwrap.fill(part, width) for part in parts]
        return textwrap.indent("\n\n".join(folded), indent) + "\n"


class Parser(argparse.ArgumentParser):
    """A parser that raises :class:`UsageError`, and asks what was meant by an unknown option."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"formatter_class": Layout, "allow_abbrev": False, **settings})

    def error(self, message: str) -> NoReturn:
        """Say no, in our words where argparse has words of its own; it calls this."""
        for theirs, ours in _IN_OUR_WORDS:
            message = re.sub(theirs, ours, message, flags=re.DOTALL)
        if message.endswith(_MISSING):
            message += f"; write: {self.usage}"
        raise UsageError(message)

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Write the help or the version; argparse calls this."""
        stream = cast("IO[str]", file or sys.stderr)
        with written(stream):
            stream.write(message)

    def refuse_unknown(self, given: Sequence[str]) -> None:
        """
        Refuse the first unknown option among the words of a command.

        argparse would find them last, and take the value of a misspelt option for the URL before.
        """
        for word in given:
            if word == "--":
                return
            name, _, value = word.partition("=")
            if value == "--":  # argparse of Python 3.11 takes it away, and there is no value left to look at
                raise UsageError(f"{words.shown(name)[1:-1]}: '--' is no value for an option")
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
