"""The list of calls: those that are on, how the last ones ended, what is known of them, and what all have counted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from echo.call.messages import Start
from echo.call.pings import RoundTrips
from echo.call.report import CallReport
from echo.call.session import CallSession
from echo.call.state import State
from echo.call.totals import Totals
from echo.limits import STANDARD, Limits
from echo.records import Records
from echo.webhook.facts import conversation_in, texts_of


class Registry:
    """
    All live calls by number.

    Attributes:
        live: the calls that are on.
        ever: how many calls there have been since the start.
        ended: reports of the last calls that ended, the newest last; :meth:`recent` leaves out those that are too old.
        round_trips: how long the answers to our pings took.
        records: what answer requests, events and sockets have told of each call.
    """

    def __init__(self, limits: Limits = STANDARD) -> None:
        """Start with no calls; ``limits`` say how many that are over are remembered, and for how long."""
        self.live: dict[int, CallSession] = {}
        self.ever = 0
        self.ended: deque[CallReport] = deque()
        self.round_trips = RoundTrips()
        self.records = Records(limits)
        self._limits = limits
        self._totals = Totals()
        self._when_empty: list[Callable[[], None]] = []
        #: Those that may have said nothing yet, by number: the one that began first is the first.
        self._silent: dict[int, CallSession] = {}

    def serve_under(self, limits: Limits) -> None:
        """Remember as many calls as other ``limits`` allow, from the next one on."""
        self._limits = limits
        self.records.serve_under(limits)

    def next_number(self) -> int:
        """Give the next call its number, from 1."""
        self.ever += 1
        return self.ever

    def add(self, call: CallSession) -> None:
        """Enter a call that has begun."""
        self.live[call.number] = call
        self._silent[call.number] = call
        call.on_start = self._began
        if call.conversation is not None:  # the upgrade has proven whose socket it is
            self._bind(call, call.conversation, call.opened_at)

    def remove(self, call: CallSession) -> None:
        """Strike a call that has ended; it leaves its report."""
        del self.live[call.number]
        self._silent.pop(call.number, None)
        self._totals.add_ended(call)
        report = call.report()
        self.ended.append(report)
        self.recent(report.at)
        if call.record is not None:
            self.records.closed(call.record, report, report.at)
        if not self.live:
            waiting, self._when_empty = self._when_empty, []
            for tell in waiting:
                tell()

    def totals(self) -> Totals:
        """Add up what all calls have counted, those that have ended and those that are on."""
        return self._totals.with_live(self.live.values())

    def recent(self, now: float) -> tuple[CallReport, ...]:
        """Tell how calls ended lately, the newest last, and forget older ones; ``now`` is by the calls' clock."""
        limits, ended = self._limits, self.ended
        while ended and (ended[0].at < now - limits.records_kept_for or len(ended) > limits.records_kept):
            ended.popleft()
        return tuple(ended)

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

    def _bind(self, call: CallSession, conversation_uuid: str, now: float) -> None:
        """Bind a socket to its call."""
        call.record = self.records.opened(conversation_uuid, now)

    def _began(self, call: CallSession, start: Start, now: float) -> None:
        """Take the first text message: whose socket it is, unless that is known, and all else that it says."""
        metadata = start.metadata
        uuid = conversation_in(metadata)
        if call.record is None and uuid is not None:
            self._bind(call, uuid, now)
        if call.record is not None:
            self.records.described(call.record, texts_of(metadata), now)
