"""
What the applications share: a call as they see it, a list of all of them, and exact waiting.

An application is a coroutine that is given its call. When it returns, the call is closed with code 1000.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

#: Seconds of a frame.
STEP = 0.02


class Call:
    """
    A call, as an application sees it.

    Attributes:
        connection: the socket.
        first: the first text message, as it came.
    """

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.first = ""

    @property
    def asked(self) -> dict[str, str]:
        """The query of the socket's address."""
        assert self.connection.request is not None
        return dict(parse_qsl(urlsplit(self.connection.request.path).query))

    @property
    def rate(self) -> int:
        """Samples a second, as the first text message tells."""
        return int(json.loads(self.first)["content-type"].partition("rate=")[2])

    @property
    def size(self) -> int:
        """Bytes of a frame."""
        return self.rate // 50 * 2

    async def texts_and_frames(self) -> AsyncIterator[str | bytes]:
        """Give what comes, from the first text message on, until the caller hangs up."""
        async for message in self.connection:
            if isinstance(message, str):
                self.first = self.first or message
            yield message

    async def frames(self) -> AsyncIterator[bytes]:
        """Give the caller's audio."""
        async for message in self.texts_and_frames():
            if isinstance(message, bytes):
                yield message

    async def begun(self) -> None:
        """Wait for the first text message."""
        self.first = str(await self.connection.recv())

    async def send(self, message: str | bytes) -> None:
        """Send a message."""
        await self.connection.send(message)

    async def echo(self) -> None:
        """Do all that a correct application does."""
        async for frame in self.frames():
            await self.send(frame)

    async def command(self, **command: Any) -> None:
        """Send a text command."""
        await self.send(json.dumps(command))

    def write(self, data: bytes) -> None:
        """Write bytes, past the library that would write nothing wrong."""
        self.connection.transport.write(data)

    def cut(self) -> None:
        """Reset the connection, without a Close frame."""
        # RST is sent in place of FIN by a socket that lingers for no time (SO_LINGER in POSIX)
        line = self.connection.transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.transport.abort()

    async def nothing(self) -> None:
        """Read until the caller hangs up."""
        async for _ in self.connection:
            pass


Application: TypeAlias = Callable[[Call], Awaitable[None]]

#: Answers a request in place of an application: with a response, or with ``None`` to let the upgrade pass.
Answer: TypeAlias = Callable[[ServerConnection, Request], Awaitable[Response | None]]

#: All applications, by the path of their socket.
APPLICATIONS: dict[str, Application] = {}

#: What refuses an upgrade, by the path of the socket.
REFUSALS: dict[str, Answer] = {}

#: Wrong answer URLs, by the name behind ``/answer/``.
ANSWERS: dict[str, Answer] = {}


def _name(function: Callable[..., object]) -> str:
    return function.__name__.replace("_", "-")


def application(run: Application) -> Application:
    """Serve an application under its name."""
    APPLICATIONS[_name(run)] = run
    return run


def refusal(answer: Answer) -> Answer:
    """Refuse the upgrade under this name."""
    REFUSALS[_name(answer)] = answer
    return answer


def answer_url(answer: Answer) -> Answer:
    """Answer under this name behind ``/answer/``."""
    ANSWERS[_name(answer)] = answer
    return answer


async def until(when: float) -> None:
    """Wait until ``when`` on the loop's clock; at once if that has passed."""
    loop = asyncio.get_running_loop()
    reached = loop.create_future()
    timer = loop.call_at(when, reached.set_result, None)
    try:
        await reached
    finally:
        timer.cancel()
