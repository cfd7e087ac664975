"""How a socket comes to be: its key, and the factory that Autobahn wants around it."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable

from autobahn.twisted.websocket import WebSocketClientFactory

from echo.phone.line.socket import MAX_MESSAGE, PhoneSocket, QuietLog
from echo.phone.line.upgrade import SUBPROTOCOL


def new_key() -> bytes:
    """Make the value of ``Sec-WebSocket-Key``."""
    return base64.b64encode(os.urandom(16))


class _Factory(WebSocketClientFactory):
    """Builds one protocol; the URL that Autobahn wants to see is never used, since the request is ours."""

    noisy = False
    log = QuietLog()

    def __init__(self, make: Callable[[], PhoneSocket]) -> None:
        super().__init__("ws://phone", protocols=[SUBPROTOCOL])
        self._make = make

    def buildProtocol(self, addr: object) -> PhoneSocket:
        """Build it."""
        protocol = self._make()
        protocol.factory = self
        # Autobahn would do so, and format them all for a log that is not kept: a third of what a connection costs.
        for option in protocol.CONFIG_ATTRS:
            setattr(protocol, option, getattr(self, option))
        protocol.CONFIG_ATTRS = []
        return protocol


def socket_factory(make: Callable[[], PhoneSocket]) -> WebSocketClientFactory:
    """Make the factory that Autobahn's protocol needs around it; ``make`` builds the protocol of a connection."""
    factory = _Factory(make)
    factory.setProtocolOptions(
        maxFramePayloadSize=MAX_MESSAGE,
        maxMessagePayloadSize=MAX_MESSAGE,
        openHandshakeTimeout=0,  # Autobahn's timers are rounded to whole seconds; ours are the reactor's
        closeHandshakeTimeout=0,
        serverConnectionDropTimeout=0,
        autoPingInterval=0,
        tcpNoDelay=True,
        perMessageCompressionOffers=[],
    )
    return factory
