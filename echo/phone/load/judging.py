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


def judge(terms: Terms, figures: Figures, *, interrupted: bool = False) -> list[Check]:
    """Hold the figures against what is to pass; ``interrupted`` if somebody stopped the load."""
    counts = figures.counts
    checks = [_calls(terms, figures), _crossed(figures, counts)]
    if interrupted:
        checks.insert(0, _whole(terms, figures))
    checks.append(_echo(figures, counts) if terms.echo else _heard(counts))
    checks += [_limit(name, allowed, figures, counts) for name, allowed in terms.limits.items()]
    if counts.said:
        checks.append(bottleneck.check(figures))
    return checks


def exit_status(figures: Figures, checks: list[Check]) -> int:
    """
    Tell 0 if all checks passed, 1 if some failed, 2 if no call could be made or none was over.

    A load that was interrupted is judged by what it has. It has not passed unless every call was over by then:
    ``whole`` fails. Where none was over nothing can be said of the application: 2.
    """
    if not figures.connected or not _over(figures):
        return 2
    return int(any(check.passed is False for check in checks))


def problem(figures: Figures) -> str | None:
    """Say why there was no call at all; ``None`` where there was one."""
    if figures.connected:
        return None
    most = figures.fates.reasons.most_common(1)
    return most[0][0][1] if most else "interrupted before a call was open"


def _over(figures: Figures) -> int:
    """Count the calls that came to an end of their own."""
    return figures.begun - figures.up - figures.fates.counts["interrupted"]


def _whole(terms: Terms, figures: Figures) -> Check:
    """Were all calls made that were asked for, to their end?"""
    name, over, cut = "whole", _over(figures), figures.begun - _over(figures)
    if over == terms.calls:
        return Check(name, True, "The load was interrupted after its last call.")
    never = terms.calls - figures.begun
    fates = {"over": over, "cut off": cut, "never begun": never}
    told = ", ".join(f"{number} {fate}" for fate, number in fates.items() if number)
    return Check(name, False, f"The load was interrupted: of {counted(terms.calls, 'call')} {told}.")


def _heard(counts: Counts) -> Check:
    """Describe what came back, where nobody said what should."""
    name = "heard"
    if not counts.said:
        return untried(name, "nothing was said")
    if not counts.echoed:
        came = f"{counted(counts.returned, 'message')} came" if counts.returned else "Nothing came"
        return Check(name, None, f"{came} back{', nothing as it was said' if counts.returned else ''}.")
    wrong = _wrong(counts)
    if not wrong:
        return Check(name, None, f"All {counts.echoed} frames came back as they were said.")
    told = f"{counts.echoed} of {counted(counts.said, 'frame')} came back as they were said: {wrong}"
    return Check(name, None, f"{told}. No echo is expected; with --expect echo the load fails for this.")


def _wrong(counts: Counts) -> str:
    """List what is wrong with an echo; empty if nothing is."""
    wrong = {name: getattr(counts, name) for name in ("lost", "repeated", "reordered", "altered")}
    return ", ".join(f"{number} {what}" for what, number in wrong.items() if number)


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
    wrong = _wrong(counts)
    if not wrong and counts.echoed:
        return Check(name, True, f"All {counts.echoed} frames came back, once, in order, unchanged.")
    told = wrong or "none came back"
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
