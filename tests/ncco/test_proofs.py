"""Whether the sockets of a script prove their calls."""

from __future__ import annotations

import pytest

from echo.ncco.proofs import PROOFS, unproven_endpoints
from echo.untrusted import Json

WITH_SECRET = ("token", "vonage")


def connect(**endpoint: Json) -> dict[str, Json]:
    """An action that connects a call to a socket."""
    return {
        "action": "connect",
        "endpoint": [{"type": "websocket", "uri": "wss://a.example/socket", **endpoint}],
    }


@pytest.mark.parametrize(
    "action",
    [
        connect(uri="${socket_url}"),
        connect(uri="${socket_url}?caller=${from}"),
        connect(uri="wss://a.example/socket/${socket_token}"),
        connect(authorization={"type": "vonage"}),
        connect(authorization={}),
        {"action": "talk", "text": "no socket"},
        {"action": "connect", "endpoint": [{"type": "phone", "number": "447700900000"}]},
        {"action": "connect", "endpoint": "nonsense"},
        {"action": "connect", "endpoint": ["nonsense"]},
        {"action": "connect"},
    ],
)
def test_a_script_that_proves_its_calls(action: dict[str, Json]) -> None:
    """By its address or its authorization; what is no socket need not."""
    assert list(unproven_endpoints([action], WITH_SECRET)) == []


@pytest.mark.parametrize(
    "action",
    [
        connect(),
        connect(uri=5),
        connect(authorization={"type": "custom", "value": "Bearer abc"}),
        connect(authorization="vonage"),
        connect(headers={"url": "${socket_url}"}),
    ],
)
def test_a_script_that_does_not(action: dict[str, Json]) -> None:
    """It is told by its place."""
    assert list(unproven_endpoints([{"action": "talk"}, action], WITH_SECRET)) == ["$[1].endpoint[0]"]


def test_it_depends_on_what_is_accepted() -> None:
    """A token proves nothing where only the provider's signature counts."""
    token, vonage = connect(uri="${socket_url}"), connect(authorization={"type": "vonage"})
    assert list(unproven_endpoints([token, vonage], ("vonage",))) == ["$[0].endpoint[0]"]
    assert list(unproven_endpoints([token, vonage], ("custom",))) == ["$[0].endpoint[0]", "$[1].endpoint[0]"]


@pytest.mark.parametrize("accepted", [(), ("none",)])
def test_where_nothing_is_demanded_nothing_is_told(accepted: tuple[str, ...]) -> None:
    """A daemon without a secret takes every socket."""
    assert list(unproven_endpoints([connect()], accepted)) == []


def test_each_proof_has_its_advice() -> None:
    """What a person is told to write is what counts."""
    assert set(PROOFS) == {"token", "vonage", "custom"}
