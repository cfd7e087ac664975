"""
One call, bound together: what the answer webhook, the events of all its legs, and its sockets have said.

Events come before the socket, after it, twice, in any order, or never (Vonage, "Voice API: Webhooks": nothing is
promised). So nothing here depends on the order: of each fact, the one that happened first, or last, is kept, and what
is shown is sorted when somebody looks. The same events give the same record whichever way they came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from echo.call.report import CallReport, Ending
from echo.webhook.answer import AnswerRequest
from echo.webhook.facts import EventFacts

#: Facts that are kept of one call, of 200 bytes each. One has about forty, and fifteen more each time that its socket
#: is connected again; beyond it what comes first is kept, and order begins to matter.
MOST_FACTS = 256

#: Sockets of one call whose reports are kept.
MOST_SOCKETS = 8

#: The order in which statuses of the same moment happened.
ORDER = (
    "started",
    "ringing",
    "answered",
    "human",
    "machine",
    "disconnected",
    "busy",
    "cancelled",
    "unanswered",
    "timeout",
    "rejected",
    "failed",
    "completed",
)

#: Statuses behind which there is nothing for a leg.
LAST = frozenset(ORDER[ORDER.index("busy") :])

_NEVER_SAID = float("inf")


@dataclass(slots=True)
class Leg:
    """
    One connection of a call: the caller's telephone, or a socket.

    Attributes:
        uuid: the provider's name for it.
        statuses: when each was reached first, in seconds since 1970; infinity where nobody said.
        latest: what its events said, by the provider's names, with the time of the event that said it.
    """

    uuid: str
    statuses: dict[str, float] = field(default_factory=dict)
    latest: dict[str, tuple[float, str]] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, str]:
        """What is known of it; ``price`` and ``duration`` among that once it completed."""
        return {name: value for name, (_, value) in sorted(self.latest.items())}

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or never came to be."""
        return not LAST.isdisjoint(self.statuses)


@dataclass(frozen=True)
class Reached:
    """
    One line of a call's timeline.

    Attributes:
        at: seconds since 1970; ``None`` where the event did not say.
        leg: its uuid.
        status: the provider's word.
    """

    at: float | None
    leg: str
    status: str


