"""An echo with FastAPI."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, WebSocket

app = FastAPI()


@app.get("/answer")
async def answer(request: Request) -> list[dict[str, Any]]:
    """Answer a call with its NCCO."""
    endpoint = {
        "type": "websocket",
        "uri": f"ws://{request.url.netloc}/socket",
        "content-type": "audio/l16;rate=16000",
    }
    return [{"action": "connect", "endpoint": [endpoint]}]


@app.websocket("/socket")
async def socket(call: WebSocket) -> None:
    """Send each frame back."""
    await call.accept()
    while (message := await call.receive())["type"] == "websocket.receive":
        if message.get("bytes"):
            await call.send_bytes(message["bytes"])
