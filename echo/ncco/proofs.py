"""Whether the sockets of a script prove their calls: by a pass in their address, or by what they are sent with."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from echo.untrusted import Json

#: What may prove a socket's call, and how a script asks for it.
PROOFS: Mapping[str, str] = {
    "token": 'write "uri": "${socket_url}"',
    "vonage": 'write "authorization": {"type": "vonage"} beside its uri',
    "custom": 'write "authorization": {"type": "custom", "value": "Bearer ${socket_token}"} beside its uri',
}


def unproven_endpoints(actions: Sequence[Mapping[str, Json]], accepted: Collection[str]) -> Iterator[str]:
    """Give the places of websocket endpoints that prove their call by nothing of ``accepted``."""
    if not set(accepted) & set(PROOFS):
        return
    for number, action in enumerate(actions):
        endpoints = action.get("endpoint")
        for index, endpoint in enumerate(endpoints if isinstance(endpoints, list) else ()):
            if isinstance(endpoint, dict) and not set(_proofs(endpoint)) & set(accepted):
                yield f"$[{number}].endpoint[{index}]"


def _proofs(endpoint: Mapping[str, Json]) -> Iterator[str]:
    if endpoint.get("type") != "websocket":
        yield from PROOFS  # no socket: nothing is to be proven
    if "${socket_url}" in str(endpoint.get("uri")) or "${socket_token}" in str(endpoint.get("uri")):
        yield "token"
    authorization = endpoint.get("authorization")
    if isinstance(authorization, dict):
        yield str(authorization.get("type", "vonage"))  # the provider's default within the object
