"""What an app waits for by the clock: no timer of it outlives the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall

from echo.apps.guard import Guard


class Waits:
    """The timers of one app in one call."""

    def __init__(self, reactor: Any, guard: Guard) -> None:
        """Begin without any."""
        self._reactor = reactor
        self._guard = guard
        self._naps: dict[Deferred[None], IDelayedCall] = {}
        self._laters: set[IDelayedCall] = set()

    def sleep(self, seconds: float) -> Deferred[None]:
        """Wait so long, or until the end of the call."""
        nap: Deferred[None] = Deferred(self._awake)
        self._naps[nap] = self._reactor.callLater(seconds, self._over, nap)
        return nap

    def later(self, function: Callable[[], object]) -> None:
        """Call ``function`` behind what is being done."""

        def call_it() -> None:
            self._laters.discard(timer)
            self._guard.watch("a callback", self._guard.run("a callback", function))

        timer: IDelayedCall = self._reactor.callLater(0, call_it)
        self._laters.add(timer)

    def end(self) -> None:
        """Wait for nothing more; who sleeps wakes up."""
        for timer in self._laters:
            timer.cancel()
        self._laters.clear()
        while self._naps:  # whoever wakes up may cancel another's sleep
            nap = next(iter(self._naps))
            self._awake(nap)
            self._guard.fire(nap, None)

    def _over(self, nap: Deferred[None]) -> None:
        del self._naps[nap]
        self._guard.fire(nap, None)

    def _awake(self, nap: Deferred[None]) -> None:
        """Forget one who sleeps, or whose sleep was cancelled."""
        self._naps.pop(nap).cancel()
