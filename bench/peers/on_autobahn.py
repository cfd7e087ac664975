"""An echo on plain Autobahn and Twisted's default reactor: what our daemon is built on, with nothing on top."""

from __future__ import annotations

import sys

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from twisted.internet import reactor


class Echo(WebSocketServerProtocol):
    """One connection."""

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803  Autobahn calls us so
        """Send audio back as it came."""
        if isBinary:
            self.sendMessage(payload, True)


factory = WebSocketServerFactory()
factory.protocol = Echo
reactor.listenTCP(int(sys.argv[1]), factory, backlog=4096, interface="127.0.0.1")
print("ready", flush=True)
reactor.run()
