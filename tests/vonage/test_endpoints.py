"""Tests of echo.vonage.endpoints: whom a call goes to."""

from __future__ import annotations

from typing import Any

import pytest

from echo.errors import RestError
from echo.vonage import endpoints


@pytest.mark.parametrize(
    "text", ["447700900123", "+447700900123", "+44 7700 900123", "44 (7700) 900-123", "44.7700.900123"]
)
def test_a_number_is_written_in_digits(text: str) -> None:
    """People write it in many ways, the provider in one."""
    assert endpoints.phone(text) == {"type": "phone", "number": "447700900123"}


@pytest.mark.parametrize(
    "text", ["", "123456", "1" * 16, "44x7700900123", "++447700900123", "\u0661" * 9, "\x1b[2J"]
)
def test_what_is_no_number(text: str) -> None:
    """It is refused in a sentence that is safe to show."""
    with pytest.raises(RestError, match="is no phone number") as caught:
        endpoints.phone(text)
    assert str(caught.value).isprintable()


def test_a_socket() -> None:
    """It has all that the provider needs, and its signature is asked for."""
    assert endpoints.socket("wss://echo.example.com/socket?a=1") == {
        "type": "websocket",
        "uri": "wss://echo.example.com/socket?a=1",
        "content-type": "audio/l16;rate=16000",
        "authorization": {"type": "vonage"},
    }


def test_another_authorization() -> None:
    """A value of one's own is sent as it stands; none is asked for where there is none."""
    custom = endpoints.socket("ws://h/", authorization="Bearer abc")
    assert custom["authorization"] == {"type": "custom", "value": "Bearer abc"}
    assert "authorization" not in endpoints.socket("ws://h/", authorization=None)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"uri": "https://h/"}, "is no address of a socket"),
        ({"uri": "wss://"}, "is no address of a socket"),
        ({"uri": "wss://user@h/"}, "is no address of a socket"),
        ({"uri": "wss://h/a b"}, "is no address of a socket"),
        ({"uri": "ws://h/", "rate": 44100}, "44100 is no rate of the Voice API"),
        ({"uri": "ws://h/", "headers": {"a": "x" * 600}}, "bytes where 512 are allowed"),
        ({"uri": "ws://h/", "authorization": ""}, "1 to 8191 characters"),
        ({"uri": "ws://h/", "authorization": "a\r\nb"}, "1 to 8191 characters"),
        ({"uri": "ws://h/", "authorization": " a"}, "1 to 8191 characters"),
    ],
)
def test_what_is_no_socket(arguments: dict[str, Any], told: str) -> None:
    """What the provider would refuse is refused here, in a sentence."""
    with pytest.raises(RestError, match=told):
        endpoints.socket(**arguments)
