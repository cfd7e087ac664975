"""
``python -m tests.phone.applications.serve LIBRARY``: serves, prints its port, ends when standard input ends.

The socket listens before the port is printed: whoever reads the line may connect at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import selectors
import socket
import sys
from collections.abc import Awaitable, Callable

from websockets.asyncio.server import ServerConnection, serve

# each puts what it has into the lists of base
from tests.phone.applications import answers, audio, base, ends, timing

MODULES = (audio, timing, ends, answers)


async def with_websockets(listener: socket.socket) -> None:
    """Serve all applications that are written with ``websockets``."""
    announce(listener)
    server = await serve(
        _call,
        sock=listener,
        process_request=answers.answer,
        compression=None,
        open_timeout=None,
        ping_interval=None,
        close_timeout=1,
        max_queue=None,
    )
    await server.serve_forever()


async def _call(connection: ServerConnection) -> None:
    """Let the application answer that the path names."""
    assert connection.request is not None
    name = connection.request.path.partition("?")[0].strip("/")
    await base.APPLICATIONS[name](base.Call(connection))


async def with_aiohttp(listener: socket.socket) -> None:
    """Serve the application that is written with aiohttp."""
    from aiohttp import web  # noqa: PLC0415  it may not be installed

    from tests.phone.applications.with_aiohttp import make_app  # noqa: PLC0415

    runner = web.AppRunner(make_app(), access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    announce(listener)
    await asyncio.Event().wait()


async def with_fastapi(listener: socket.socket) -> None:
    """Serve the application that is written with FastAPI, by uvicorn."""
    import uvicorn  # noqa: PLC0415  it may not be installed

    from tests.phone.applications.with_fastapi import app  # noqa: PLC0415

    announce(listener)
    config = uvicorn.Config(app, log_config=None, lifespan="off")
    await uvicorn.Server(config).serve(sockets=[listener])


def announce(listener: socket.socket) -> None:
    """Tell our port: whoever connects now need not wait for an import."""
    print(listener.getsockname()[1], flush=True)


LIBRARIES: dict[str, Callable[[socket.socket], Awaitable[None]]] = {
    "websockets": with_websockets,
    "aiohttp": with_aiohttp,
    "fastapi": with_fastapi,
}


async def until_input_ends(library: str) -> None:
    """Serve as long as somebody holds the other end of our standard input."""
    # asyncio sends small frames without waiting (TCP_NODELAY) only where the protocol is named, not left to 0
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    serving = asyncio.ensure_future(LIBRARIES[library](listener))
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, ended.set)  # nobody writes to it: it can only end
    await asyncio.wait([serving, asyncio.ensure_future(ended.wait())], return_when=asyncio.FIRST_COMPLETED)
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def precise() -> asyncio.AbstractEventLoop:
    """Make a loop whose timers are exact to some microseconds: ``epoll`` knows whole milliseconds only."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


if __name__ == "__main__":
    logging.getLogger().addHandler(logging.NullHandler())  # they fail on purpose: nobody wants to read of it
    with asyncio.Runner(loop_factory=precise) as runner:
        runner.run(until_input_ends(sys.argv[1]))
