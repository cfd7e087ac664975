"""
Scenario files: a few words in TOML.

::

    url = "http://localhost:8000/ncco"

    steps = [
      { expect = "speech", within = "3s" },    # the bot greets
      { play = "question.wav" },               # the caller talks over it
      { expect = "clear", within = "500ms" },  # and the bot stops
      { dtmf = "1#" },
      { expect = "speech", within = "2s" },
      { wait = "1s" },
      { hangup = "close" },
    ]

A step has one verb: ``say`` (so long, the built-in signal), ``play`` (a sound file, beside the scenario), ``dtmf``,
``wait``, ``expect`` (with ``within``) or ``hangup``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from io import BufferedReader
from pathlib import Path
from typing import Any, Final, TypeVar

from echo.audio.format import RATES
from echo.errors import PhoneError
from echo.phone import urls, words
from echo.phone.incoming import open_file
from echo.phone.order import FAR_ENDS, HANG_UPS, CallOrder
from echo.untrusted import clean

T = TypeVar("T")

#: What can be expected, and when it is there.
EXPECTED: Final[Mapping[str, str]] = {
    "speech": "200 ms of sound have been heard since the step before",
    "silence": "nothing louder than -50 dBFS has been heard for half a second",
    "echo": "everything that was said has come back, once, in order and unchanged",
    "clear": "the application has sent clear since the caller last began to say or press something",
    "notify": "the application has sent notify since then",
    "hangup": "the application has ended the call",
}

#: How long an ``expect`` waits that names no time, in seconds.
WITHIN: Final = 5.0

#: Larger files are no scenarios.
MAX_BYTES: Final = 128 * 1024

#: Of longer lines, as a key of thousands of parts, tomllib takes a gigabyte to make sense.
MAX_LINE: Final = 1000

_MAX_STEPS = 1000
_KEYS = ("name", "url", "post", "rate", "far-end", "steps")


@dataclass(frozen=True)
class Step:
    """
    One step.

    Attributes:
        verb: ``say``, ``play``, ``dtmf``, ``wait``, ``expect`` or ``hangup``.
        seconds: how long ``say`` and ``wait`` last; of an ``expect``, the time that it has.
        word: the file, the keys, what is expected, or how to hang up.
    """

    verb: str
    seconds: float = 0.0
    word: str = ""

    def __str__(self) -> str:
        """Write the step as a person would tell it."""
        if self.verb == "expect":
            return f"expect {self.word} within {self.seconds:g} s"
        if self.verb in {"say", "wait"}:
            return f"{self.verb} {self.seconds:g} s"
        return f"{self.verb} {self.word}"


@dataclass(frozen=True)
class Scenario:
    """
    One scenario.

    Attributes:
        name: of its own, or of its file.
        source: the file.
        order: the call to be made; its ``url`` is empty if the file names none.
        steps: what happens in it.
    """

    name: str
    source: Path
    order: CallOrder
    steps: tuple[Step, ...]


class _Mistakes:
    """Takes note of what is wrong in a file, so that all of it can be told at once; each with its place."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def at(self, where: str, read: Callable[[], T]) -> T | None:
        """Read one thing; what is wrong with it is noted, and ``None`` is read."""
        try:
            return read()
        except ValueError as error:
            self.found.append(f"{where}: {error}")
            return None


