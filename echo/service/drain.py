"""
The end of a daemon that holds people's calls: no new ones, time for those that are on, then goodbye.

It goes through stages, and never back. Time takes it to the next one, or somebody who is in a hurry does:

====================  =======================================================================================
taking calls          until the first request to stop
draining              calls go on, new ones are refused; until the last has ended or the time is over
closing               each call gets a Close frame with 1001, spread, so that they are not dialled anew all at
                      once; then its peer has its time to answer. Where the port is held for the next process,
                      all at once, and newcomers wait for that one
over                  no call is on, or those that are have been given up
====================  =======================================================================================
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from echo.call.codes import GOING_AWAY
from echo.call.session import CallSession
from echo.log import Log
from echo.registry import Registry

#: How many calls a second are closed. Each may come back at once, elsewhere or here: with a webhook, a script and an
#: upgrade, of which a fresh daemon serves many more.
CLOSED_PER_SECOND = 50

#: Seconds in which all of them are closed, however many there are.
LONGEST_SPREAD = 10.0

#: Seconds after which a caller who was refused may ask again, at most: behind a balancer somebody else takes calls
#: long before we are gone.
LONGEST_RETRY = 60


class Stage(Enum):
    """How far the end has come."""

    TAKING = "taking calls"
    DRAINING = "draining"
    CLOSING = "closing"
    OVER = "stopping"


class Drain:
    """
    Leads the calls of a daemon to their end.

    Attributes:
        stage: how far it has come.
        seconds: how long calls may go on; what counts is the value at the time of the stop.
    """

    def __init__(
        self,
        *,
        reactor: IReactorTime,
        registry: Registry,
        log: Log,
        seconds: float,
        patience: Callable[[], float],
        random: Callable[[], float],
        is_held: bool = False,
    ) -> None:
        """
        Wait for somebody to ask for the end.

        Args:
            reactor: keeps the time.
            registry: knows the calls.
            log: is told what happens.
            seconds: how long calls may go on.
            patience: seconds by which a call must be gone after our Close frame; a bug of ours must not hold up
                the stop for ever.
            random: numbers from 0 up to 1.
            is_held: somebody else holds the port, and passes it to the next process: who comes back waits in its queue,
                so calls are closed at once and not one after the other, and the last one is as soon back as the first.
        """
        self.stage = Stage.TAKING
        self.seconds = seconds
        self._reactor = reactor
        self._registry = registry
        self._log = log
        self._patience = patience
        self._random = random
        self._timer: IDelayedCall | None = None
        self._goodbyes: dict[CallSession, IDelayedCall] = {}
        self._ends_at = 0.0
        self._is_held = is_held
        self._tell_over: list[Callable[[], None]] = []
        self._tell_closing: list[Callable[[], None]] = []

    @property
    def is_open(self) -> bool:
        """Whether calls are taken."""
        return self.stage is Stage.TAKING

    def retry_after(self) -> int:
        """Tell a caller who is refused when to ask again, in whole seconds (RFC 9110 section 10.2.3)."""
        return max(1, min(LONGEST_RETRY, math.ceil(self._ends_at - self._reactor.seconds())))

    def status(self) -> str:
        """Tell in one line for a person how far it has come."""
        calls = len(self._registry.live)
        told = f"{self.stage.value}, {calls} {'call is' if calls == 1 else 'calls are'} on"
        if self.stage is Stage.DRAINING:
            told += f", for {max(0, round(self._ends_at - self._reactor.seconds()))} s at most"
        return told

    def when_over(self, tell: Callable[[], None]) -> None:
        """Call ``tell`` once, when it is over: at once, if it is."""
        if self.stage is Stage.OVER:
            tell()
        else:
            self._tell_over.append(tell)

    def when_closing(self, tell: Callable[[], None]) -> None:
        """Call ``tell`` once, before the first call is closed."""
        self._tell_closing.append(tell)

    def hurry(self) -> None:
        """Begin with the end, or, each further time, do at once what is next."""
        if self.stage is Stage.TAKING:
            self._drain()
        elif self.stage is Stage.DRAINING or self._goodbyes:
            self.close_all()
        elif self.stage is Stage.CLOSING:
            self._log.warn(f"not waiting for {self._calls()} to answer the Close frame")
            self._over()

    def close_all(self) -> None:
        """Close every call now that has not been closed yet."""
        if self.stage in {Stage.TAKING, Stage.DRAINING}:
            self._close(spread=0.0)
        goodbyes, self._goodbyes = self._goodbyes, {}
        for call, timer in goodbyes.items():
            timer.cancel()
            self._say_goodbye(call)

    # From stage to stage.

    def _drain(self) -> None:
        if not self._registry.live or not self.seconds:
            self._close(self._spread())
            return
        self.stage = Stage.DRAINING
        self._ends_at = self._reactor.seconds() + self.seconds
        self._timer = self._reactor.callLater(self.seconds, self._time_is_over)
        self._log.info(
            f"draining: {self._calls()} may go on for {self.seconds:g} s, and no new one is taken; "
            "a second signal closes them now"
        )
        self._registry.when_empty(self._over)

    def _time_is_over(self) -> None:
        self._timer = None
        self._close(self._spread())

    def _spread(self) -> float:
        """Tell in how many seconds all calls are to be closed."""
        return 0.0 if self._is_held else min(LONGEST_SPREAD, len(self._registry.live) / CLOSED_PER_SECOND)

    def _close(self, spread: float) -> None:
        """Close all calls within ``spread`` seconds, each at a time of its own."""
        self._cancel()
        was_draining, self.stage = self.stage is Stage.DRAINING, Stage.CLOSING
        for tell in self._tell_closing:
            tell()
        self._ends_at = self._reactor.seconds() + spread
        calls = list(self._registry.live.values())
        if calls:
            self._log.info(f"stopping: closing {self._calls()}")
        step = spread / max(1, len(calls))
        for place, call in enumerate(calls):
            if spread:
                delay = (place + self._random()) * step
                self._goodbyes[call] = self._reactor.callLater(delay, self._say_goodbye, call)
            else:
                self._say_goodbye(call)
        self._wait_for_answers()
        if not was_draining:  # then we are waiting already
            self._registry.when_empty(self._over)

    def _say_goodbye(self, call: CallSession) -> None:
        self._goodbyes.pop(call, None)
        try:
            call.close(GOING_AWAY, "the daemon is stopping")
        except Exception:  # noqa: BLE001  one call's bug must not spare the others
            self._log.failure(f"{call.name}: closing failed")
        self._wait_for_answers()

    def _wait_for_answers(self) -> None:
        if self._goodbyes or self.stage is Stage.OVER or self._timer is not None:
            return
        self._timer = self._reactor.callLater(self._patience(), self._give_up)

    def _give_up(self) -> None:
        self._timer = None
        self._log.error(f"{self._calls()} did not end in time; stopping without them")
        self._over()

    def _over(self) -> None:
        if self.stage is Stage.OVER:
            return
        self.stage = Stage.OVER
        self._cancel()
        waiting, self._tell_over = self._tell_over, []
        for tell in waiting:
            tell()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for timer in self._goodbyes.values():
            timer.cancel()
        self._goodbyes.clear()

    def _calls(self) -> str:
        number = len(self._registry.live)
        return "1 call" if number == 1 else f"{number} calls"
