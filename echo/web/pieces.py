"""An answer that is too long to be made at once, without holding up the calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from twisted.python.failure import Failure
from twisted.web.server import Request
from zope.interface import implementer


@implementer(IPushProducer)
class Pieces:
    """
    Writes an answer piece by piece: one in a turn of the reactor, and none while the peer has not read the last.

    A peer that does not read it all in time loses its connection, as one does that is slow to ask.
    """

    def __init__(
        self, request: Request, pieces: Iterator[bytes], reactor: IReactorTime, seconds: float
    ) -> None:
        """Answer ``request`` with ``pieces``, which are asked for one by one, within so many ``seconds``."""
        self._request: Any = request
        self._pieces = pieces
        self._reactor = reactor
        self._next: IDelayedCall | None = None
        self._deadline = reactor.callLater(seconds, self._give_up)
        request.notifyFinish().addErrback(self._gone)
        request.registerProducer(self, True)
        self.resumeProducing()

    def resumeProducing(self) -> None:
        """Write again, in the next turn."""
        if self._next is None and self._deadline.active():
            self._next = self._reactor.callLater(0, self._write)

    def pauseProducing(self) -> None:
        """Write no more until there is room."""
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def stopProducing(self) -> None:
        """Write no more at all: the connection is gone."""
        self.pauseProducing()
        if self._deadline.active():
            self._deadline.cancel()
        self._pieces = iter(())

    def _write(self) -> None:
        self._next = None
        try:
            piece = next(self._pieces, None)
        except Exception:  # noqa: BLE001  a bug of ours; what was written of the answer must not look whole
            self._request.site.log_lines.failure("an answer in pieces failed")
            self._give_up()
            return
        if piece is None:
            self._end()
        else:
            self.resumeProducing()  # first, since writing may pause us
            self._request.write(piece)

    def _end(self) -> None:
        self.stopProducing()
        self._request.unregisterProducer()
        self._request.finish()

    def _give_up(self) -> None:
        self.stopProducing()
        self._request.channel.transport.abortConnection()

    def _gone(self, _: Failure) -> None:
        self.stopProducing()
