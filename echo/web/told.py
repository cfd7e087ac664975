"""What peers make us write into the log over HTTP, within a budget for the whole daemon."""

from __future__ import annotations

from collections.abc import Callable

from echo.budget import Budget
from echo.limits import Limits
from echo.log import Log
from echo.privacy import Privacy


class BoundedLog:
    """
    Writes lines that anybody can cause, as many a second as ``limits`` allows, and counts the others.

    An operator's log is on a disk, and a webhook is cheap: without a bound one connection fills it with a
    megabyte a second.
    """

    def __init__(self, log: Log, limits: Limits, clock: Callable[[], float]) -> None:
        """Write to ``log``; ``clock`` gives monotonic seconds."""
        self._log = log
        self._clock = clock
        self._budget = Budget(limits.http_log_per_second, limits.http_log_burst, clock())
        self._left_out = 0

    @property
    def privacy(self) -> Privacy:
        """How what is private is shown in a line."""
        return self._log.privacy

    def info(self, line: str) -> None:
        """Write ``line``, or count it."""
        if not self._budget.take(self._clock()):
            self._left_out += 1
            return
        if self._left_out:
            self._log.warn(f"{self._left_out} lines about webhooks were left out: too many a second")
            self._left_out = 0
        self._log.info(line)
