"""The reactor of a phone: its clock, and what Ctrl-C does to what runs on it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any, Final, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from echo.errors import PhoneError
from echo.phone.leaving import leave

#: What everybody calls it, in sentences and in reports.
INTERRUPTED: Final = "interrupted"

T = TypeVar("T")


class Stop:
    """
    What Ctrl-C asks for: whoever makes a call says what is to be done then.

    Attributes:
        asked: whether it was pressed.
        unheeded: what is done where nobody ever said what is to be done.
    """

    def __init__(self) -> None:
        self.asked = False
        self.unheeded: Callable[[], object] = list
        self._heeded = False
        self._wishes: list[Callable[[], object]] = []

    def on_stop(self, wish: Callable[[], object]) -> Callable[[], None]:
        """
        Do this when Ctrl-C is pressed; at once if it was.

        Returns:
            Takes the wish back, when what it would end is over.
        """
        self._heeded = True
        self._wishes.append(wish)
        if self.asked:
            wish()
        return lambda: self._wishes.remove(wish)

    def ask(self) -> None:
        """Ask everybody to come to an end, once."""
        if self.asked:
            return
        self.asked = True
        for wish in list(self._wishes):
            wish()
        if not self._heeded:
            self.unheeded()


def run(work: Callable[[Any, Stop], Coroutine[Any, Any, T]]) -> T:
    """
    Run ``work(reactor, stop)`` on the reactor until it is done; once in the life of a process.

    The first Ctrl-C (or SIGTERM) asks ``stop``, so that calls are hung up and the report is given; the second
    ends the process at once. Work that never said what is to be done then is cancelled.

    Returns:
        What ``work`` returns; its exception is raised.

    Raises:
        PhoneError: if the work was cancelled.
    """
    from twisted.internet import reactor as installed  # noqa: PLC0415  importing it installs it

    reactor: Any = installed
    # Twisted's timers run on the wall clock, which may be set; a phone's must not jump.
    reactor.seconds = time.monotonic
    stop = Stop()
    outcome: list[T | Failure] = []

    def begin() -> None:
        doing = Deferred.fromCoroutine(work(reactor, stop))
        stop.unheeded = doing.cancel
        doing.addBoth(outcome.append).addBoth(_end, reactor)

    # Twisted's handlers would end the reactor; ours are there before it runs, and no moment is without.
    _on_signals(reactor, stop)
    reactor.callWhenRunning(begin)
    reactor.run(installSignalHandlers=False)
    (result,) = outcome
    if isinstance(result, Failure):
        if result.check(CancelledError):
            raise PhoneError(INTERRUPTED)
        result.raiseException()
    return result


def _end(_result: object, reactor: Any) -> None:
    reactor.stop()


def _on_signals(reactor: Any, stop: Stop) -> None:
    def asked(_number: int, _frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, leave)
        reactor.callFromThread(stop.ask)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, asked)
