"""The event URL: what the provider tells us of a call while it lasts."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.web.server import Request

from echo.limits import Limits
from echo.log import Log
from echo.untrusted import parse_object
from echo.web.door import Door
from echo.web.instructions import Instructions
from echo.web.repeats import Repeats, Reply
from echo.web.signed import SignedPage
from echo.web.told import BoundedLog
from echo.web.trust import Trust
from echo.webhook.events import describe_event, event_from_query


class EventsPage(SignedPage):
    """``/events``: writes a line for each event; nearly all are answered with nothing, which means "go on"."""

    methods = (b"GET", b"POST")

    def __init__(
        self,
        *,
        limits: Limits,
        told: BoundedLog,
        log: Log,
        trust: Trust,
        door: Door,
        repeats: Repeats,
        instructions: Instructions,
    ) -> None:
        """Take events within ``limits``, write them to ``told``, and answer as ``instructions`` say."""
        super().__init__(trust, door, repeats, log)
        self._instructions = instructions
        self._limits = limits
        self._told = told

    def reply(self, request: Request, body: bytes) -> Reply | Deferred[Reply]:
        """Take one event."""
        if request.method == b"POST":
            event = parse_object(body, self._limits.max_body)
        else:
            event = event_from_query(request.args)
        self._told.info(describe_event(event, self._told.privacy))
        return self._instructions.reply(request, event)
