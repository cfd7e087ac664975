"""How late the reactor is: what everything that waits for its turn waits beyond its time."""

from __future__ import annotations

from twisted.internet.interfaces import IDelayedCall, IReactorTime

#: Seconds between two looks. A process that has nothing else to do wakes up for each: four times a second is a
#: thousandth of a core.
EVERY = 0.25

#: Seconds for which a look counts as the worst, at least; at most it is twice that.
WINDOW = 60.0


class Lag:
    """Measures how late timers fire, by one of its own; while it does not run, nothing is late."""

    def __init__(self, reactor: IReactorTime) -> None:
        """Measure ``reactor``, from :meth:`start` to :meth:`stop`."""
        self._reactor = reactor
        self._timer: IDelayedCall | None = None
        self._due = 0.0
        self._last = 0.0
        self._worst = self._worst_before = 0.0
        self._window_ends = 0.0

    def start(self) -> None:
        """Begin to look."""
        self._window_ends = self._reactor.seconds() + WINDOW
        self._wait()

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def latest(self) -> float:
        """How late the last timer was, in seconds, or the next one is already."""
        if self._timer is None:
            return 0.0
        return max(self._last, self._reactor.seconds() - self._due)

    @property
    def worst(self) -> float:
        """The latest that a timer was within the last minute, or the last two, in seconds."""
        return max(self._worst, self._worst_before, self.latest)

    def _wait(self) -> None:
        self._due = self._reactor.seconds() + EVERY
        self._timer = self._reactor.callLater(EVERY, self._look)

    def _look(self) -> None:
        now = self._reactor.seconds()
        self._last = max(0.0, now - self._due)
        if now >= self._window_ends:
            self._window_ends = now + WINDOW
            self._worst_before, self._worst = self._worst, 0.0
        self._worst = max(self._worst, self._last)
        self._wait()
