"""
How a listening port takes newcomers: a few at a time, and after a rest where the system has no room for one more.

Twisted's port takes a hundred in one go, and twenty more each time that all of these came: a crowd of a thousand is
taken while nobody else is served. Here it takes :data:`FEW`; the others wait in the system's queue, in their order.

On a system that has run out of descriptors, or of memory for one more connection, Twisted closes the newcomers by a
descriptor that it holds in reserve, or leaves them where they are; the calls that are on do not notice. But it writes
lines for each newcomer, and one that is left where it is wakes the reactor again at once: the log fills and the
processor is busy with nothing. So those lines come here instead, are counted as refusals, and the port rests for a
moment.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet import tcp
from twisted.internet.interfaces import IDelayedCall, IListeningPort, IReactorTime
from twisted.logger import ILogObserver, LogEvent, Logger
from zope.interface import implementer

from echo.refusals import Refusals

#: Seconds. Newcomers wait so long in the system's queue, which has room for more than come in that time.
REST = 0.25

#: How many newcomers are taken before others are served.
FEW = 8

#: The same after a rest, when most of those who have waited are only closed.
AT_ONCE = 100


@implementer(ILogObserver)
class AcceptGuard:
    """Watches over one port by what it logs, which is the only word that Twisted has for it."""

    def __init__(self, port: IListeningPort, reactor: IReactorTime, refusals: Refusals) -> None:
        """Listen to ``port``, and count in ``refusals`` those whom it could not take."""
        self._port: Any = port
        self._take: Callable[[], None] = getattr(port, "doRead", _nothing)
        self._reactor = reactor
        self._refusals = refusals
        self._timer: IDelayedCall | None = None
        self._next = FEW
        self._is_over = False
        if isinstance(port, tcp.Port):
            # Of the class, and named for it; a port writes by it about accepting, and about nothing else.
            port._logger = Logger(namespace="echo.accepting", observer=self)  # noqa: SLF001
            port.doRead = self._take_few  # type: ignore[method-assign]

    def __call__(self, event: LogEvent) -> None:
        """Take what the port would have logged."""
        if "address" in event:
            self._note(str(event["address"][0]) if event["address"] else "a local socket")
        elif "acceptError" in event:
            self._note(str(event["acceptError"]))
        if self._timer is None:
            self._port.stopReading()
            self._timer = self._reactor.callLater(REST, self._go_on)

    def _take_few(self) -> None:
        """Take newcomers, whatever number the port would choose by those it took before."""
        self._port.numberAccepts, self._next = self._next, FEW
        self._take()

    def take_no_more(self) -> None:
        """Leave newcomers where they are, in the system's queue, for who else has the port."""
        self._is_over = True
        self._port.stopReading()

    def _note(self, who: str) -> None:
        self._refusals.note("descriptors", who, self._reactor.seconds())

    def _go_on(self) -> None:
        self._timer = None
        if self._port.connected and not self._port.disconnecting and not self._is_over:
            self._next = AT_ONCE
            self._port.startReading()


def _nothing() -> None:
    """Take nobody: a port of another kind sees to that itself."""
