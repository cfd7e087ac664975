"""How a call ends: by our Close frame, by the provider's hand, by the peer, or because its connection is gone."""

from __future__ import annotations

from collections.abc import Callable

from echo.call.app import App
from echo.call.codes import INTERNAL_ERROR, NO_CLOSE_FRAME, POLICY_VIOLATION
from echo.call.connection import Connection
from echo.call.flow import Flow
from echo.call.record import CallRecord
from echo.call.recorded import Recorded
from echo.call.report import CallReport, Ending, explain
from echo.call.state import LIVE, TRANSITIONS, State, Step
from echo.call.terms import CallTerms
from echo.call.timers import Overdue, Timers
from echo.log import Log


class Leaving(Recorded):
    """
    The part of a call that ends it.

    Attributes:
        app: what answers, until the connection is gone.
        ending: how it ended, once that is settled; the first reason counts.
        flow: the way out, which is closed with it.
        record: all that is known of the call.
        state: see ``echo.call.state``.
    """

    #: In front of those of the whole call, whose frames look at the first one.
    __slots__ = ("state", "ending")  # noqa: RUF023  see above
    _answer_audio: Callable[[bytes], None]
    _clock: Callable[[], float]
    _connection: Connection
    _log: Log
    _terms: CallTerms
    _timers: Timers
    app: App
    ending: Ending | None
    flow: Flow
    record: CallRecord | None
    state: State

    @property
    def name(self) -> str:
        """What the log calls this call."""
        raise NotImplementedError

    def next_deadline(self) -> float:
        """Tell when the call must be looked at."""
        raise NotImplementedError

    def report(self) -> CallReport:
        """Tell how the call stands."""
        raise NotImplementedError

    def close(self, code: int, reason: str, limit: str = "") -> None:
        """End the call politely, with a Close frame; ``tick`` sees to it that it ends in time."""
        if self.state not in LIVE:
            return
        self._give_up(Ending("echo", code, reason, limit))
        self._connection.close(code, reason)
        self._connection.wake_at(self.next_deadline())

    def hang_up(self, code: int, reason: str) -> None:
        """
        End the whole call, as its app wants.

        The provider is asked where it can be, for it takes the end of a socket for an accident. It then ends the
        connection itself; if it does not do so in time, the connection is dropped. Where nobody can be asked, it gets a
        Close frame.
        """
        if self.state not in LIVE:
            return
        self._give_up(Ending("echo", code, reason, wanted=True))
        self._connection.resume()  # or its end would not be noticed
        self._connection.wake_at(self.next_deadline())
        if self.record is None or not self._terms.end_call(self.record, self._asked_to_end):
            self._connection.close(code, reason)

    def evict(self, code: int, reason: str, limit: str) -> None:
        """End the call at once for a place that another needs: its Close frame goes out, and none is awaited."""
        self.close(code, reason, limit)
        self._connection.leave()

    def over(self, ending: Ending) -> None:
        """Note that the connection is ending, by the peer's Close frame or by a violation of the protocol."""
        if self.state in LIVE:
            self._give_up(ending)
            self._connection.wake_at(self.next_deadline())

    def failed(self, what: str) -> None:
        """End the call after an exception in ``what``; to be called while that exception is handled."""
        self._log.failure(f"{self.name}: {what} failed, ending this call")
        self.close(INTERNAL_ERROR, "internal error")

    def lost(self, ending: Ending) -> None:
        """Note that the connection is gone; an ending that was decided here before comes first."""
        if self.state is State.ENDED:
            return
        self.ending = self.ending or ending
        self._move(Step.LOST)
        self.flow.forget()
        self._log.info(explain(self.report(), self._log.privacy))
        self.end_recording()
        try:
            self.app.ended(self.ending)
        except BaseException:  # noqa: BLE001  an app's bug must not keep the call in the registry
            self._log.failure(f"{self.name}: the app failed as it ended")
        del self.app, self._answer_audio  # the app holds the call: without a cycle, both go at once

    # Within.

    def _move(self, step: Step) -> None:
        self.state = TRANSITIONS[self.state, step]

    def _give_up(self, ending: Ending) -> None:
        self._timers.closed_at = self._clock()
        self.ending = self.ending or ending
        if self.record is not None:
            self.record.last_ending = self.ending
        self._move(Step.CLOSE)
        self.flow.forget()
        self.end_recording()

    def _asked_to_end(self, done: bool) -> None:
        """Take the provider's word for whether it has ended the call."""
        if not done and self.state is State.CLOSING and self.ending is not None:
            self._connection.close(self.ending.code, self.ending.reason)

    def _end_for(self, overdue: Overdue) -> None:
        if overdue.polite:
            self.close(POLICY_VIOLATION, overdue.reason, overdue.limit)
        else:
            self._give_up(Ending("echo", NO_CLOSE_FRAME, overdue.reason, overdue.limit))
            self._connection.abort()
