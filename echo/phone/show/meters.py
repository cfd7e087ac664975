"""Figures as a person reads them, and small pictures of them, in Unicode or in ASCII."""

from __future__ import annotations

from typing import Final

from echo.phone.verdict.figures import counted, ms

__all__ = ["LOUD", "QUIET", "bar", "clock", "counted", "level_style", "meter", "milliseconds"]

#: What the meters show, in dBFS: below is a quiet room, above cannot be.
QUIET, LOUD = -60.0, 0.0

#: From where a level is drawn in yellow and in red, in dBFS.
_HIGH, _TOO_HIGH = -12.0, -3.0

#: Eighths of a cell (Unicode "Block Elements").
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"


def bar(share: float, cells: int, *, unicode: bool) -> str:
    """Draw ``share`` (0 to 1) of so many cells; as wide as these, always."""
    share = min(max(share, 0.0), 1.0)
    if not unicode:
        return ("#" * round(share * cells)).ljust(cells)
    eighths = round(share * cells * 8)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()).ljust(cells)


def meter(level: float, cells: int, *, unicode: bool) -> str:
    """Draw a level, in dBFS, between two marks; 2 wider than ``cells``."""
    left, right = ("▕", "▏") if unicode else ("[", "]")
    return left + bar((level - QUIET) / (LOUD - QUIET), cells, unicode=unicode) + right


def level_style(level: float) -> str:
    """Choose the colour of a level in dBFS, as sound engineers are used to."""
    if level >= _TOO_HIGH:
        return "red"
    return "yellow" if level >= _HIGH else "green"


def milliseconds(value: float | None) -> str:
    """Write a time that is given in milliseconds, in three digits or so: ``8.43 ms``, ``84.3 ms``, ``1.25 s``."""
    if value is None:
        return "-"
    return f"{value / 1000:.2f} s" if abs(value) >= 1000 else ms(value / 1000)


def clock(seconds: float) -> str:
    """Write a time as on the clock of a phone: ``0:07``, ``12:30``, ``1:02:03``."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
