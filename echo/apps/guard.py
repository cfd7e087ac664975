"""
Between echo and an app: its exceptions end its own call, and the time that it takes is measured.

What an app does on the reactor keeps all other calls waiting, so whoever takes longer than the budget is told of by
name, with a hint at ``@blocking``.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from types import coroutine
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from echo.budget import Budget
from echo.call.app import Call
from echo.errors import CallEnded
from echo.log import Log

P = ParamSpec("P")
T = TypeVar("T")


class Guard:
    """
    Runs what belongs to one app in one call.

    Attributes:
        app: the name of the app.
        is_over: the app has ended, or was left: what fails from now on ends nobody's call.
    """

    def __init__(
        self, call: Call, app: str, *, budget: float, told: Budget, log: Log, clock: Callable[[], float]
    ) -> None:
        """
        Watch over ``app``.

        Args:
            call: is ended when the app fails.
            app: as the operator names it.
            budget: seconds that it may take at a time.
            told: how often the log tells of an app that takes longer, over all calls.
            log: where that is told.
            clock: monotonic seconds.
        """
        self.app = app
        self.is_over = False
        self._call = call
        self._budget = budget
        self._told = told
        self._log = log
        self._clock = clock

    def run(self, what: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Call ``function``; ``None`` if it has failed, which has ended the call then."""
        began = self._clock()
        try:
            return function(*args, **kwargs)
        except CallEnded:
            return None
        except BaseException:  # noqa: BLE001  an app may raise anything, by sys.exit() as well
            self.failed()
            return None
        finally:
            self.took(what, self._clock() - began)

    def start(self, what: str, work: Coroutine[Deferred[Any], Any, T]) -> Deferred[T | None]:
        """Run a coroutine; its result is ``None`` if it has failed, which has ended the call then."""
        return Deferred.fromCoroutine(self._timed(what, work)).addErrback(self.broken)

    def watch(self, what: str, result: object) -> Deferred[Any] | None:
        """Go on with what a function of the app's has returned, if it is something that goes on."""
        if isinstance(result, Deferred):
            return result.addErrback(self.broken)
        return self.start(what, result) if isinstance(result, Coroutine) else None

    def fire(self, waiter: Deferred[T], result: T) -> None:
        """Tell ``waiter`` its result; what the app does about it is the app's, and so is what goes wrong with that."""
        waiter.callback(result)
        waiter.addErrback(self.broken)

    def broken(self, failure: Failure) -> None:
        """Take note of an exception that has come by way of a ``Deferred``."""
        try:
            failure.raiseException()
        except CallEnded:
            return
        except CancelledError:
            if not self.is_over:
                self.failed()
        except BaseException:  # noqa: BLE001  as above
            self.failed()

    def failed(self) -> None:
        """End the call over the exception that is being handled; where the app has ended, it is only told."""
        if self.is_over:
            self._log.failure(f"{self._call.name}: the app {self.app} failed when it was over")
        else:
            self._call.failed(f"the app {self.app}")

    def took(self, what: str, seconds: float) -> None:
        """Tell of an app that kept the others waiting."""
        if seconds > self._budget and self._told.take(self._clock()):
            self._log.warn(
                f"{self._call.name}: the app {self.app} took {seconds * 1000:.0f} ms in {what}, "
                f"where {self._budget * 1000:.0f} ms are its budget, and kept all calls waiting; "
                "what blocks belongs into @blocking"
            )

    @coroutine
    def _timed(self, what: str, work: Coroutine[Any, Any, T]) -> Generator[Any, Any, T]:
        """Drive ``work``, and measure each stretch of it between two things that it waits for."""
        step, value = work.send, None
        while True:
            began = self._clock()
            try:
                awaited = step(value)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # of the coroutine that it comes from
            finally:
                self.took(what, self._clock() - began)
            try:
                value, step = (yield awaited), work.send
            except GeneratorExit:  # nobody will go on with it
                work.close()
                raise
            except BaseException as error:  # noqa: BLE001  it is passed on
                value, step = error, work.throw
