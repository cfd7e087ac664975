"""
Where settings are given: on the command line, in the environment, in a TOML file.

Each source becomes a mapping of names to :class:`Given`, unchecked. Nothing here touches the process's own
environment or files: both are arguments.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from echo.service.setting import PREFIX
from echo.service.table import SETTING_BY_NAME, SETTINGS
from echo.service.values import SHOWN_LENGTH, SHOWN_PATH, file_path, nearest, shown
from echo.untrusted import clean


@dataclass(frozen=True)
class Given:
    """
    What somebody gave for a setting.

    Attributes:
        raw: text, or whatever type the TOML file had.
        place: how messages name it: ``--port``, ``ECHO_PORT`` or ``port in /etc/echo.toml``.
    """

    raw: object
    place: str


def from_command_line(command_line: Mapping[str, str | None]) -> dict[str, Given]:
    """Take the options that were given, by the name of the setting; None stands for one that was not."""
    return {
        name: Given(text, f"--{SETTING_BY_NAME[name].option}")
        for name, text in command_line.items()
        if text is not None
    }


def from_environment(environ: Mapping[str, str]) -> dict[str, Given]:
    """Take our variables; an empty one counts as not set, since a service manager cannot unset one."""
    return {
        setting.name: Given(environ[setting.variable], setting.variable)
        for setting in SETTINGS
        if environ.get(setting.variable)
    }


def strange_variables(environ: Mapping[str, str]) -> list[str]:
    """Warn of variables that look like ours and are not: most are spelling mistakes."""
    ours = {setting.variable for setting in SETTINGS}
    strange = {name for name, value in environ.items() if value and name.startswith(PREFIX)} - ours
    return [_strange_variable(name) for name in sorted(strange)]


def _strange_variable(name: str) -> str:
    # Compared without the prefix, which alone would make any two names similar.
    near = nearest(name.removeprefix(PREFIX), SETTING_BY_NAME)
    hint = f"; did you mean {SETTING_BY_NAME[near].variable}?" if near else ""
    return f"{clean(name, SHOWN_LENGTH)} is not a setting of echo and changes nothing{hint}"


def from_file(
    config: Given | None, read_file: Callable[[str], bytes], problems: list[str]
) -> dict[str, Given]:
    """
    Take the keys of the TOML file that ``config`` names, if it names one.

    What is wrong with the file itself, or with its keys, is added to ``problems``. A ``config`` that is no
    path is left to the check of all values.
    """
    path = _path(config)
    if config is None or path is None:
        return {}
    try:
        return _from_document(toml_document(read_file(path)), clean(path, SHOWN_PATH), problems)
    except OSError as error:
        problems.append(f"{config.place}: {shown(path)} cannot be read: {error.strerror or error}")
    except ValueError as error:
        problems.append(f"{config.place}: {shown(path)} is not TOML: {error}")
    return {}


def _path(config: Given | None) -> str | None:
    try:
        return file_path(str(config.raw)) if config else None
    except ValueError:
        return None


def _from_document(document: Mapping[str, Any], path: str, problems: list[str]) -> dict[str, Given]:
    given: dict[str, Given] = {}
    for key, raw in document.items():
        name = key.replace("-", "_")
        if name == "config" or name not in SETTING_BY_NAME:
            problems.append(_unknown_key(key, path))
        elif name in given:
            problems.append(f"{key} in {path}: stands there twice, with a dash and with an underscore")
        else:
            given[name] = Given(raw, f"{key} in {path}")
    return given


def _unknown_key(key: str, path: str) -> str:
    place = f"{clean(key, SHOWN_LENGTH)} in {path}"
    if key == "config":
        return f"{place}: a file cannot name another file"
    near = nearest(key.replace("-", "_"), SETTING_BY_NAME)
    hint = f"did you mean {near}?" if near else "--help lists all"
    return f"{place}: there is no such setting; {hint}"


def text_of(raw: object, *, several: bool) -> str:
    """
    Turn a value of a TOML file into the text that a command line would have had.

    Args:
        raw: what ``tomllib`` returned; text passes through as it is.
        several: whether the setting takes a list.

    Raises:
        ValueError: with the words for a type that the setting cannot be.
    """
    if several and isinstance(raw, list) and all(isinstance(item, str) for item in raw):
        return ",".join(raw)
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, str | int):
        return str(raw)
    kinds = {float: "a number with a fraction", list: "an array", dict: "a table"}
    raise ValueError(f"{kinds.get(type(raw), 'a date or time')} cannot be used here")


def toml_document(content: bytes) -> dict[str, Any]:
    """
    Parse a TOML file.

    Raises:
        ValueError: with the line and what is wrong there.
    """
    try:
        text = content.decode("utf-8-sig")  # editors on Windows begin a file with a byte order mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line}: not UTF-8") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(_with_line(str(error), text)) from None
    except RecursionError:
        raise ValueError("arrays or tables are nested too deep") from None


def _with_line(message: str, text: str) -> str:
    """Put the line first: ``Invalid value (at line 3, column 7)`` is ``line 3, column 7: Invalid value``."""
    parts = re.fullmatch(r"(.*) \(at (?:(line [0-9]+, column [0-9]+)|end of document)\)", message, re.DOTALL)
    if parts is None:
        return clean(message, SHOWN_LENGTH)
    last_line = f"line {len(text.splitlines()) or 1}"
    return f"{parts[2] or last_line}: {clean(parts[1], SHOWN_LENGTH)}"
