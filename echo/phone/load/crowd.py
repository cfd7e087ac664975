"""The calls of a load: each begins at its time, and when the last one is over the figures are complete."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from echo.phone.load.counts import Usage
from echo.phone.load.figures import INTERVAL, Figures, Interval
from echo.phone.reactor import Stop

#: How often the live line is written anew, in seconds: each time costs a fifth of a millisecond.
REFRESH = 0.25


class Progress(Protocol):
    """Who shows how a load stands."""

    def interval(self, interval: Interval) -> None:
        """Show an interval that is over."""
        ...

    def tick(self, elapsed: float, figures: Figures) -> None:
        """Show how things stand; every ``REFRESH`` seconds."""
        ...


class Crowd:
    """
    All calls.

    Attributes:
        over: fires when the last call is over; fails with what is a bug of ours, for which all calls are hung up.
    """

    def __init__(
        self,
        reactor: Any,
        figures: Figures,
        make: Callable[[int], Awaitable[None]],
        *,
        usage: Callable[[float], Usage],
        progress: Progress,
        every: float = INTERVAL,
    ) -> None:
        """
        Prepare.

        Args:
            reactor: Twisted's.
            figures: where the calls are counted.
            make: makes call ``number`` from beginning to end.
            usage: tells what this process had of the machine, at a time.
            progress: is shown how it goes.
            every: the length of an interval, in seconds.
        """
        self.over: Deferred[None] = Deferred()
        self._reactor = reactor
        self._figures = figures
        self._make = make
        self._usage = usage
        self._progress = progress
        self._every = every
        self._began = 0.0
        self._times: Sequence[float] = ()
        self._number = 0
        self._under_way = 0
        self._next: IDelayedCall | None = None
        self._refresh: IDelayedCall | None = None
        self._closed = 0
        self._bug: Failure | None = None
        self._asked = Stop()

    async def run(self, times: Sequence[float], stop: Stop) -> None:
        """Begin the calls at their times, in seconds from now, and wait until all are over."""
        self._times, self._began, self._asked = times, self._reactor.seconds(), stop
        forget = stop.on_stop(self.stop)
        if not stop.asked:
            self._begin_due()
            self._show()
        try:
            await self.over
        finally:
            forget()
            self._figures.close_interval(self._usage(self._reactor.seconds()))

    def stop(self) -> None:
        """Begin no more calls; those that have begun are hung up by themselves."""
        self._number = len(self._times)
        if self._next is not None:
            self._next.cancel()
            self._next = None
        self._end_if_over()

    def _begin_due(self) -> None:
        """Begin the calls that are due, and wait for the next one."""
        self._next = None
        elapsed = self._reactor.seconds() - self._began
        while self._number < len(self._times) and self._times[self._number] <= elapsed:
            self._begin()
        if self._number < len(self._times):
            self._next = self._reactor.callLater(self._times[self._number] - elapsed, self._begin_due)
        self._end_if_over()

    def _begin(self) -> None:
        number, self._number = self._number, self._number + 1
        self._under_way += 1
        Deferred.fromCoroutine(_as_coroutine(self._make(number))).addBoth(self._ended)

    def _ended(self, result: object) -> None:
        self._under_way -= 1
        if isinstance(result, Failure):
            self._bug = self._bug or result
            if not self._asked.asked:
                self._asked.ask()
        self._end_if_over()

    def _end_if_over(self) -> None:
        if self._under_way or self._number < len(self._times) or self.over.called:
            return
        if self._refresh is not None:
            self._refresh.cancel()
            self._refresh = None
        if self._bug is not None:
            self.over.errback(self._bug)
        else:
            self.over.callback(None)

    def _show(self) -> None:
        """Show how it goes, and close the interval when it is over."""
        self._refresh = None
        if self.over.called:
            return
        now = self._reactor.seconds()
        if now - self._began >= (self._closed + 1) * self._every:
            self._closed = int((now - self._began) / self._every)
            self._progress.interval(self._figures.close_interval(self._usage(now)))
        self._progress.tick(now - self._began, self._figures)
        self._refresh = self._reactor.callLater(REFRESH, self._show)


async def _as_coroutine(work: Awaitable[None]) -> None:
    await work
