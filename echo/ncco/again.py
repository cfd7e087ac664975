"""The NCCO that gives a call its socket back: what is left of its script from the ``connect`` to that socket on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from echo.ncco.build import MAX_HEADERS_BYTES
from echo.untrusted import Json

#: The path of our sockets; what stands behind it is a key of one socket and differs from the next one's.
_SOCKET_PATH = "/socket"


def connected_again(
    script: Sequence[dict[str, Json]], lost: str | None, metadata: Mapping[str, Json]
) -> list[dict[str, Json]] | None:
    """
    Find what a call goes on with whose socket was lost.

    Args:
        script: what the call would be answered with if it came now; its addresses are fresh.
        lost: the address of the socket that was lost; ``None`` where nobody said.
        metadata: what was told on that socket; it is told again, since a process that was started meanwhile may not
            know what to fill in.

    Returns:
        The script from the first ``connect`` on that leads there; ``None`` if none does.
    """
    for index, action in enumerate(script):
        endpoint = _socket_of(action)
        if endpoint is None or (lost is not None and _place(endpoint["uri"]) != _place(lost)):
            continue
        if metadata and len(json.dumps(metadata)) <= MAX_HEADERS_BYTES:
            endpoint = {**endpoint, "headers": dict(metadata)}
        return [{**action, "endpoint": [endpoint]}, *script[index + 1 :]]
    return None


def _socket_of(action: Mapping[str, Json]) -> dict[str, Json] | None:
    """Take the endpoint of a ``connect`` to a socket; ``None`` for any other action."""
    endpoints = action.get("endpoint")
    if action.get("action") != "connect" or not isinstance(endpoints, list) or not endpoints:
        return None
    first = endpoints[0]
    if (
        not isinstance(first, dict)
        or first.get("type") != "websocket"
        or not isinstance(first.get("uri"), str)
    ):
        return None
    return first


def _place(uri: Json) -> str:
    """Tell where a socket is, without its host, which may have several names, and without its key."""
    try:
        path = urlsplit(str(uri)).path.rstrip("/")
    except ValueError:
        return str(uri)
    head, found, _ = path.rpartition(f"{_SOCKET_PATH}/")
    return f"{head}{_SOCKET_PATH}" if found else path