@dataclass(eq=False, slots=True)
class CallRecord:
    """
    Everything that is known of one call.

    Attributes:
        conversation_uuid: the provider's name for it.
        leg: the caller's own leg, as the answer webhook named it.
        region_url: where the provider's REST API is for this call.
        headers: the metadata that the NCCO gave the socket.
        sip_headers: those that came with a call by SIP.
        legs: by their uuid.
        reasons: what the provider complained of, and when first.
        live: how many of its sockets are open.
        sockets: how the last of its sockets ended, the newest last.
        last_ending: how the newest one ended, as soon as that is settled, which is before its connection is gone;
            ``None`` while it is on, and where none is known.
        redialled: legs whose end was answered with another connect, and when, by the calls' clock.
        facts: how many are kept.
    """

    conversation_uuid: str
    leg: str | None = None
    region_url: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    sip_headers: dict[str, str] = field(default_factory=dict)
    legs: dict[str, Leg] = field(default_factory=dict)
    reasons: dict[str, float] = field(default_factory=dict)
    live: int = 0
    sockets: list[CallReport] = field(default_factory=list)
    last_ending: Ending | None = None
    redialled: dict[str, float] = field(default_factory=dict)
    facts: int = 0
    _caller: str | None = None
    _called: str | None = None

    # What comes in.

    def answered(self, request: AnswerRequest) -> None:
        """Take what an answer webhook said."""
        self._caller = self._caller or request.from_
        self._called = self._called or request.to
        self.leg = self.leg or request.uuid
        self.region_url = self.region_url or request.region_url
        self._note_all(self.sip_headers, request.sip_headers)

    def described(self, headers: Mapping[str, str]) -> None:
        """Take the metadata of a socket of its."""
        self._note_all(self.headers, headers)

    def note(self, event: EventFacts) -> None:
        """Take one event, of any leg."""
        self.described(event.headers)
        at = _NEVER_SAID if event.at is None else event.at
        if event.reason is not None:
            self._note_first(self.reasons, event.reason, at)
        leg = None if event.leg is None else self._leg(event.leg)
        if leg is None:
            return
        if event.status is not None:
            self._note_first(leg.statuses, event.status, at)
        for name, value in event.told.items():
            self._note_latest(leg.latest, name, (-_NEVER_SAID if event.at is None else event.at, value))

    def socket_ended(self, report: CallReport) -> None:
        """Take how a socket of its ended."""
        self.last_ending = report.ending
        self.sockets.append(report)
        del self.sockets[:-MOST_SOCKETS]

    # What is known.

    @property
    def caller(self) -> str | None:
        """Who calls: digits without plus, or the name of a user."""
        return self._caller or self._of_the_caller("from") or self._of_the_caller("from_user")

    @property
    def called(self) -> str | None:
        """The number that was called."""
        return self._called or self._of_the_caller("to")

    @property
    def callers_leg(self) -> Leg | None:
        """The caller's own leg, once an event has told of it."""
        if self.leg is not None:
            return self.legs.get(self.leg)
        inbound = (leg for leg in self.legs.values() if leg.told.get("direction") == "inbound")
        return min(inbound, key=lambda leg: leg.uuid, default=None)

    @property
    def leg_to_end(self) -> str | None:
        """The leg with which the call ends: the caller's, or the only one; ``None`` where it is not known."""
        mine = self.callers_leg
        known = self.leg or (mine.uuid if mine else None) or self.headers.get("uuid")
        return next(iter(self.legs)) if known is None and len(self.legs) == 1 else known

    @property
    def is_over(self) -> bool:
        """Whether the call has ended, as far as anybody has said; a socket that is open says otherwise."""
        if self.live:
            return False
        mine = self.callers_leg
        if mine is not None or self.leg is not None:
            return mine is not None and mine.is_over
        return bool(self.legs) and all(leg.is_over for leg in self.legs.values())

    def timeline(self) -> list[Reached]:
        """Tell what happened when: by time, then in the order in which such things happen."""
        reached = [
            (at, leg.uuid, status) for leg in self.legs.values() for status, at in leg.statuses.items()
        ]
        reached.sort(key=lambda each: (each[0], _rank(each[2]), each[1], each[2]))
        return [Reached(None if at == _NEVER_SAID else at, uuid, status) for at, uuid, status in reached]

    # Within.

    def _of_the_caller(self, name: str) -> str | None:
        mine = self.callers_leg
        return None if mine is None else mine.told.get(name)

    def _leg(self, uuid: str) -> Leg | None:
        """Find a leg, or enter it; ``None`` where there is no room."""
        if uuid not in self.legs:
            if not self._has_room():
                return None
            self.legs[uuid] = Leg(uuid)
        return self.legs[uuid]

    def _note_first(self, known: dict[str, float], name: str, at: float) -> None:
        """Keep when something was first so."""
        if name in known or self._has_room():
            known[name] = min(known.get(name, _NEVER_SAID), at)

    def _note_latest(self, known: dict[str, tuple[float, str]], name: str, said: tuple[float, str]) -> None:
        """Keep what was said last; of what was said at the same moment, or nobody knows when, always the same."""
        if name in known:
            known[name] = max(known[name], said)
        elif self._has_room():
            known[name] = said

    def _note_all(self, known: dict[str, str], said: Mapping[str, str]) -> None:
        """Keep what never changes; if it does, always the same of it."""
        for name, value in said.items():
            if name in known:
                known[name] = min(known[name], value)
            elif self._has_room():
                known[name] = value

    def _has_room(self) -> bool:
        """Count one more fact, if there is room for it."""
        if self.facts >= MOST_FACTS:
            return False
        self.facts += 1
        return True


def _rank(status: str) -> int:
    return ORDER.index(status) if status in ORDER else len(ORDER)
