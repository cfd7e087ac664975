"""The event URL: what the provider tells us of a call while it lasts."""

from __future__ import annotations

from twisted.web.server import Request

from echo.limits import Limits
from echo.untrusted import parse_object
from echo.web.answers import Page, body_of
from echo.web.told import BoundedLog
from echo.webhook.events import describe_event, event_from_query


class EventsPage(Page):
    """``/events``: writes a line for each event and answers at once with nothing, which means "go on"."""

    methods = (b"GET", b"POST")

    def __init__(self, limits: Limits, log: BoundedLog) -> None:
        """Take events within ``limits`` and write them to ``log``."""
        super().__init__()
        self._limits = limits
        self._log = log

    def answer(self, request: Request) -> bytes:
        """Take one event."""
        if request.method == b"POST":
            event = parse_object(body_of(request), self._limits.max_body)
        else:
            event = event_from_query(request.args)
        self._log.info(describe_event(event))
        return b""
