"""
What the REST API does to a call that is on: its legs, as the switchboard asks them to act.

The caller hears nothing of a talk, and nobody is called beside them: such things are told in a line. What the
application can notice is done: its socket ends, hears silence, keys are pressed on it, the call goes elsewhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from echo.phone.legs import Legs
from echo.phone.line.call import MediaCall
from echo.phone.line.texts import dtmf
from echo.phone.provider.answer import Ncco
from echo.phone.provider.identity import Identity
from echo.phone.provider.rest.switchboard import Line, Switchboard
from echo.phone.provider.terms import Reports
from echo.untrusted import Json, clean

#: Why a socket has ended, in the report.
HUNG_UP: Final = "hung up through the REST API"
LED_ELSEWHERE: Final = "the REST API led the call to another NCCO"

#: What the API tells of a leg that is over, from its last event.
_TOLD: Final = ("start_time", "end_time", "duration", "rate", "price", "network")

#: How long a text or an address may be in a line.
_SHOWN: Final = 80


class Walking(Protocol):
    """What is asked of the walk through the NCCO; :class:`echo.phone.provider.walk.Walk` fulfils it."""

    def hang_up(self) -> None:
        """End the call after what is done now."""
        ...

    def transfer(self, fetch: Callable[[], Awaitable[Ncco]]) -> None:
        """Go on with another NCCO after what is done now."""
        ...


class Control:
    """
    The legs of one call, which the switchboard knows from the beginning.

    Attributes:
        line: the one that was called, or calls.
    """

    def __init__(
        self,
        switchboard: Switchboard,
        identity: Identity,
        *,
        direction: str = "inbound",
        alone: bool = False,
        to: Mapping[str, Json] | None = None,
    ) -> None:
        """
        Let the legs of a call be known.

        Args:
            switchboard: who asks them to act.
            identity: names them.
            direction: whether the call comes in or was placed.
            alone: it is a socket that was called, and nobody else.
            to: the endpoint that was called; ``None`` for the phone of ``identity``.
        """
        self._switchboard = switchboard
        self._identity = identity
        self._alone = alone
        self._legs: Legs | None = None
        self._walk: Walking | None = None
        self._fetch: Callable[[str], Awaitable[Ncco]] | None = None
        self._is_hung_up = False
        self._silenced: set[str] = set()
        self.line = self._first_line(direction, to or {"type": "phone", "number": identity.to})
        switchboard.add(self.line)

    def take(self, legs: Legs) -> None:
        """Let ``legs`` be what is acted on."""
        self._legs = legs
        legs.opened = self._opened

    # For who follows the NCCO.

    def begin(self, walk: Walking, fetch: Callable[[str], Awaitable[Ncco]]) -> None:
        """Let ``walk`` be led; ``fetch`` asks a URL for an NCCO."""
        self._walk, self._fetch = walk, fetch
        if self._is_hung_up:
            walk.hang_up()

    def watched(self, reports: Reports) -> Reports:
        """Hear of all events before they are sent: they tell how the legs stand."""
        return _Watched(reports, self._note)

    # What legs do.

    def hang_up(self) -> None:
        """End the call."""
        self._is_hung_up = True
        if self._walk is not None:
            self._walk.hang_up()
        self.end_socket(HUNG_UP)

    def end_socket(self, reason: str) -> None:
        """End the socket that is open, or what else is waited for; the call goes on."""
        if self._legs is not None:
            self._legs.end_socket("api", reason)

    def transfer(self, ncco: Json, url: str | None) -> None:
        """Lead the call to another NCCO."""
        if self._walk is None or self._fetch is None:
            return
        self._walk.transfer(partial(self._fetch, url) if url is not None else partial(_given, ncco))
        self.end_socket(LED_ELSEWHERE)

    def silence(self, why: str, *, on: bool) -> None:
        """Let the application hear silence for a reason; or no more for that one."""
        (self._silenced.add if on else self._silenced.discard)(why)

    def press(self, digits: str) -> None:
        """Press keys on the socket that is open; a pause is none of them."""
        call = None if self._legs is None else self._legs.call
        if call is not None:
            for key in digits.replace("p", ""):
                call.say_text(dtmf(key))

    def step(self, line: str) -> None:
        """Tell a line."""
        if self._legs is not None:
            self._legs.step(clean(f"REST: {line}", 2 * _SHOWN))

    def _opened(self, call: MediaCall) -> None:
        call.silenced = self._silenced

    def _first_line(self, direction: str, to: Mapping[str, Json]) -> Line:
        identity = self._identity
        caller: Mapping[str, Json] = {"type": "phone", "number": identity.from_}
        uuid = identity.leg if self._alone else identity.uuid
        leg = _SocketLeg(self, uuid) if self._alone else _CallerLeg(self)
        return Line(leg, uuid, identity.conversation_uuid, to, caller, direction)

    def _note(self, event: Mapping[str, Json]) -> None:
        """Learn of a leg from its events: that there is one, how it stands, what it came to."""
        uuid, status = event.get("uuid"), event.get("status")
        if not isinstance(uuid, str) or not isinstance(status, str):
            return
        line = self._switchboard.lines.get(uuid)
        if line is None:
            line = self._socket_line(uuid, event)
            self._switchboard.add(line)
        line.status = status
        if status == "completed":
            line.more = {name: _plain_time(event[name]) for name in _TOLD if name in event}

    def _socket_line(self, uuid: str, event: Mapping[str, Json]) -> Line:
        return Line(
            _SocketLeg(self, uuid),
            uuid,
            self._identity.conversation_uuid,
            {"type": "websocket", "uri": event.get("to")},
            {"type": "phone", "number": event.get("from")},
        )


@dataclass(frozen=True)
class _CallerLeg:
    """The person's leg, with which the call ends."""

    control: Control

    def hang_up(self) -> None:
        self.control.hang_up()

    def transfer(self, ncco: Json, url: str | None) -> None:
        self.control.transfer(ncco, url)

    def mute(self, *, on: bool) -> None:
        self.control.silence("mute", on=on)
        self.control.step(f"the caller is {'muted' if on else 'heard again'}")

    def earmuff(self, *, on: bool) -> None:
        self.control.step(f"the caller hears {'nobody' if on else 'again'}")

    def play(self, what: str | None) -> None:
        self.control.step("the caller hears no more of it" if what is None else f"the caller hears {what}")

    def press(self, digits: str) -> None:
        self.control.step(f"the caller hears the keys {digits}")


