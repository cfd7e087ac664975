"""The body of a request that is known whole."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.web.iweb import IBodyProducer
from zope.interface import implementer


@implementer(IBodyProducer)
class WholeBody:
    """Writes a body at once, where Twisted's own producers take turns of the reactor for it."""

    def __init__(self, body: bytes) -> None:
        """Write ``body``."""
        self._body = body
        self.length = len(body)

    def startProducing(self, consumer: Any) -> Deferred[None]:
        """Write it."""
        consumer.write(self._body)
        return succeed(None)

    def pauseProducing(self) -> None:
        """Nothing is left to be held back."""

    def resumeProducing(self) -> None:
        """Nothing is left to be sent."""

    def stopProducing(self) -> None:
        """Nothing is left to be stopped."""
