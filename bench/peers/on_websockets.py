"""An echo on ``websockets`` and uvloop, as the library's own documents write it; without compression."""

from __future__ import annotations

import asyncio
import sys

import uvloop
from websockets.asyncio.server import ServerConnection, serve


async def echo(connection: ServerConnection) -> None:
    """Send audio back as it came."""
    async for message in connection:
        if isinstance(message, bytes):
            await connection.send(message)


async def main(port: int) -> None:
    """Serve until the process is ended."""
    async with serve(echo, "127.0.0.1", port, compression=None):
        print("ready", flush=True)
        await asyncio.get_running_loop().create_future()


uvloop.run(main(int(sys.argv[1])))
