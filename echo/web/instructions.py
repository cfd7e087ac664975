"""
The events that ask how to go on: the socket of a call was lost, or a ``connect`` came to nothing.

The provider takes an NCCO in answer to these and follows it in place of what was left (Vonage, "Voice API: Webhooks").
An empty answer lets the call go on, or end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Request

from echo.call.reconnect import Verdict, judge
from echo.call.record import CallRecord
from echo.limits import Limits
from echo.log import Log
from echo.ncco.again import connected_again
from echo.ncco.template import NccoTemplate
from echo.records import Records
from echo.refusals import Refusals
from echo.untrusted import Json, clean
from echo.web.addresses import AddressBook, Addresses
from echo.web.choice import Choice
from echo.web.ncco import NccoPage, ncco_reply
from echo.web.ncco_file import NccoFile
from echo.web.repeats import Reply
from echo.webhook.answer import AnswerRequest
from echo.webhook.facts import EventFacts, facts_of, headers_of

#: The ends of a ``connect`` that an NCCO may answer, where its events are synchronous.
FAILED = frozenset({"busy", "failed", "rejected", "timeout", "unanswered"})

#: The reply that lets a call go on, or end.
NOTHING = Reply(b"")


@dataclass(frozen=True)
class _Question:
    """One event that asks how to go on."""

    event: Mapping[str, Json]
    facts: EventFacts
    record: CallRecord
    addresses: Addresses

    @property
    def choice(self) -> Choice:
        """What the call had chosen, by what its socket was told."""
        return Choice.of_metadata(headers_of(self.event))

    def call(self) -> AnswerRequest:
        """
        Tell of the call as its answer request did.

        A process that was started meanwhile knows only what the event says: a socket's ``from`` is the number that was
        called, and its metadata names the caller's leg.
        """
        record, headers = self.record, self.facts.headers
        said = {
            "to": record.called or self.event.get("from"),
            "from": record.caller,
            "uuid": record.leg or headers.get("uuid"),
            "conversation_uuid": record.conversation_uuid,
        }
        return AnswerRequest.from_object(said)


class Instructions:
    """Answers events that may be answered with an NCCO."""

    def __init__(
        self,
        *,
        records: Records,
        addresses: AddressBook,
        limits: Limits,
        ncco: NccoPage,
        fallback: NccoFile | None,
        log: Log,
        refusals: Refusals,
        reactor: IReactorTime,
    ) -> None:
        """
        Answer by what is known of calls.

        Args:
            records: knows them.
            addresses: ours, as the provider sees them.
            limits: how often a call is connected again.
            ncco: knows what calls are answered with.
            fallback: what a call goes on with whose ``connect`` came to nothing; ``None`` to leave it to the provider.
            log: is told what was done.
            refusals: counts the calls that are given up.
            reactor: keeps the calls' time.
        """
        self._records = records
        self._addresses = addresses
        self._limits = limits
        self._ncco = ncco
        self._fallback = fallback
        self._log = log
        self._refusals = refusals
        self._reactor = reactor

    def reply(self, request: Request, event: Mapping[str, Json]) -> Reply | Deferred[Reply]:
        """Take an event, and reply to it: with nothing, unless it asks for more."""
        facts = facts_of(event)
        if facts is None:
            return NOTHING
        record = self._records.happened(facts, self._reactor.seconds())
        if facts.status == "disconnected":
            reply = self._lost
        elif facts.status in FAILED and self._fallback is not None and facts.leg != record.leg:
            reply = self._failed
        else:
            return NOTHING
        return reply(_Question(event, facts, record, self._addresses.of(request)))

    def _lost(self, question: _Question) -> Reply | Deferred[Reply]:
        """Connect a call again whose socket was lost, unless there is a reason not to."""
        verdict = self._judge(question)
        self._log.info(f"{self._name(question)} has lost its socket: {verdict.value}")
        if verdict is not Verdict.AGAIN:
            return NOTHING
        return self._ncco.reply_by(self._ncco.file, lambda template: self._again(question, template))

    def _again(self, question: _Question, template: NccoTemplate | None) -> Reply:
        script = self._ncco.script(question.call(), question.addresses, template, question.choice)
        lost = question.event.get("to")
        metadata = headers_of(question.event)
        again = connected_again(script, lost if isinstance(lost, str) else None, metadata)
        if again is None:
            self._log.warn(f"{self._name(question)}: the NCCO has no connect to the socket that was lost")
            return NOTHING
        return ncco_reply(again)

    def _failed(self, question: _Question) -> Reply | Deferred[Reply]:
        """Go on with the operator's fallback; not for ever, since what it connects to may fail as well."""
        if self._judge(question) is Verdict.TOO_OFTEN:
            return NOTHING
        status = clean(question.facts.status or "", 32)
        self._log.info(f"{self._name(question)} goes on with the fallback NCCO: {status}")
        return self._ncco.reply_by(self._fallback, lambda template: self._fall_back(question, template))

    def _fall_back(self, question: _Question, template: NccoTemplate | None) -> Reply:
        return ncco_reply(self._ncco.script(question.call(), question.addresses, template, question.choice))

    def _judge(self, question: _Question) -> Verdict:
        now, most = self._reactor.seconds(), self._limits.reconnects_per_minute
        verdict = judge(question.record, question.facts.leg or "", now, most)
        if verdict is Verdict.TOO_OFTEN:
            self._refusals.note("reconnects_per_minute", self._name(question), now)
        return verdict

    def _name(self, question: _Question) -> str:
        return clean(self._log.privacy.uuid(question.record.conversation_uuid), 80)
