"""Places the calls that applications ask the REST API for, one beside the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from twisted.internet.defer import Deferred, FirstError, gatherResults

from echo.phone.conduct import Conditions, conduct
from echo.phone.control import Control
from echo.phone.dial import identity_of
from echo.phone.order import CallOrder, RestOrder
from echo.phone.provider.answer import Ncco
from echo.phone.provider.rest.switchboard import Line, Switchboard
from echo.phone.provider.rest.wishes import refusal
from echo.phone.reactor import Stop
from echo.phone.show.live import Watcher
from echo.phone.verdict.report import Report
from echo.untrusted import Json, clean


@dataclass
class Placing:
    """
    Places the calls that the API is asked for, one beside the other.

    Attributes:
        reactor: Twisted's.
        stop: Ctrl-C.
        order: what each call does besides, and how many there are.
        watch: makes who looks on, for the call of a uuid.
        tell: is given the uuid and the report of each call, when it is over.
        url: where the API is, which answer webhooks tell.
        reports: of the calls that are over.
    """

    reactor: Any
    stop: Stop
    order: RestOrder
    watch: Callable[[str], Watcher]
    tell: Callable[[str, Report], None]
    url: str = ""
    reports: list[Report] = field(default_factory=list)
    _under_way: list[Deferred[None]] = field(default_factory=list)
    _over: Deferred[None] = field(default_factory=Deferred)
    _placed: int = 0

    def __post_init__(self) -> None:
        self.switchboard = Switchboard(self.place)

    async def done(self) -> None:
        """Wait until all calls that there are to be are over, or somebody stops us."""
        forget = self.stop.on_stop(self._enough)
        try:
            await self._over
            await gatherResults(self._under_way, consumeErrors=True)
        except FirstError as error:
            error.subFailure.raiseException()
        finally:
            forget()

    def place(self, document: Mapping[str, Json]) -> Line:
        """Place the call of a checked document; it begins in a moment. ``RefusedError`` when there were enough."""
        if self._over.called:
            raise refusal(403, "this phone places no more calls")
        self._placed += 1
        order, conditions = placed(self.order.call, document, self.url, self.switchboard)
        assert conditions.control is not None  # noqa: S101  # placed() made it
        line = conditions.control.line
        begun: Deferred[None] = Deferred()
        self.reactor.callLater(0, begun.callback, None)
        begun.addCallback(lambda _: Deferred.fromCoroutine(self._call(line.uuid, order, conditions)))
        self._under_way.append(begun)
        if self._placed == self.order.calls:
            self._enough()
        return line

    async def _call(self, uuid: str, order: CallOrder, conditions: Conditions) -> None:
        report = await conduct(self.reactor, order, self.watch(uuid), self.stop, conditions)
        self.reports.append(report)
        self.tell(uuid, report)

    def _enough(self) -> None:
        if not self._over.called:
            self._over.callback(None)


def placed(
    order: CallOrder, document: Mapping[str, Json], url: str, switchboard: Switchboard
) -> tuple[CallOrder, Conditions]:
    """Make of what the API was sent the order of a call, and its conditions."""
    to: Any = document["to"]
    endpoint: dict[str, Json] = to[0]
    is_socket = endpoint["type"] == "websocket"
    order = replace(
        order,
        url=_first(document.get("answer_url")),
        post=document.get("answer_method") == "POST",
        caller=_number(document.get("from")) or order.caller,
        called=_number(endpoint) or order.called,
        event_url=_first(document.get("event_url")) or order.event_url,
    )
    identity = replace(identity_of(order), region_url=url)
    told = (_told(endpoint, document),) if is_socket else ()
    control = Control(switchboard, identity, direction="outbound", alone=is_socket, to=endpoint)
    return order, Conditions(
        identity=identity,
        control=control,
        ncco=[{"action": "connect", "endpoint": [endpoint]}] if is_socket else _ncco(document),
        direction="outbound",
        alone=is_socket,
        told=told,
    )


def _told(endpoint: Mapping[str, Json], document: Mapping[str, Json]) -> str:
    where = clean(str(endpoint["uri"]), 120)
    what = "its NCCO" if "ncco" in document else "its answer URL"
    return f"a socket is called: {where}; a caller talks on it in place of {what}"


def _ncco(document: Mapping[str, Json]) -> Ncco | None:
    ncco = document.get("ncco")
    return [action for action in ncco if isinstance(action, dict)] if isinstance(ncco, list) else None


def _first(urls: Json) -> str:
    return str(urls[0]) if isinstance(urls, list) and urls else ""


def _number(endpoint: Json) -> str | None:
    number = endpoint.get("number") if isinstance(endpoint, dict) else None
    return number if isinstance(number, str) else None
