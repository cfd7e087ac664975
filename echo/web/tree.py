"""The public face: every URL on one screen."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from twisted.internet.interfaces import IReactorTime
from twisted.web.resource import IResource, Resource
from twisted.web.server import Request

from echo.limits import Limits
from echo.log import Log
from echo.registry import Registry
from echo.web.addresses import AddressBook
from echo.web.answers import NotFound, Page
from echo.web.door import Door
from echo.web.events import EventsPage
from echo.web.health import HealthPage
from echo.web.home import HomePage
from echo.web.instructions import Instructions
from echo.web.ncco import InThread, NccoPage
from echo.web.ncco_file import NccoFile
from echo.web.openapi import OpenApiPage
from echo.web.repeats import Repeats
from echo.web.socket import SocketPage
from echo.web.told import BoundedLog
from echo.web.trust import Trust
from echo.websocket.protocol import CallFactory


@dataclass(frozen=True)
class Parts:
    """
    What the pages are made of.

    Attributes:
        content_type: the audio format that the default NCCO asks for.
        ncco_file: the operator's NCCO, if there is one.
        fallback_file: the NCCO for a call whose ``connect`` came to nothing, if there is one.
        busy_file: the NCCO for calls that come while none is taken, if the operator has one.
        in_thread: runs what touches a disk.
        is_open: whether calls are taken.
        is_draining: whether those that were taken may go on, where none are any more.
        retry_after: seconds after which somebody whose call is not taken may ask again.
        started_at: when the daemon started, in seconds of the reactor.
        apps: the names of those that a call may choose.
        door: decides who is served; by the limits and the proxies of the newest tree.
        trust: decides who is believed.
        repeats: what was answered a moment ago.
    """

    addresses: AddressBook
    calls: CallFactory
    registry: Registry
    limits: Limits
    log: Log
    content_type: str
    ncco_file: NccoFile | None
    fallback_file: NccoFile | None
    busy_file: NccoFile | None
    in_thread: InThread
    reactor: IReactorTime
    is_open: Callable[[], bool]
    retry_after: Callable[[], int]
    started_at: float
    door: Door
    trust: Trust
    repeats: Repeats
    apps: Collection[str] = ()
    is_draining: Callable[[], bool] = lambda: False


def build_tree(parts: Parts) -> Resource:
    """Put the pages where they belong; the second names are those of Vonage's own tutorials."""
    told = BoundedLog(parts.log, parts.limits, parts.reactor.seconds)
    parts.door.serve_under(parts.limits, parts.addresses.proxies)
    socket = SocketPage(
        parts.calls,
        parts.registry,
        parts.is_open,
        parts.retry_after,
        door=parts.door,
        trust=parts.trust,
        is_draining=parts.is_draining,
    )
    ncco = NccoPage(
        addresses=parts.addresses,
        content_type=parts.content_type,
        limits=parts.limits,
        log=parts.log,
        told=told,
        file=parts.ncco_file,
        busy_file=parts.busy_file,
        in_thread=parts.in_thread,
        reactor=parts.reactor,
        trust=parts.trust,
        door=parts.door,
        repeats=parts.repeats,
        records=parts.registry.records,
        is_open=parts.is_open,
        apps=parts.apps,
    )
    instructions = Instructions(
        records=parts.registry.records,
        addresses=parts.addresses,
        limits=parts.limits,
        ncco=ncco,
        fallback=parts.fallback_file,
        log=parts.log,
        refusals=parts.door.refusals,
        reactor=parts.reactor,
    )
    events = EventsPage(
        limits=parts.limits,
        told=told,
        log=parts.log,
        trust=parts.trust,
        door=parts.door,
        repeats=parts.repeats,
        instructions=instructions,
    )
    return branch(
        {
            b"": HomePage(socket, parts.addresses, parts.registry),
            b"ncco": ncco,
            b"events": events,
            b"socket": socket,
            b"health": HealthPage(parts.registry, parts.reactor.seconds, parts.is_open, parts.started_at),
            b"openapi.json": OpenApiPage(),
            b"webhooks": branch({b"answer": ncco, b"event": events}),
        }
    )


class Branch(Resource):
    """A folder of the tree: has children and no page of its own."""

    def getChild(self, path: bytes, request: Request) -> IResource:
        """Answer for what is not there."""
        return NotFound()

    def render(self, request: Request) -> bytes | int:
        """Answer for the folder itself."""
        return NotFound().render(request)


def branch(children: dict[bytes, Page | Branch]) -> Branch:
    """Make a folder of ``children``."""
    folder = Branch()
    for name, child in children.items():
        folder.putChild(name, child)
    return folder
