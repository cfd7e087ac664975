"""Who was refused, by the name of the limit: counted always, told at a rate that no log is filled by."""

from __future__ import annotations

from collections import Counter

from echo.budget import Budget
from echo.log import Log
from echo.untrusted import clean

#: Lines a second for each limit, and how many at once. A limit that is hit is an attack, or a limit that is too low:
#: either shows in a few lines, and the counts tell the rest.
LINES_PER_SECOND = 0.2
LINES_BURST = 5


class Refusals:
    """
    What was refused since the start.

    Each limit has a budget of lines of its own, so that a flood of one kind does not hide the first of another.

    Attributes:
        counts: refusals by the name of the limit, as in ``echo.limits`` or, for what is no limit, as docs/limits.rst
            names it. Names are ours, never a peer's.
    """

    def __init__(
        self,
        log: Log | None = None,
        lines_per_second: float = LINES_PER_SECOND,
        lines_burst: float = LINES_BURST,
    ) -> None:
        """Count, and write to ``log`` where there is one."""
        self.counts: dict[str, int] = Counter()
        self._log = log
        self._rate = lines_per_second, lines_burst
        self._lines: dict[str, Budget] = {}
        self._untold: Counter[str] = Counter()

    def note(self, limit: str, who: str, now: float, why: str = "") -> None:
        """
        Count one refusal.

        Args:
            limit: what was exceeded.
            who: the peer as the log names it; untrusted.
            now: seconds of a monotonic clock.
            why: what the limit's name does not tell, in our own words.
        """
        self.counts[limit] += 1
        if self._log is None:
            return
        budget = self._lines.get(limit)
        if budget is None:
            budget = self._lines[limit] = Budget(*self._rate, now)
        if not budget.take(now):
            self._untold[limit] += 1
            return
        others = self._untold.pop(limit, 0)
        told = f" ({others} more since the last such line)" if others else ""
        reason = f": {why}" if why else ""
        self._log.warn(f"refused by {limit}: {self._log.privacy.address(clean(who, 80))}{reason}{told}")
