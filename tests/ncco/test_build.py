"""The NCCO that is served when the operator brings none."""

from __future__ import annotations

import json

import pytest

from echo.ncco.build import default_ncco
from echo.ncco.template import NccoTemplate
from echo.untrusted import Json

UUID = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"


def ncco(
    called_number: str | None = None, uuid: str | None = None, conversation_uuid: str | None = None
) -> list[dict[str, Json]]:
    """Build the script with addresses of an example."""
    return default_ncco(
        socket_url="wss://example.com/socket",
        events_url="https://example.com/events",
        content_type="audio/l16;rate=16000",
        called_number=called_number,
        uuid=uuid,
        conversation_uuid=conversation_uuid,
    )


def headers(script: list[dict[str, Json]]) -> Json:
    """Pick the metadata of the endpoint."""
    endpoints = script[1]["endpoint"]
    assert isinstance(endpoints, list)
    assert isinstance(endpoints[0], dict)
    return endpoints[0]["headers"]


def test_all_known() -> None:
    """With everything known the caller is greeted and connected, and the socket learns whose call it is."""
    assert ncco("447700900000", UUID, f"CON-{UUID}") == [
        {"action": "talk", "text": "Please wait while we connect you"},
        {
            "action": "connect",
            "eventType": "synchronous",
            "eventUrl": ["https://example.com/events"],
            "from": "447700900000",
            "endpoint": [
                {
                    "type": "websocket",
                    "uri": "wss://example.com/socket",
                    "content-type": "audio/l16;rate=16000",
                    "headers": {"uuid": UUID, "conversation_uuid": f"CON-{UUID}"},
                }
            ],
        },
    ]


def test_nothing_known() -> None:
    """What is not known is left out, rather than sent empty."""
    assert ncco()[1] == {
        "action": "connect",
        "eventType": "synchronous",
        "eventUrl": ["https://example.com/events"],
        "endpoint": [
            {"type": "websocket", "uri": "wss://example.com/socket", "content-type": "audio/l16;rate=16000"}
        ],
    }


def test_one_known() -> None:
    """Each of the two ids goes without the other."""
    assert headers(ncco(uuid="u")) == {"uuid": "u"}
    assert headers(ncco(conversation_uuid="c")) == {"conversation_uuid": "c"}


@pytest.mark.parametrize(
    ("uuid", "conversation_uuid", "kept"),
    [
        ("u" * 500, "c", {"uuid"}),
        ("u" * 501, "c", {"conversation_uuid"}),
        ("u", "c" * 600, {"uuid"}),
        ("\u00e9" * 100, "c", {"conversation_uuid"}),
    ],
)
def test_headers_stay_within_the_providers_cap(uuid: str, conversation_uuid: str, kept: set[str]) -> None:
    """The metadata is 512 bytes of JSON at most; what does not fit goes, the call stays."""
    found = headers(ncco(uuid=uuid, conversation_uuid=conversation_uuid))
    assert isinstance(found, dict)
    assert set(found) == kept
    assert len(json.dumps(found)) <= 512


def test_is_a_call_script() -> None:
    """What is built passes the check for scripts of the operator."""
    script = ncco("447700900000", UUID, f"CON-{UUID}")
    assert NccoTemplate.parse(json.dumps(script).encode(), "built").fill({}) == script
