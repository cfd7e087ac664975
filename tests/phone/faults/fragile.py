"""
Applications with one weakness each, on 127.0.0.1; the path of the socket names the weakness.

They echo as they should in an ordinary call. ``with Fragile() as apps: apps.socket("sizes")``.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import jwt
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosedError

SECRET = "a signature secret that is long enough"

FRAME = 640

Message = str | bytes


class Weak(Exception):
    """What the weakness of an application raises: the library closes the call with 1011 then."""


class Call:
    """One call of an application with the weakness ``kind``."""

    def __init__(self, apps: Fragile, connection: ServerConnection, kind: str) -> None:
        self.apps, self.connection, self.kind = apps, connection, kind
        self.audio = self.texts = 0

    async def run(self) -> None:
        """Echo."""
        if self.kind in self.apps.dead:
            raise Weak("crashed in an earlier call")
        try:
            async for message in self._messages():
                await self._take(message)
        except ConnectionClosedError as error:
            if self.kind == "crashes" and isinstance(error.__cause__, OSError):  # a reset
                self.apps.dead.add(self.kind)
            raise

    async def _messages(self) -> AsyncIterator[Message]:
        """Give what comes; an impatient application wants something all the time."""
        patience = 1.75 if self.kind == "impatient" else None
        while True:
            try:
                yield await asyncio.wait_for(self.connection.recv(), patience)
            except TimeoutError:
                raise Weak("nothing came") from None

    async def _take(self, message: Message) -> None:
        if isinstance(message, str):
            self._read(message)
        elif self._likes(message):
            await self.connection.send(message)

    def _read(self, text: str) -> None:
        self.texts += 1
        told = json.loads(text)
        problems = {
            "wants-no-space": not text.startswith("{"),
            "wants-event": "event" not in told,
            "small-headers": len(text) > 300,
            "few-keys": self.texts > 50,
        }
        if problems.get(self.kind):
            raise Weak(self.kind)

    def _likes(self, audio: bytes) -> bool:
        """Raise for audio that the application cannot bear; say whether it is returned."""
        self.audio += 1
        if self.kind == "text-first" and not self.texts:
            raise Weak("audio before the text")
        if self.kind == "sizes" and len(audio) != FRAME:
            raise Weak(f"{len(audio)} bytes")
        return not (self.kind == "counts" and self.audio % 60 == 0)


class Fragile:
    """
    All of them on one port, and answer URLs on another: ``answer("trusting")``.

    Attributes:
        dead: weaknesses that have shown.
    """

    def __init__(self) -> None:
        self.dead: set[str] = set()
        self.tokens: set[str] = set()
        self.answers = 0
        self._loop = asyncio.new_event_loop()
        self._server: Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._web = ThreadingHTTPServer(("127.0.0.1", 0), _page(self))
        self._web_thread = threading.Thread(target=self._web.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._web_thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._web.shutdown()
        self._web.server_close()
        self._web_thread.join(10)

    def socket(self, kind: str) -> str:
        """The socket of the application with this weakness."""
        assert self._server is not None
        return f"ws://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}/{kind}"

    def answer(self, kind: str) -> str:
        """The answer URL of the application with this weakness."""
        return f"http://127.0.0.1:{self._web.server_port}/{kind}"

    async def _serve(self) -> Server:
        self._one_at_a_time = asyncio.Lock()
        return await serve(self._call, "127.0.0.1", 0, compression=None, close_timeout=1, ping_interval=None)

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _call(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        kind = connection.request.path.strip("/")
        call = Call(self, connection, kind)
        if kind != "one-at-a-time":
            await call.run()
            return
        async with self._one_at_a_time:
            await call.run()

    def ncco(self, kind: str, authorization: str) -> tuple[int, list[dict[str, Any]]]:
        """Answer an answer request: status and document."""
        self.answers += 1
        if kind != "trusting":
            try:
                self._verify(kind, authorization)
            except (ValueError, jwt.InvalidTokenError):
                return (500 if kind == "clumsy" else 401), []
        uri = self.socket("fine") + (f"?{self.answers}" if kind == "forgetful" else "")
        endpoint = {"type": "websocket", "uri": uri, "content-type": "audio/l16;rate=16000"}
        return 200, [{"action": "connect", "endpoint": [endpoint]}]

    def _verify(self, kind: str, authorization: str) -> None:
        known = jwt.decode(authorization.removeprefix("Bearer "), SECRET, algorithms=["HS256"])
        age = time.time() - known["iat"]
        if (age > 300 and kind != "ageless") or (known["jti"] in self.tokens and kind != "again"):
            raise ValueError(kind)
        self.tokens.add(known["jti"])


def _page(apps: Fragile) -> Callable[..., BaseHTTPRequestHandler]:
    class Page(BaseHTTPRequestHandler):
        """Answers with an NCCO."""

        def do_GET(self) -> None:
            """Verify and answer."""
            parts = urlsplit(self.path)
            assert "uuid" in parse_qs(parts.query)
            status, document = apps.ncco(parts.path.strip("/"), self.headers.get("Authorization", ""))
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Page
