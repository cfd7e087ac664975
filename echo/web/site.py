"""
HTTP for a public port: the factory of its connections, and what all of them share.

A connection is a :class:`~echo.web.channel.BoundedChannel`, what it asks a
:class:`~echo.web.request.BoundedRequest`. A large body would become a temporary file in ``twisted.web``; here
one has ``max_body`` bytes in memory, and a form with files is refused unparsed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from io import BytesIO
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime
from twisted.internet.protocol import Protocol
from twisted.web.resource import IResource
from twisted.web.server import Site

from echo.limits import Limits
from echo.log import Log
from echo.refusals import Refusals
from echo.untrusted import clean
from echo.web.addresses import Proxies
from echo.web.answers import NotFound, told_uri
from echo.web.channel import BoundedChannel
from echo.web.door import Door
from echo.web.request import BoundedRequest

#: Pieces of a path; our longest has two.
_MAX_PATH = 8


class TurnedAway(Protocol):
    """
    A connection that is one too many: dropped before a byte of it is read.

    A factory that answers with no protocol at all would do for plain TCP only: the wrappers of TLS and of the
    PROXY protocol keep such a connection, without any deadline.
    """

    def connectionMade(self) -> None:
        """Drop it."""
        transport: Any = self.transport
        transport.abortConnection()


class BoundedSite(Site):
    """
    The factory of the public port.

    Attributes:
        limits: what each connection may take.
        has_sockets: whether calls come in here; whoever asks for one is charged by its page.
        log_lines: our log; ``log`` is Twisted's name for something else.
        connections: how many are open that are not calls.
        channels: those connections.
        waiting: those of them that we wait for, by how long we do: who has waited longest for is the first to go.
        leaving: whether the daemon is about to go; each answer is then the last of its connection.
        door: decides who is served.
        calls: tells how many calls are on.
        descriptors: how many this process may open for connections and calls, once that is known.
    """

    noisy = False
    has_sockets = True
    protocol: Any = BoundedChannel  # Twisted's type for it is its own wrapper, which is there for HTTP/2
    requestFactory = BoundedRequest

    def __init__(
        self,
        root: IResource,
        limits: Limits,
        log: Log,
        reactor: IReactorTime,
        door: Door | None = None,
    ) -> None:
        """Serve ``root`` within ``limits`` to those whom ``door`` lets in."""
        super().__init__(root, parsePOSTFormSubmission=False, reactor=reactor)
        self.limits = limits
        self.log_lines = log
        self.connections = 0
        self.channels: set[BoundedChannel] = set()
        self.waiting: OrderedDict[BoundedChannel, None] = OrderedDict()
        self.leaving = False
        self.door = Door(limits, Proxies(), reactor.seconds, Refusals(log)) if door is None else door
        self.calls: Callable[[], int] = lambda: 0
        self.descriptors: int | None = None
        self._finished: Deferred[None] | None = None
        self._patience: IDelayedCall | None = None

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """
        Take one more connection, in the place of the one that has been idle for longest where there are too many.

        The newest is dropped only when every other one has a request that is being answered: else those who connect and
        say nothing would shut out everybody who has something to say.
        """
        limit = self._full()
        if limit and not self._drop_idle(limit):
            self.door.note(limit, addr)
            return TurnedAway()
        return super().buildProtocol(addr)

    def finish(self) -> Deferred[None]:
        """
        Answer who is in the midst of a request, or has only just connected; end what is idle.

        Fires when no connection is left, or after ``linger_timeout``.
        """
        self.leaving = True
        finished = self._finished = Deferred[None]()
        self._patience = self.reactor.callLater(self.limits.linger_timeout, self.finish_now)
        for channel in tuple(self.channels):
            channel.leave_if_idle()
        if not self.channels:
            self.finish_now()
        return finished

    def finish_now(self) -> None:
        """Wait no longer for connections to end."""
        if self._patience is not None and self._patience.active():
            self._patience.cancel()
        finished, self._finished = self._finished, None
        if finished is not None:
            finished.callback(None)

    def released(self, channel: BoundedChannel) -> None:
        """Note that a connection is lost, or has become a call."""
        self.channels.discard(channel)
        if not self.channels:
            self.finish_now()

    def serve_under(self, limits: Limits) -> None:
        """Bound the connections and requests to come by other ``limits``."""
        self.limits = limits

    def is_meant(self, host: bytes, address: IAddress) -> bool:
        """Tell whether we answer to ``host`` on connections to ``address``; the public port does to any name."""
        return True

    def _full(self) -> str:
        """Name the limit that one more connection would exceed; empty where there is room."""
        if self.connections >= self.limits.max_requests:
            return "max_requests"
        if self.descriptors is None:
            return ""
        left = self.descriptors - self.connections - self.calls()
        return "descriptors_kept" if left <= self.limits.descriptors_kept else ""

    def _drop_idle(self, limit: str) -> bool:
        """Drop the connection that we have waited for longest, if we wait for any."""
        if not self.waiting:
            return False
        longest = next(iter(self.waiting))
        self.door.note(limit, longest.getPeer())
        longest.drop()
        return True

    def getContentFile(self, length: int | None) -> BytesIO:
        """Keep bodies in memory: ``max_body`` is small, and a disk has no business on the path of calls."""
        return BytesIO()

    def acceptableProtocols(self) -> list[bytes]:
        """Speak HTTP/1.1 only: a call cannot come over HTTP/2 here."""
        return [b"http/1.1"]

    def getResourceFor(self, request: Any) -> Any:
        """Find the page; a path of thousands of pieces is none, and not walked through to find that out."""
        if len(request.postpath) > _MAX_PATH:
            return NotFound()
        return super().getResourceFor(request)

    def startFactory(self) -> None:
        """Start without Twisted's access log and its timer; ``log`` writes our own lines."""

    def stopFactory(self) -> None:
        """Stop."""

    def log(self, request: Any) -> None:
        """Write a line for each request; what matters has one of its own, so this is for searching."""
        privacy = self.log_lines.privacy
        peer = privacy.address(clean(str(getattr(request.getClientAddress(), "host", "-")), 80))
        what = f"{clean(request.method, 16)} {privacy.target(told_uri(request))}"
        self.log_lines.debug(f"{peer} {what} {request.code} {request.sentLength}")
