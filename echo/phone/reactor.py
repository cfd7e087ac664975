"""The reactor of a phone: its clock, its log, and what Ctrl-C does to what runs on it."""

from __future__ import annotations

import os
import signal
import time
import warnings
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import FrameType
from typing import Any, Final, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import ILogObserver, LogEvent, globalLogBeginner
from twisted.python.failure import Failure
from zope.interface import provider

import echo
from echo.errors import EchoError, PhoneError
from echo.phone.leaving import leave

#: What everybody calls it, in sentences and in reports.
INTERRUPTED: Final = "interrupted"

_OUR_CODE: Final = str(Path(echo.__file__).parent) + os.sep

#: Where packages are installed: theirs, unless it is ours.
_PACKAGES: Final = ("site-packages", "dist-packages")

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

    The process is the phone's own from here on, its log included: :func:`begin_log`. A test suite of
    somebody else's is never in it; see :mod:`echo.phone.in_tests`.

    Returns:
        What ``work`` returns; its exception is raised, and so is a bug of ours that only the log was told of.

    Raises:
        PhoneError: if the work was cancelled.
    """
    from twisted.internet import reactor as installed  # noqa: PLC0415  importing it installs it

    reactor: Any = installed
    # Twisted's timers run on the wall clock, which may be set; a phone's must not jump.
    reactor.seconds = time.monotonic
    stop = Stop()
    outcome: list[T | Failure] = []

    def ended(result: T | Failure) -> None:
        if not outcome:
            outcome.append(result)
            reactor.callFromThread(reactor.stop)

    def begin() -> None:
        doing = Deferred.fromCoroutine(work(reactor, stop))
        stop.unheeded = doing.cancel
        doing.addBoth(ended)

    # Twisted's handlers would end the reactor; ours are there before it runs, and no moment is without.
    _on_signals(reactor, stop)
    begin_log(ended)
    reactor.callWhenRunning(begin)
    reactor.run(installSignalHandlers=False)
    (result,) = outcome
    if isinstance(result, Failure):
        if result.check(CancelledError):
            raise PhoneError(INTERRUPTED)
        result.raiseException()
    return result


def _on_signals(reactor: Any, stop: Stop) -> None:
    def asked(_number: int, _frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, leave)
        reactor.callFromThread(stop.ask)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, asked)


def begin_log(found: Callable[[Failure], object]) -> None:
    """
    Take over Twisted's log in this process, once: a bug of ours is handed to ``found``, and all else dropped.

    Nobody reads it. Left alone, Twisted writes its errors with their tracebacks to standard error, into the live
    line; most of them an application brings about, and they are told in a sentence, as the end of a connection.
    Python's warnings stay where they were.
    """

    @provider(ILogObserver)
    def observe(event: LogEvent) -> None:
        failure = event.get("log_failure")
        if isinstance(failure, Failure) and is_ours(failure):
            found(failure)

    shown = warnings.showwarning
    globalLogBeginner.beginLoggingTo([observe], discardBuffer=True, redirectStandardIO=False)
    warnings.showwarning = shown


def is_ours(failure: Failure) -> bool:
    """Tell a bug of ours: of all code but Python's own, ours was running when it happened."""
    if failure.check(EchoError, CancelledError):
        return False
    for _, filename, *_ in reversed(failure.frames):
        if str(filename).startswith(_OUR_CODE):
            return True
        if any(folder in str(filename) for folder in _PACKAGES):
            return False
    return False
