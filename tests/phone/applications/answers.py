"""Answer URLs and upgrades: the good answer to a call, and the wrong ones."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from tests.phone.applications.base import ANSWERS, REFUSALS, answer_url, refusal


def respond(body: object, content_type: str = "application/json", status: int = 200, **more: str) -> Response:
    """Make a response; what is no text goes as JSON."""
    data = (body if isinstance(body, str) else json.dumps(body)).encode()
    headers = Headers({"Content-Type": content_type, "Content-Length": str(len(data)), "Connection": "close"})
    headers.update(more)
    return Response(status, HTTPStatus(status).phrase, headers, data)


def connect(request: Request, name: str, **more: Any) -> dict[str, Any]:
    """Make the action that connects a call to the socket of ``name``."""
    endpoint = {"type": "websocket", "uri": f"ws://{request.headers['Host']}/{name}"}
    endpoint["content-type"] = "audio/l16;rate=16000"
    return {"action": "connect", "endpoint": [endpoint | more]}


async def answer(connection: ServerConnection, request: Request) -> Response | None:
    """Answer a request: ``None`` lets the library upgrade it."""
    path = request.path.partition("?")[0]
    name = path.rpartition("/")[2]
    if not path.startswith("/answer/"):
        return await REFUSALS[name](connection, request) if name in REFUSALS else None
    if name in ANSWERS:
        return await ANSWERS[name](connection, request)
    return respond([connect(request, name)])


async def _for_ever(connection: ServerConnection) -> None:
    """Wait until the other end goes."""
    await connection.wait_closed()


@refusal
async def no_upgrade(connection: ServerConnection, request: Request) -> Response | None:
    """Never answer the upgrade."""
    await _for_ever(connection)
    return None


@refusal
async def upgrade_500(connection: ServerConnection, request: Request) -> Response | None:
    """Fail in the upgrade."""
    return respond("Internal Server Error", "text/plain", 500)


@refusal
async def upgrade_404(connection: ServerConnection, request: Request) -> Response | None:
    """Have no socket there."""
    return respond("Not Found", "text/plain", 404)


@refusal
async def upgrade_elsewhere(connection: ServerConnection, request: Request) -> Response | None:
    """Redirect the upgrade."""
    return respond("", "text/plain", 302, Location="ws://127.0.0.1:1/socket")


async def _switch(connection: ServerConnection, *headers: str) -> Response | None:
    """Write an upgrade by hand, and wait for what the caller makes of it."""
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        *headers,
        "",
        "",
    ]
    connection.transport.write("\r\n".join(lines).encode())
    await _for_ever(connection)
    return None


@refusal
async def upgrade_without_proof(connection: ServerConnection, request: Request) -> Response | None:
    """Upgrade with a ``Sec-WebSocket-Accept`` of another key."""
    return await _switch(connection, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")


@answer_url
async def answer_500(connection: ServerConnection, request: Request) -> Response | None:
    """Fail."""
    return respond({"error": "no such table"}, status=500)


@answer_url
async def answer_404(connection: ServerConnection, request: Request) -> Response | None:
    """Have nothing there."""
    return respond({"detail": "Not Found"}, status=404)


@answer_url
async def busy(connection: ServerConnection, request: Request) -> Response | None:
    """Be busy, however often the provider asks."""
    return respond("", status=503)


@answer_url
async def elsewhere(connection: ServerConnection, request: Request) -> Response | None:
    """Redirect, to a good answer."""
    return respond("", status=302, Location=f"http://{request.headers['Host']}/answer/correct")


@answer_url
async def page(connection: ServerConnection, request: Request) -> Response | None:
    """Call a good NCCO a web page."""
    return respond([connect(request, "correct")], "text/html")


@answer_url
async def cut_json(connection: ServerConnection, request: Request) -> Response | None:
    """Send half of an NCCO."""
    return respond('[{"action": "connect", "endpoint"')


@answer_url
async def no_connect(connection: ServerConnection, request: Request) -> Response | None:
    """Talk, and do not connect."""
    return respond([{"action": "talk", "text": "Hello"}])


@answer_url
async def misspelt(connection: ServerConnection, request: Request) -> Response | None:
    """Misspell the action."""
    return respond([connect(request, "correct") | {"action": "conect"}])


@answer_url
async def wrong_rate(connection: ServerConnection, request: Request) -> Response | None:
    """Ask for a rate that the provider does not have."""
    return respond([connect(request, "correct", **{"content-type": "audio/l16;rate=44100"})])


@answer_url
async def http_uri(connection: ServerConnection, request: Request) -> Response | None:
    """Give a web address for the socket."""
    return respond([connect(request, "correct", uri="http://127.0.0.1/socket")])


@answer_url
async def never(connection: ServerConnection, request: Request) -> Response | None:
    """Never answer."""
    await _for_ever(connection)
    return None
