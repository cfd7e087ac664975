"""Whether the phone was the bottleneck: then the figures of a load are its own, and not the application's."""

from __future__ import annotations

from typing import Final

from echo.phone.load.figures import Figures, Times, busiest
from echo.phone.verdict.check import Check, untried
from echo.phone.verdict.figures import ms

#: How late one frame in a hundred may leave, in seconds: a quarter of a frame.
LATE_P99: Final = 0.005

#: How much of a core the phone may take: Python does all of it on one.
CPU_SHARE: Final = 0.9

#: How long the phone may have been kept waiting for a core, as a share of the time.
WAITED_SHARE: Final = 0.08


def reasons(figures: Figures) -> list[str]:
    """Say why the figures are about the phone; nothing if they are not."""
    late = Times.of(figures.all_late)
    usage = figures.usage()
    cpu = max(usage.cpu_share, busiest(figures.intervals))
    told = []
    if late.p99 is not None and late.p99 > LATE_P99:
        told.append(f"one frame in a hundred left {ms(late.p99)} late or more")
    if cpu > CPU_SHARE:
        told.append(f"it took {cpu:.0%} of a core")
    if (usage.waited_share or 0.0) > WAITED_SHARE:
        told.append(f"others kept it waiting for a core for {usage.waited_share:.0%} of the time")
    return told


def check(figures: Figures) -> Check:
    """Did the phone keep time? This never fails: it would not be the application's fault."""
    name = "phone"
    late = Times.of(figures.all_late)
    if late.p99 is None or late.longest is None:
        return untried(name, "nothing was said")
    told = f"99 % of the frames left within {ms(late.p99)} of their time, the latest after {ms(late.longest)}"
    found = reasons(figures)
    if not found:
        return Check(name, True, f"The phone kept time: {told}.")
    return Check(
        name,
        None,
        f"The phone was the bottleneck: {' and '.join(found)}. Times and losses are its own as much as the "
        "application's: make fewer calls, or several loads from other machines.",
    )
