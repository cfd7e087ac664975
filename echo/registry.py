"""The list of calls: those that are on, and how the last ones ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from echo.call.report import CallReport
from echo.call.session import CallSession
from echo.call.state import State

#: Enough to see what just went wrong; a report is about a kilobyte.
RECENT_ENDS = 100


class Registry:
    """
    All live calls by number.

    Attributes:
        live: the calls that are on.
        ever: how many calls there have been since the start.
        ended: reports of the last calls that ended, the newest last.
    """

    def __init__(self) -> None:
        """Start with no calls."""
        self.live: dict[int, CallSession] = {}
        self.ever = 0
        self.ended: deque[CallReport] = deque(maxlen=RECENT_ENDS)
        self._when_empty: list[Callable[[], None]] = []
        #: Those that may have said nothing yet, by number: the one that began first is the first.
        self._silent: dict[int, CallSession] = {}

    def next_number(self) -> int:
        """Give the next call its number, from 1."""
        self.ever += 1
        return self.ever

    def add(self, call: CallSession) -> None:
        """Enter a call that has begun."""
        self.live[call.number] = call
        self._silent[call.number] = call

    def remove(self, call: CallSession) -> None:
        """Strike a call that has ended; it leaves its report."""
        del self.live[call.number]
        self._silent.pop(call.number, None)
        self.ended.append(call.report())
        if not self.live:
            waiting, self._when_empty = self._when_empty, []
            for tell in waiting:
                tell()

    def silent_beyond(self, most: int) -> CallSession | None:
        """Return the call that has said nothing for longest, if more than ``most`` of them have said nothing yet."""
        if len(self._silent) <= most:
            return None
        # Nobody tells us of a first message, since hardly anybody asks: whoever has spoken is struck out here.
        self._silent = {n: call for n, call in self._silent.items() if call.state is State.OPENED}
        return next(iter(self._silent.values())) if len(self._silent) > most else None

    def when_empty(self, tell: Callable[[], None]) -> None:
        """Call ``tell`` once, when no call is on: at once, or as the last one ends."""
        if self.live:
            self._when_empty.append(tell)
        else:
            tell()
