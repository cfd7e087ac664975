"""The NCCOs that are served when the operator brings none."""

from __future__ import annotations

import json

from echo.untrusted import Json

GREETING = "Please wait while we connect you"

SORRY = "We are sorry, no call can be taken at the moment. Please call again in a minute."

#: The provider's cap on an endpoint's ``headers`` (Vonage, "Voice API: WebSockets"); a longer object fails
#: the call.
MAX_HEADERS_BYTES = 512


def default_ncco(
    *,
    socket_url: str,
    events_url: str,
    content_type: str,
    called_number: str | None,
    uuid: str | None,
    conversation_uuid: str | None,
    authorization: dict[str, Json] | None = None,
    app: str | None = None,
    room: str | None = None,
) -> list[dict[str, Json]]:
    """
    Build the script that greets the caller and connects the call to our socket.

    Its events are synchronous: where the socket cannot be opened, or is lost, the answer says how to go on.

    Args:
        socket_url: where the provider opens the call's WebSocket, ``ws://`` or ``wss://``.
        events_url: where it reports what becomes of that leg.
        content_type: the audio format, as in ``audio/l16;rate=16000``.
        called_number: digits, shown as the caller of the new leg; ``None`` leaves ``from`` out.
        uuid: the caller's leg; it comes back as metadata in the first text message.
        conversation_uuid: likewise.
        authorization: what the provider shall send with the upgrade, as the endpoint has it; ``None`` for nothing.
        app: the name of the app that shall answer this call; our own socket reads it in the first text message.
        room: the room that the app ``bridge`` shall let this call into; likewise.
    """
    endpoint: dict[str, Json] = {"type": "websocket", "uri": socket_url, "content-type": content_type}
    headers = _headers(app=app, room=room, uuid=uuid, conversation_uuid=conversation_uuid)
    if headers:
        endpoint["headers"] = headers
    if authorization is not None:
        endpoint["authorization"] = authorization
    connect: dict[str, Json] = {
        "action": "connect",
        "eventType": "synchronous",
        "eventUrl": [events_url],
        "endpoint": [endpoint],
    }
    if called_number is not None:
        connect["from"] = called_number
    return [{"action": "talk", "text": GREETING}, connect]


def busy_ncco() -> list[dict[str, Json]]:
    """Build the script for a call that cannot be taken: an apology, and the end."""
    return [{"action": "talk", "text": SORRY}]


def _headers(**known: str | None) -> dict[str, Json]:
    """Take what is known and fits: a call without its metadata is worth more than no call."""
    headers: dict[str, Json] = {}
    for name, value in known.items():
        if value is not None and len(json.dumps({**headers, name: value})) <= MAX_HEADERS_BYTES:
            headers[name] = value
    return headers
