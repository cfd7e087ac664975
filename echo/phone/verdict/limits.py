"""Checks of figures against limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from echo.phone.listening.hearing import Hearing
from echo.phone.verdict.check import Check, see, untried
from echo.phone.verdict.expectations import COUNTS
from echo.phone.verdict.facts import Facts
from echo.phone.verdict.figures import ms, percentile


def _trip(percent: float) -> Callable[[Facts, Hearing], float | None]:
    return lambda _, hearing: percentile(sorted(hearing.echoes.trips), percent)


#: What each limit is held against; times in seconds.
_FIGURES: Final[Mapping[str, tuple[str, Callable[[Facts, Hearing], float | None]]]] = {
    "max_p50": ("The round trip of half of the frames", _trip(50)),
    "max_p95": ("The round trip of 95 % of the frames", _trip(95)),
    "max_p99": ("The round trip of 99 % of the frames", _trip(99)),
    "max_round_trip": ("The longest round trip", _trip(100)),
    "max_jitter": (
        "The jitter at its highest",
        lambda _, hearing: hearing.arrivals.jitter_max if _came(hearing) else None,
    ),
    "max_gap": (
        "The longest gap",
        lambda _, hearing: hearing.arrivals.longest_gap if _came(hearing) else None,
    ),
    "max_first_audio": ("The time to the first audio", lambda facts, _: facts.first_audio),
    "max_upgrade": ("The time to the open socket", lambda facts, _: facts.setup.upgrade),
    "max_ncco": ("The time to the NCCO", lambda facts, _: facts.setup.ncco),
    "max_underruns": ("The number of underruns", lambda _, hearing: hearing.playback.underruns),
    "max_lost": ("The number of frames lost", lambda _, hearing: hearing.echoes.lost),
}

#: Limits that no audio has a part in: mistakes in it excuse nothing here.
_SETUP: Final = ("max_upgrade", "max_ncco")


def _came(hearing: Hearing) -> bool:
    return hearing.arrivals.messages > 1


@dataclass(frozen=True)
class Excuses:
    """
    Why a figure may not be what it should be.

    Attributes:
        because: the check that explains all that is heard.
        unheard: the check that says already that the expected sound did not come.
        phone_was_late: the times of this call are not to be trusted.
    """

    because: str | None = None
    unheard: str | None = None
    phone_was_late: bool = False


def limit(facts: Facts, name: str, allowed: float, excuses: Excuses) -> Check:
    """
    Hold one figure against its limit.

    Args:
        facts: of the call.
        name: of the limit, as in ``max_p99``.
        allowed: in milliseconds, or a number of what is counted.
        excuses: what else is wrong.
    """
    shown = name.replace("_", "-")
    if facts.hearing is None:
        return untried(shown, "there was no call")
    if excuses.because is not None and name not in _SETUP:
        return see(shown, excuses.because)
    what, figure = _FIGURES[name]
    value = figure(facts, facts.hearing)
    if value is None:
        return _unknown(name, shown, what, excuses)
    if name in COUNTS:
        return Check(shown, value <= allowed, _compared(what, f"{value:g}", f"{allowed:g}", value > allowed))
    is_over = value * 1000 > allowed
    told = _compared(what, ms(value), ms(allowed / 1000), is_over)
    late = " The phone itself was late, see clock." if is_over and excuses.phone_was_late else ""
    return Check(shown, not is_over, told + late)


def _compared(what: str, value: str, allowed: str, is_over: bool) -> str:
    """Write a figure beside its limit."""
    return f"{what} is {value}, {'more than' if is_over else 'within'} the {allowed} allowed."


def _unknown(name: str, shown: str, what: str, excuses: Excuses) -> Check:
    """Fail a limit on what never came, unless that was said already or was not to come."""
    if name in _SETUP:
        return untried(shown, "it was not measured")
    if excuses.unheard is not None:
        return see(shown, excuses.unheard)
    return Check(shown, False, f"{what} cannot be told: nothing came back to measure it by.")
