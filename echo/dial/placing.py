"""Places the call, and watches it where it is asked to."""

from __future__ import annotations

import sys
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from echo.dial.order import DialOrder
from echo.errors import RestError
from echo.phone.reactor import Stop
from echo.phone.show.writing import write_document, written
from echo.untrusted import Json, clean
from echo.vonage.client import Placed, VoiceApi
from echo.vonage.making import voice_api

#: Seconds from one look at a call to the next: the API takes 15 requests a second, from everybody.
BETWEEN_LOOKS: Final = 1.0

#: How many looks may find no call at first: it is made known to all of the API in a moment.
UNKNOWN_YET: Final = 10

#: What a call ends as. There are no others, but one may come: whatever has a duration is over, too.
_ENDS: Final = ("completed", "busy", "cancelled", "failed", "rejected", "timeout", "unanswered")

ANSWERED, NOT_ANSWERED = 0, 1


async def dial(reactor: Any, stop: Stop, order: DialOrder, api: VoiceApi | None = None) -> int:
    """
    Place the call.

    Returns:
        The exit status.

    Raises:
        RestError: where it could not be placed, or could not be watched.
    """
    if api is None:
        api = voice_api(reactor, order.application_id, order.key, order.api_url)
    placed = await api.place(order.call)
    if not order.as_json:
        _say(placed.uuid, sys.stdout)
        _say(f"{placed.status or 'placed'}, in the conversation {placed.conversation_uuid}", sys.stderr)
    ended = await Watch(reactor, stop, api, placed.uuid, order).over() if order.wait else None
    if order.as_json:
        write_document(_document(placed, ended), sys.stdout)
    return ANSWERED if ended is None or ended["status"] == "completed" else NOT_ANSWERED


class Watch:
    """Watches one call until it is over; Ctrl-C hangs it up."""

    def __init__(self, reactor: Any, stop: Stop, api: VoiceApi, uuid: str, order: DialOrder) -> None:
        """Watch the call ``uuid``."""
        self._reactor = reactor
        self._stop = stop
        self._api = api
        self._uuid = uuid
        self._order = order
        self._told = "started"
        self._unknown = 0

    async def over(self) -> dict[str, Json]:
        """Wait for the end; returns what the API tells of the call then."""
        forget = self._stop.on_stop(self._hang_up)
        try:
            while True:
                found = await self._look()
                if found is not None and self._is_over(found):
                    return found
                await deferLater(self._reactor, BETWEEN_LOOKS)
        finally:
            forget()

    async def _look(self) -> dict[str, Json] | None:
        try:
            found = await self._api.look(self._uuid)
        except RestError as error:
            self._unknown += 1
            if error.status != 404 or self._unknown > UNKNOWN_YET:
                raise
            return None
        self._unknown = UNKNOWN_YET
        return found

    def _is_over(self, found: dict[str, Json]) -> bool:
        status = str(found.get("status"))
        if status != self._told:
            self._told = status
            self._tell(f"{clean(status, 32)}{_priced(found)}")
        return status in _ENDS or bool(found.get("duration"))

    def _hang_up(self) -> None:
        self._tell("hanging up")
        work = Deferred.fromCoroutine(self._api.hang_up(self._uuid))
        work.addErrback(lambda failure: self._tell(str(failure.value)))

    def _tell(self, line: str) -> None:
        if not self._order.as_json:
            _say(line, sys.stderr)


def _priced(found: dict[str, Json]) -> str:
    """Tell how long it was, and what it cost, once that is known."""
    told = [f", {clean(str(found['duration']), 20)} s" if found.get("duration") else ""]
    if found.get("price"):
        told.append(f", {clean(str(found['price']), 20)} EUR")
    return "".join(told)


def _document(placed: Placed, ended: dict[str, Json] | None) -> dict[str, Json]:
    document: dict[str, Json] = {
        "placed": True,
        "uuid": placed.uuid,
        "conversation_uuid": placed.conversation_uuid,
        "status": placed.status,
    }
    for name in ("status", "duration", "price", "rate", "start_time", "end_time", "network"):
        if ended is not None and name in ended:
            document[name] = ended[name]
    return document


def _say(line: str, stream: Any) -> None:
    with written(stream):
        stream.write(f"{line}\n")
        stream.flush()
