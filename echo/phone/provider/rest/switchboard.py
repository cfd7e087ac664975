"""
The legs that exist, and what the REST API does to them.

What a leg is to the call that it belongs to is not known here: it is asked to do something, and does it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from echo.phone.provider.rest.wishes import Reply, Wish, refusal
from echo.untrusted import Json


class Leg(Protocol):
    """What a leg can be asked to do; whatever takes its time is begun."""

    def hang_up(self) -> None:
        """End the leg; no ``disconnected`` follows."""
        ...

    def transfer(self, ncco: Json, url: str | None) -> None:
        """Go on with another NCCO: this one, or where there is a URL that which it answers with."""
        ...

    def mute(self, *, on: bool) -> None:
        """Be heard by nobody; or be heard again."""
        ...

    def earmuff(self, *, on: bool) -> None:
        """Hear nobody; or hear again."""
        ...

    def play(self, what: str | None) -> None:
        """Hear a text or a file, as one line tells it; ``None`` to hear no more of it."""
        ...

    def press(self, digits: str) -> None:
        """Hear keys, of ``0-9*#p``."""
        ...


@dataclass
class Line:
    """
    A leg as the API tells of it.

    Attributes:
        leg: does what is asked for.
        uuid: its name.
        conversation_uuid: that of the conversation.
        to: the endpoint.
        from_: who calls, likewise.
        direction: ``inbound`` or ``outbound``.
        status: ``started``, ``ringing``, ``answered``, ``completed``, ….
        more: what else is told: of a completed one its price, duration and times.
    """

    leg: Leg
    uuid: str
    conversation_uuid: str
    to: Mapping[str, Json]
    from_: Mapping[str, Json]
    direction: str = "outbound"
    status: str = "started"
    more: Mapping[str, Json] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether nothing can be done with it any more."""
        return self.status not in {"started", "ringing", "answered"}

    def document(self) -> dict[str, Json]:
        """Tell it as ``GET /v1/calls/{uuid}`` does."""
        return {
            "_links": {"self": {"href": f"/calls/{self.uuid}"}},
            "uuid": self.uuid,
            "conversation_uuid": self.conversation_uuid,
            "to": dict(self.to),
            "from": dict(self.from_),
            "status": self.status,
            "direction": self.direction,
            **self.more,
        }


class Switchboard:
    """
    Knows the legs by their names.

    Attributes:
        lines: those that there are, and those that were.
    """

    def __init__(self, place: Callable[[Mapping[str, Json]], Line] | None = None) -> None:
        """Begin without legs; ``place`` places a call for a checked document, if calls can be placed here."""
        self.lines: dict[str, Line] = {}
        self._place = place

    def add(self, line: Line) -> None:
        """Let a leg be acted on."""
        self.lines[line.uuid] = line

    def carry_out(self, wish: Wish) -> Reply:
        """
        Do what is wished for.

        Raises:
            RefusedError: where it cannot be done.
        """
        if wish.verb == "create":
            return self._create(wish.document)
        line = self.lines.get(wish.uuid)
        if line is None:
            raise refusal(404, "there is no such call")
        if wish.verb == "look":
            return Reply(200, line.document())
        if line.is_over:
            raise refusal(404, "the call has ended")
        if wish.verb in _ACTS:
            _ACTS[wish.verb](line.leg, wish.document)
            return Reply(204)
        if line.status != "answered":
            raise refusal(400, "the call is not answered yet")
        return Reply(200, {"message": _DONE[wish.verb](line.leg, wish.document), "uuid": line.uuid})

    def _create(self, document: Mapping[str, Json]) -> Reply:
        if self._place is None:
            raise refusal(403, "this phone places no calls; 'echo-phone rest' does")
        line = self._place(document)
        self.add(line)
        told = ("uuid", "status", "direction", "conversation_uuid")
        return Reply(201, {name: value for name, value in line.document().items() if name in told})


def _transfer(leg: Leg, document: Mapping[str, Json]) -> None:
    destination = document["destination"]
    assert isinstance(destination, dict)  # noqa: S101  # it was looked at
    urls = destination.get("url")
    leg.transfer(destination.get("ncco"), str(urls[0]) if isinstance(urls, list) else None)


def _talk(leg: Leg, document: Mapping[str, Json]) -> str:
    leg.play(f'talk: "{document["text"]}"')
    return "Talk started"


def _stream(leg: Leg, document: Mapping[str, Json]) -> str:
    urls = document["stream_url"]
    leg.play(f"stream: {urls[0] if isinstance(urls, list) else urls}")
    return "Stream started"


def _stop(told: str) -> Callable[[Leg, Mapping[str, Json]], str]:
    def stop(leg: Leg, _: Mapping[str, Json]) -> str:
        leg.play(None)
        return told

    return stop


def _press(leg: Leg, document: Mapping[str, Json]) -> str:
    leg.press(str(document["digits"]))
    return "DTMF sent"


#: What is answered without a body.
_ACTS: Mapping[str, Callable[[Leg, Mapping[str, Json]], None]] = {
    "hangup": lambda leg, _: leg.hang_up(),
    "transfer": _transfer,
    "mute": lambda leg, _: leg.mute(on=True),
    "unmute": lambda leg, _: leg.mute(on=False),
    "earmuff": lambda leg, _: leg.earmuff(on=True),
    "unearmuff": lambda leg, _: leg.earmuff(on=False),
}

#: What is answered with a word of what was done.
_DONE: Mapping[str, Callable[[Leg, Mapping[str, Json]], str]] = {
    "talk": _talk,
    "stop talk": _stop("Talk stopped"),
    "stream": _stream,
    "stop stream": _stop("Stream stopped"),
    "dtmf": _press,
}
