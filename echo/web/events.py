"""The event URL: what the provider tells us of a call while it lasts."""

from __future__ import annotations

from twisted.web.server import Request

from echo.limits import Limits
from echo.log import Log
from echo.untrusted import parse_object
from echo.web.door import Door
from echo.web.repeats import Repeats, Reply
from echo.web.signed import SignedPage
from echo.web.told import BoundedLog
from echo.web.trust import Trust
from echo.webhook.events import describe_event, event_from_query


class EventsPage(SignedPage):
    """``/events``: writes a line for each event and answers at once with nothing, which means "go on"."""

    methods = (b"GET", b"POST")

    def __init__(
        self, *, limits: Limits, told: BoundedLog, log: Log, trust: Trust, door: Door, repeats: Repeats
    ) -> None:
        """Take events within ``limits`` and write them to ``told``."""
        super().__init__(trust, door, repeats, log)
        self._limits = limits
        self._told = told

    def reply(self, request: Request, body: bytes) -> Reply:
        """Take one event."""
        if request.method == b"POST":
            event = parse_object(body, self._limits.max_body)
        else:
            event = event_from_query(request.args)
        self._told.info(describe_event(event))
        return Reply(b"")
