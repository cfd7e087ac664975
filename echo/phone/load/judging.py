"""The checks of a load: all of its calls against what is to pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from echo.phone.load import bottleneck
from echo.phone.load.counts import Counts
from echo.phone.load.figures import Figures
from echo.phone.load.histogram import Histogram
from echo.phone.load.outcome import FAILED
from echo.phone.load.terms import Terms
from echo.phone.verdict.check import Check, untried
from echo.phone.verdict.expectations import COUNTS
from echo.phone.verdict.figures import counted, ms

#: Reasons that a sentence names.
_NAMED = 3

_LATE = " The phone itself was the bottleneck, see phone."


def _trip(percent: float) -> Callable[[Figures, Counts], float | None]:
    return lambda figures, _: figures.all_trips.percentiles([percent])[0]


def _longest(of: Callable[[Figures], Histogram]) -> Callable[[Figures, Counts], float | None]:
    return lambda figures, _: of(figures).percentiles([100])[0]


#: What each limit is held against; times in seconds.
_FIGURES: Final[Mapping[str, tuple[str, Callable[[Figures, Counts], float | None]]]] = {
    "max_p50": ("The round trip of half of the frames", _trip(50)),
    "max_p95": ("The round trip of 95 % of the frames", _trip(95)),
    "max_p99": ("The round trip of 99 % of the frames", _trip(99)),
    "max_round_trip": ("The longest round trip", _trip(100)),
    "max_jitter": ("The largest jitter of a call", lambda figures, _: figures.jitter),
    "max_gap": ("The longest gap in a call", lambda figures, _: figures.longest_gap),
    "max_first_audio": ("The longest time to the first audio", _longest(lambda figures: figures.first_audio)),
    "max_upgrade": ("The longest time to an open socket", _longest(lambda figures: figures.upgrade)),
    "max_ncco": ("The longest time to an NCCO", _longest(lambda figures: figures.ncco)),
    "max_underruns": ("The number of underruns", lambda _, counts: counts.underruns),
    "max_lost": ("The number of frames lost", lambda _, counts: counts.lost),
}


def judge(terms: Terms, figures: Figures) -> list[Check]:
    """Hold the figures against what is to pass."""
    counts = figures.counts
    checks = [_calls(terms, figures), _crossed(figures, counts)]
    if terms.echo:
        checks.append(_echo(figures, counts))
    checks += [_limit(name, allowed, figures, counts) for name, allowed in terms.limits.items()]
    if counts.said:
        checks.append(bottleneck.check(figures))
    return checks


def exit_status(figures: Figures, checks: list[Check]) -> int:
    """0 all checks passed, 1 some failed, 2 no call could be made."""
    if not figures.connected:
        return 2
    return int(any(check.passed is False for check in checks))


def problem(figures: Figures) -> str | None:
    """Say why there was no call at all; ``None`` where there was one."""
    if figures.connected:
        return None
    most = figures.fates.reasons.most_common(1)
    return most[0][0][1] if most else "interrupted before a call was open"


def _calls(terms: Terms, figures: Figures) -> Check:
    """Were the calls taken, and kept?"""
    name, failed, allowed = "calls", figures.fates.failed, terms.max_failed
    told = f"{failed} of {counted(figures.begun, 'call')} failed, {_of_allowed(failed, allowed)}"
    if not failed:
        return Check(name, True, f"No call failed, of {figures.begun}.")
    return Check(name, failed <= allowed, f"{told}: {_why(figures)}.")


def _of_allowed(failed: int, allowed: int) -> str:
    return f"where {allowed} may" if failed > allowed else f"within the {allowed} that may"


def _why(figures: Figures) -> str:
    reasons = figures.fates.reasons.most_common()
    told = [f"{number} {fate} ({reason})" for (fate, reason), number in reasons[:_NAMED] if fate in FAILED]
    more = sum(number for _, number in reasons[_NAMED:])
    return ", ".join(told) + (f", and {more} for other reasons" if more else "")


def _crossed(figures: Figures, counts: Counts) -> Check:
    """Did a caller hear another one?"""
    name = "crossed"
    if not counts.echoed:
        return untried(name, "no audio of the callers came back")
    found = figures.crossings.found
    if not found:
        return Check(name, True, "No caller heard the audio of another one.")
    what = "1 frame" if found == 1 else f"{found} frames"
    return Check(
        name,
        False,
        f"Callers hear each other: {what} that came back had been said in another call. "
        "Keep the state of a call in its own connection.",
    )


def _echo(figures: Figures, counts: Counts) -> Check:
    """Did every frame come back, once, in order, unchanged?"""
    name = "echo"
    if not counts.said:
        return untried(name, "nothing was said")
    wrong = {name: getattr(counts, name) for name in ("lost", "repeated", "reordered", "altered")}
    if not any(wrong.values()) and counts.echoed:
        return Check(name, True, f"All {counts.echoed} frames came back, once, in order, unchanged.")
    told = ", ".join(f"{number} {what}" for what, number in wrong.items() if number) or "none came back"
    other = " An altered frame may be one of another call, see crossed." if figures.crossings.found else ""
    late = _late(figures)
    return Check(name, False, f"Of {counted(counts.said, 'frame')} that were said: {told}.{other}{late}")


def _limit(name: str, allowed: float, figures: Figures, counts: Counts) -> Check:
    shown = name.replace("_", "-")
    what, figure = _FIGURES[name]
    value = figure(figures, counts)
    if name == "max_ncco" and value is None:
        return untried(shown, "no NCCO was asked for, or none came")
    if value is None:
        return Check(shown, False, f"{what} cannot be told: nothing came back to measure it by.")
    if name in COUNTS:
        is_over, figures_told = value > allowed, (f"{value:g}", f"{allowed:g}")
    else:
        is_over, figures_told = value * 1000 > allowed, (ms(value), ms(allowed / 1000))
    told = _compared(what, *figures_told, is_over)
    return Check(shown, not is_over, told + (_late(figures) if is_over else ""))


def _late(figures: Figures) -> str:
    """Say of a failure that it may be the phone's own: what it had no time to read has not come back either."""
    return _LATE if bottleneck.reasons(figures) else ""


def _compared(what: str, value: str, allowed: str, is_over: bool) -> str:
    return f"{what} is {value}, {'more than' if is_over else 'within'} the {allowed} allowed."
