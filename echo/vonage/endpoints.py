"""
Whom a call goes to, as the REST API writes it (Vonage, Voice API 1.10): a phone, or a socket of ours.

Wrong values are told here, in one sentence, and not by the provider, whose 400 names a field at best.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from echo.audio.format import AudioFormat
from echo.errors import RestError
from echo.ncco.build import MAX_HEADERS_BYTES
from echo.untrusted import Json, clean

Endpoint = dict[str, Json]

#: The provider sends the value of the header as it stands; its SDKs allow so many characters.
_AUTHORIZATION = re.compile(r"[!-~](?:[ -~]{0,8189}[!-~])?")

_SOCKET = re.compile(r"wss?://[^\s/?#@\\]+(?:[/?][!-~]*)?", re.IGNORECASE)

#: What people write between the digits of a number.
_BETWEEN_DIGITS = re.compile(r"[ ().-]")


def number(text: str) -> str:
    """
    Take the digits of a phone number (ITU-T E.164); the provider wants no plus.

    Raises:
        RestError: for what is none.
    """
    digits = _BETWEEN_DIGITS.sub("", text).removeprefix("+")
    if re.fullmatch(r"[0-9]{7,15}", digits) is None:
        raise RestError(
            f"'{clean(text, 60)}' is no phone number: 7 to 15 digits are required, as in 447700900123"
        )
    return digits


def phone(to: str) -> Endpoint:
    """Make the endpoint of a phone; ``RestError`` for what is no number."""
    return {"type": "phone", "number": number(to)}


def socket(
    uri: str,
    *,
    rate: int = 16000,
    headers: Mapping[str, Json] | None = None,
    authorization: str | None = "vonage",
) -> Endpoint:
    """
    Make the endpoint of a socket.

    Args:
        uri: ``ws://`` or ``wss://``.
        rate: samples a second: 8000, 16000 or 24000.
        headers: comes back in the first text message.
        authorization: how the provider proves itself when it opens the socket: ``vonage`` by a signed token, any
            other text as it stands, ``None`` not at all.

    Raises:
        RestError: for what the provider would refuse.
    """
    if _SOCKET.fullmatch(uri) is None:
        raise RestError(
            f"'{clean(uri, 120)}' is no address of a socket: ws:// or wss:// and a host are required"
        )
    endpoint: Endpoint = {"type": "websocket", "uri": uri, "content-type": _content_type(rate)}
    if headers:
        endpoint["headers"] = _headers(headers)
    if authorization is not None:
        endpoint["authorization"] = _authorization(authorization)
    return endpoint


def _content_type(rate: int) -> str:
    content_type = f"audio/l16;rate={rate}"
    if AudioFormat.parse(content_type) is None:
        raise RestError(f"{rate} is no rate of the Voice API: 8000, 16000 or 24000 is required")
    return content_type


def _headers(headers: Mapping[str, Json]) -> dict[str, Json]:
    size = len(json.dumps(dict(headers), ensure_ascii=False).encode())
    if size > MAX_HEADERS_BYTES:
        raise RestError(f"the headers of a socket have {size} bytes where {MAX_HEADERS_BYTES} are allowed")
    return dict(headers)


def _authorization(value: str) -> dict[str, Json]:
    if value == "vonage":
        return {"type": "vonage"}
    if _AUTHORIZATION.fullmatch(value) is None:
        raise RestError(
            "the authorization of a socket is 1 to 8191 characters of ASCII, without spaces around"
        )
    return {"type": "custom", "value": value}