@dataclass(frozen=True)
class _SocketLeg:
    """The leg of a socket: the application is on it."""

    control: Control
    uuid: str

    def hang_up(self) -> None:
        self.control.end_socket(HUNG_UP)

    def transfer(self, ncco: Json, url: str | None) -> None:
        self.control.transfer(ncco, url)

    def mute(self, *, on: bool) -> None:
        self.control.step(f"the socket is {'muted' if on else 'heard again'}")

    def earmuff(self, *, on: bool) -> None:
        self.control.silence("earmuff", on=on)
        self.control.step(f"the socket hears {'nobody' if on else 'again'}")

    def play(self, what: str | None) -> None:
        self.control.step("the socket hears no more of it" if what is None else f"the socket hears {what}")

    def press(self, digits: str) -> None:
        self.control.press(digits)


@dataclass(frozen=True)
class _Watched:
    """Reports that somebody hears of before they are sent."""

    reports: Reports
    note: Callable[[Mapping[str, Json]], None]

    def tell(self, url: str | None, method: str, document: Mapping[str, Json]) -> None:
        self.note(document)
        self.reports.tell(url, method, document)

    async def ask(self, url: str | None, method: str, document: Mapping[str, Json]) -> Ncco | None:
        self.note(document)
        return await self.reports.ask(url, method, document)

    async def settled(self) -> None:
        await self.reports.settled()


async def _given(ncco: Json) -> Ncco:
    """Give an NCCO that was looked at when it came."""
    return [action for action in ncco if isinstance(action, dict)] if isinstance(ncco, list) else []


def _plain_time(value: Json) -> Json:
    """Write a time as the API does, in seconds; events have it in ISO 8601."""
    if isinstance(value, str) and value.endswith("Z"):
        return value[:19].replace("T", " ")
    return value
