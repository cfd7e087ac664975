"""An echo on picows and uvloop: a WebSocket library in Cython, with as little on top as its examples have."""

from __future__ import annotations

import sys

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server


class Echo(WSListener):  # type: ignore[misc]  # compiled, without types
    """One connection."""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Send audio back as it came."""
        if frame.msg_type == WSMsgType.BINARY:
            transport.send(WSMsgType.BINARY, frame.get_payload_as_memoryview())
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()


async def serve(port: int) -> None:
    """Serve until the process is ended."""

    def accept(_: WSUpgradeRequest) -> Echo:
        return Echo()

    server = await ws_create_server(accept, "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


uvloop.run(serve(int(sys.argv[1])))
