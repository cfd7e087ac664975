"""
The command line of ``twistd echo``.

Parsing never fails: twistd answers a ``UsageError`` with pages of usage around the one line that matters. So
what is wrong is kept as sentences, which :meth:`Options.settings` raises together with those about values.
"""

from __future__ import annotations

import shutil
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, NoReturn

from twisted.python import usage

from echo import __version__
from echo.errors import ConfigurationError
from echo.service.help import FLAGS, help_text
from echo.service.settings import SETTINGS, Settings, resolve
from echo.service.values import SHOWN_LENGTH, nearest, shown
from echo.untrusted import clean

_ALLOWED = {setting.option: setting.allowed for setting in SETTINGS}
_ALONE = {setting.option: setting.alone for setting in SETTINGS if setting.alone is not None}
_NAMES = (*_ALLOWED, *FLAGS)
_SEVERAL = {f"--{setting.option}" for setting in SETTINGS if setting.several}


class Options(usage.Options):
    """
    The options of the command line: under its name each text that was given, or None.

    Attributes:
        problems: sentences about words of the command line that are no option of ours.
    """

    synopsis = "[options]"
    optParameters: ClassVar[Sequence[Sequence[str | None]]] = [
        [setting.option, None, None, setting.help] for setting in SETTINGS
    ]
    problems: Sequence[str] = ()

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """Take the words of the command line; without an argument, those of this process."""
        words = list(sys.argv[1:] if options is None else options)
        if words[-2:-1] != ["--_shell-completion"]:  # Twisted serves the completion of zsh itself
            words, self.problems = sift(words, self._belongs_to_twistd)
            words = gathered(words)
        super().parseOptions(words)

    def settings(self, environ: Mapping[str, str], read_file: Callable[[str], bytes]) -> Settings:
        """
        Find all settings, from the command line and the other sources; see :func:`resolve`.

        Raises:
            ConfigurationError: with all that is wrong, words of the command line first.
        """
        command_line = {setting.name: self[setting.option] for setting in SETTINGS}
        try:
            settings = resolve(command_line, environ, read_file)
        except ConfigurationError as error:
            raise ConfigurationError([*self.problems, *error.problems]) from None
        if self.problems:
            raise ConfigurationError(self.problems)
        return settings

    def getUsage(self, width: int | None = None) -> str:
        """Write the help below the synopsis; ``width`` is in columns, by default that of the terminal."""
        return help_text(width or shutil.get_terminal_size().columns)

    def opt_version(self) -> NoReturn:
        """Show the versions of what runs here, and exit."""
        from importlib.metadata import version  # noqa: PLC0415  half a megabyte that a daemon does without

        lines = [f"echo {__version__}", *(f"{name} {version(name)}" for name in ("Twisted", "Autobahn"))]
        sys.stdout.write("\n".join(lines) + "\n")
        raise SystemExit(0)

    def _belongs_to_twistd(self, word: str) -> bool:
        """Tell whether ``word`` is an option of the command that ours is a part of."""
        if self.parent is None:
            return False
        if word.startswith("--"):
            return word[2:] in {option.rstrip("=") for option in self.parent.longOpt}
        return word[1:2] in set(self.parent.shortOpt) - {":"}


def sift(words: Sequence[str], belongs_to_twistd: Callable[[str], bool]) -> tuple[list[str], list[str]]:
    """
    Part a command line into options that Twisted parses without error, and sentences about the rest.

    As with ``getopt``, an option may be cut short to a beginning that no other option has.

    Args:
        words: the command line behind ``echo``.
        belongs_to_twistd: whether a word, without its value, is an option that stands before ``echo``.

    Returns:
        The options, each one word with its full name and its value, and the sentences.
    """
    good: list[str] = []
    problems: list[str] = []
    rest = deque(words)
    while rest:
        try:
            good.append(_take(rest, belongs_to_twistd))
        except ValueError as error:
            problems.append(str(error))
    return good, problems


def gathered(options: Sequence[str]) -> list[str]:
    """Make one of several, with commas between their values, where an option may be given more than once."""
    found: dict[str, str] = {}
    others: list[str] = []
    for option in options:
        name, _, value = option.partition("=")
        if name not in _SEVERAL:
            others.append(option)
        else:
            found[name] = f"{found[name]},{value}" if name in found else value
    return others + [f"{name}={value}" for name, value in found.items()]


def _take(rest: deque[str], belongs_to_twistd: Callable[[str], bool]) -> str:
    """Take one option with its value off ``rest``; :class:`ValueError` with a sentence when it is none."""
    word, equals, value = rest.popleft().partition("=")
    found = _matches(word)
    if len(found) != 1:
        if not equals and word.startswith("--"):
            _take_value(rest)  # most likely of the unknown option: not a second mistake
        raise ValueError(_no_option(word + equals + value, word, found, belongs_to_twistd))
    name = found[0]
    if name in FLAGS:
        if equals:
            raise ValueError(f"--{name}: takes no value")
        return f"--{name}"
    text = value if equals else _take_value(rest)
    if text is None:
        text = _ALONE.get(name)
    if text is None:
        raise ValueError(f"--{name}: needs a value; allowed: {_ALLOWED[name]}")
    return f"--{name}={text}"


def _take_value(rest: deque[str]) -> str | None:
    """Take a value off ``rest``; an option is none, while getopt would swallow it."""
    return rest.popleft() if rest and not rest[0].startswith("--") else None


def _matches(word: str) -> list[str]:
    """Find the options that ``word`` names or begins."""
    if not word.startswith("--") or word == "--":
        return []
    name = word[2:]
    return [name] if name in _NAMES else [known for known in _NAMES if known.startswith(name)]


def _no_option(whole: str, word: str, found: Sequence[str], belongs_to_twistd: Callable[[str], bool]) -> str:
    place = clean(word, SHOWN_LENGTH)
    if found:
        return f"{place}: can be {', '.join('--' + name for name in found)}; write more of it"
    if not word.startswith("-") or word in {"-", "--"}:
        return f"{shown(whole)} is not expected here; all settings are options, such as --port 8000"
    if belongs_to_twistd(word):
        return f"{place}: is an option of twistd and stands before the word echo: twistd {place} echo"
    near = nearest(word.lstrip("-").replace("_", "-"), _NAMES)
    return f"{place}: there is no such option; " + (f"did you mean --{near}?" if near else "--help lists all")