def read_scenario(path: Path) -> Scenario:
    """
    Read a file.

    Raises:
        PhoneError: naming the file, and each place in it with what is allowed there: a line for each.
    """
    shown = clean(str(path), 200)
    try:
        with BufferedReader(open_file(path)) as file:
            body = file.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise PhoneError(f"{shown}: more than {MAX_BYTES} bytes are no scenario")
        if any(len(line) > MAX_LINE for line in body.splitlines()):
            hint = "write each step on a line of its own"
            raise PhoneError(f"{shown}: a line of more than {MAX_LINE} bytes is not taken: {hint}")
        document = tomllib.loads(body.decode("utf-8"))
    except OSError as error:
        raise PhoneError(f"{shown}: this scenario cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PhoneError(f"{shown}: this is not TOML: {clean(str(error), 120)}") from None
    except ValueError as error:  # a name that no file can have
        raise PhoneError(f"{shown}: {error}") from None
    mistakes = _Mistakes()
    scenario = _scenario(document, path, mistakes)
    if mistakes.found:
        raise PhoneError("\n".join(f"{shown}: {mistake}" for mistake in mistakes.found))
    return scenario


def _scenario(document: Mapping[str, Any], path: Path, mistakes: _Mistakes) -> Scenario:
    _only(document, _KEYS, "the scenario", mistakes)
    order = CallOrder(
        url=mistakes.at("url", lambda: _url(document)) or "",
        post=mistakes.at("post", lambda: _taken(document, "post", bool, False)) or False,
        rate=mistakes.at("rate", lambda: _one_of(document, "rate", RATES)),
        far_end=mistakes.at("far-end", lambda: _one_of(document, "far-end", FAR_ENDS)) or FAR_ENDS[0],
    )
    name = mistakes.at("name", lambda: _taken(document, "name", str, path.stem))
    steps = mistakes.at("steps", lambda: _steps(document)) or []
    read = (_step(step, f"steps[{index}]", path, mistakes) for index, step in enumerate(steps))
    found = tuple(step for step in read if step is not None)
    if sum(step.seconds for step in found if step.verb in {"say", "wait"}) > words.LONGEST:
        mistakes.found.append("steps: all of say and wait is too long: a call lasts 24 hours at most")
    return Scenario(clean(name or "", 200), path, order, found)


def _url(document: Mapping[str, Any]) -> str:
    url: str = _taken(document, "url", str, "")
    return urls.target(url) if url else ""


def _steps(document: Mapping[str, Any]) -> list[Any]:
    steps: list[Any] = _taken(document, "steps", list, [])
    if not 0 < len(steps) <= _MAX_STEPS:
        raise ValueError(f"from 1 to {_MAX_STEPS} of them are required, in steps = [ ... ] or [[steps]]")
    return steps


def _step(step: object, where: str, path: Path, mistakes: _Mistakes) -> Step | None:
    verb = mistakes.at(where, lambda: _verb(step))
    if not isinstance(step, dict) or verb is None:
        return None
    _only(step, (*_VERBS, "within"), where, mistakes)
    if "within" in step and verb != "expect":
        mistakes.found.append(f"{where}: within belongs to expect")
    return mistakes.at(f"{where}.{verb}", lambda: _VERBS[verb](step, path))


def _verb(step: object) -> str:
    if not isinstance(step, dict):
        raise ValueError("a table with one verb is required, as in { wait = 1 }")
    verbs = [key for key in step if key in _VERBS]
    if len(verbs) != 1:
        slips = (words.meant(key, _VERBS) for key in step if key not in _VERBS)
        raise ValueError(f"exactly one of {', '.join(_VERBS)} is required{next(slips, '')}")
    return str(verbs[0])


def _seconds(value: object) -> float:
    """Take ``2``, ``"2s"`` or ``"500ms"``; bare numbers are seconds, as on the command line."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("a time is required, as in 2 or '500ms'")
    # 1e-7 is a number in TOML and no word of ours
    small = isinstance(value, float) and 0 < value < 1
    return words.duration(format(Decimal(repr(value)), "f") if small else str(value))


def _word(value: object, known: Mapping[str, str] | tuple[str, ...], what: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"one of {', '.join(known)} is required")
    return words.one_of(tuple(known), what)(value)


def _say(step: Mapping[str, Any], _path: Path) -> Step:
    return Step("say", _seconds(step["say"]))


def _play(step: Mapping[str, Any], path: Path) -> Step:
    name = step["play"]
    if not isinstance(name, str) or not name:
        raise ValueError("the name of a sound file is required")
    return Step("play", word=str(path.parent / name))


def _dtmf(step: Mapping[str, Any], _path: Path) -> Step:
    keys = step["dtmf"]
    if not isinstance(keys, str) or not keys or set(keys) - set("0123456789*#"):
        raise ValueError("keys from 0-9*# are required, as in '12#'")
    return Step("dtmf", word=keys)


def _wait(step: Mapping[str, Any], _path: Path) -> Step:
    return Step("wait", _seconds(step["wait"]))


def _expect(step: Mapping[str, Any], _path: Path) -> Step:
    expected = _word(step["expect"], EXPECTED, "expectation")
    try:
        return Step("expect", _seconds(step.get("within", WITHIN)), expected)
    except ValueError as error:
        raise ValueError(f"within: {error}") from None


def _hangup(step: Mapping[str, Any], _path: Path) -> Step:
    return Step("hangup", word=_word(step["hangup"], HANG_UPS, "way to hang up"))


_VERBS: Final[Mapping[str, Callable[[Mapping[str, Any], Path], Step]]] = {
    "say": _say,
    "play": _play,
    "dtmf": _dtmf,
    "wait": _wait,
    "expect": _expect,
    "hangup": _hangup,
}


def _only(table: Mapping[str, Any], known: tuple[str, ...], where: str, mistakes: _Mistakes) -> None:
    for key in table:
        if key not in known:
            hint = words.meant(key, known) or f"; there are {', '.join(known)}"
            mistakes.found.append(f"{where}: there is no '{clean(key, 40)}'{hint}")


def _taken(table: Mapping[str, Any], key: str, kind: type, default: Any) -> Any:
    value = table.get(key, default)
    if not isinstance(value, kind):
        names = {str: "a string", bool: "true or false", list: "an array"}
        raise ValueError(f"{names[kind]} is required")
    return value


def _one_of(table: Mapping[str, Any], key: str, known: tuple[Any, ...]) -> Any:
    value = table.get(key)
    # 16000.0 equals 16000, and would be written so in the first text
    if value is not None and (type(value) is not type(known[0]) or value not in known):
        raise ValueError(f"one of {', '.join(map(str, known))} is required")
    return value
