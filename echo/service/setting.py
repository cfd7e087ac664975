"""What a setting is: a row of the table of all settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field, dataclass
from typing import Any

from echo.limits import OUT_OF_THE_WAY
from echo.service import values

#: What the name of every environment variable of ours begins with.
PREFIX = "ECHO_"

# A longer time is a mistake of unit; a longer queue is a recording, not a call.
LARGEST_SECONDS = 86_400
_LARGEST = {"s": LARGEST_SECONDS, "ms": 60_000}
_UNITS = {"s": "seconds", "ms": "milliseconds"}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """
    One setting.

    Attributes:
        name: as in :class:`echo.service.settings.Settings` and in a TOML file.
        default: what counts when nobody says anything, as text; None stands for "not set".
        parse: makes the value of a text, or raises :class:`ValueError` with the rest of a sentence.
        allowed: what a wrong value should have been.
        help: what it does, in one or two sentences for a person who is new here.
        placeholder: what stands for the value in the help.
        alone: what the option stands for without a value, as text; None where it needs one.
        several: whether a TOML array of strings may be given, and the option more than once.
        is_secret: whether no message may show a value.
    """

    name: str
    default: str | None
    parse: Callable[[str], Any]
    allowed: str
    help: str
    placeholder: str
    alone: str | None = None
    several: bool = False
    is_secret: bool = False

    @property
    def option(self) -> str:
        """The option of the command line, without its dashes in front."""
        return self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return PREFIX + self.name.upper()


def choice(name: str, default: str, names: tuple[str, ...], what: str, about: str) -> Setting:
    """Make the setting whose value is one of ``names``."""
    return Setting(
        name=name,
        default=default,
        parse=values.choice(names, what),
        allowed=", ".join(names),
        help=about,
        placeholder="|".join(names),
    )


def of_limit(limit: Field[Any]) -> Setting:
    """Make the setting of one limit; its default is left to ``--limits``."""
    unit = limit.metadata["unit"]
    largest = _LARGEST.get(unit, OUT_OF_THE_WAY)
    why = limit.metadata["why"]
    return Setting(
        name=limit.name,
        default=None,
        parse=values.whole_number(1, largest),
        allowed=f"a whole number of {_UNITS.get(unit, unit)} from 1 to {largest}",
        help=f"{why[0].upper()}{why[1:]}.",
        placeholder="N",
    )
