"""An echo with aiohttp, as the tutorial of the phone has it."""

from __future__ import annotations

from aiohttp import WSMsgType, web


async def answer(request: web.Request) -> web.Response:
    """Answer a call with its NCCO."""
    endpoint = {
        "type": "websocket",
        "uri": f"ws://{request.host}/socket",
        "content-type": "audio/l16;rate=16000",
    }
    return web.json_response([{"action": "connect", "endpoint": [endpoint]}])


async def socket(request: web.Request) -> web.WebSocketResponse:
    """Send each frame back."""
    call = web.WebSocketResponse()
    await call.prepare(request)
    async for message in call:
        if message.type == WSMsgType.BINARY:
            await call.send_bytes(message.data)
    return call


app = web.Application()
app.add_routes([web.get("/answer", answer), web.get("/socket", socket)])
