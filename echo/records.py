"""
The records of calls: those that are on, those that somebody has told of, and for a while those that are over.

What may come of one call comes in any order, so whoever speaks of it first begins its record. Strangers can do that
too where webhooks are not signed: that is why there are bounds, and why nothing here is believed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from echo.call.record import CallRecord
from echo.call.report import CallReport
from echo.limits import STANDARD, Limits
from echo.webhook.answer import AnswerRequest
from echo.webhook.facts import EventFacts

#: Facts of all records together, of 200 bytes each at most: 30 MB. Usual ones need a third of that.
MOST_FACTS = 150_000


class Records:
    """
    Records by their conversation's uuid. Times are seconds of the calls' clock.

    A record is kept while a socket of it is open. One of a call that is over is kept for ``records_kept_for``, the last
    ``records_kept`` of them at most; any other for as long since the last news of it, and ``records_waiting`` at most.
    """

    def __init__(self, limits: Limits = STANDARD) -> None:
        """Keep as many as ``limits`` allow, and none so far."""
        self._limits = limits
        #: Those without an open socket, and when the last news of each came; the oldest news first.
        self._waiting: OrderedDict[str, float] = OrderedDict()
        self._over: OrderedDict[str, float] = OrderedDict()
        self._all: dict[str, CallRecord] = {}
        self._facts = 0

    def __len__(self) -> int:
        """Tell how many there are."""
        return len(self._all)

    @property
    def facts(self) -> int:
        """Tell how many facts are kept in all."""
        return self._facts

    def serve_under(self, limits: Limits) -> None:
        """Keep as many as other ``limits`` allow, from the next news on."""
        self._limits = limits

    def get(self, conversation_uuid: str, now: float) -> CallRecord | None:
        """Find a record that is there and not too old."""
        self._forget_old(now)
        return self._all.get(conversation_uuid)

    def recent(self, now: float) -> tuple[CallRecord, ...]:
        """Tell of all that are there and not too old."""
        self._forget_old(now)
        return tuple(self._all.values())

    def answered(self, request: AnswerRequest, now: float) -> CallRecord | None:
        """Take an answer webhook; returns the call's record, ``None`` where it names no call."""
        if request.conversation_uuid is None:
            return None
        record = self._of(request.conversation_uuid)
        before = record.facts
        record.answered(request)
        self._news(record, before, now)
        return record

    def happened(self, event: EventFacts, now: float) -> CallRecord:
        """Take an event; returns the call's record."""
        record = self._of(event.conversation_uuid)
        before = record.facts
        record.note(event)
        self._news(record, before, now)
        return record

    def opened(self, conversation_uuid: str, now: float) -> CallRecord:
        """Take a socket whose call is known; returns the call's record."""
        record = self._of(conversation_uuid)
        record.live += 1
        record.last_ending = None
        self._news(record, record.facts, now)
        return record

    def described(self, record: CallRecord, headers: Mapping[str, str], now: float) -> None:
        """Take the metadata of a socket."""
        before = record.facts
        record.described(headers)
        self._news(record, before, now)

    def closed(self, record: CallRecord, report: CallReport, now: float) -> None:
        """Take the end of a socket that :meth:`opened` was told of."""
        record.live -= 1
        record.socket_ended(report)
        self._news(record, record.facts, now)

    # Within.

    def _of(self, uuid: str) -> CallRecord:
        record = self._all.get(uuid)
        if record is None:
            record = self._all[uuid] = CallRecord(uuid)
        return record

    def _news(self, record: CallRecord, before: int, now: float) -> None:
        """Take note that something has come to a record, and make room for it."""
        self._facts += record.facts - before
        self._place(record, now)
        self._forget_old(now)
        self._make_room()

    def _place(self, record: CallRecord, now: float) -> None:
        """Put a record where it belongs; one that is over stays where it was when it began to be."""
        uuid = record.conversation_uuid
        self._waiting.pop(uuid, None)
        if not record.live and record.is_over:
            self._over.setdefault(uuid, now)
            return
        self._over.pop(uuid, None)
        if not record.live:
            self._waiting[uuid] = now

    def _forget_old(self, now: float) -> None:
        """Forget those that nothing was heard of for too long."""
        oldest = now - self._limits.records_kept_for
        for kept in (self._waiting, self._over):
            while kept and next(iter(kept.values())) <= oldest:
                self._forget_first(kept)

    def _make_room(self) -> None:
        """Forget the oldest where there are too many."""
        while len(self._over) > self._limits.records_kept:
            self._forget_first(self._over)
        while len(self._waiting) > self._limits.records_waiting:
            self._forget_first(self._waiting)
        while self._facts > MOST_FACTS and (self._over or self._waiting):
            self._forget_first(self._over or self._waiting)

    def _forget_first(self, kept: OrderedDict[str, float]) -> None:
        uuid, _ = kept.popitem(last=False)
        self._facts -= self._all.pop(uuid).facts
