"""The provider's text messages: the first one of a call, and the keys that the caller presses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from echo.errors import UntrustedTextError
from echo.untrusted import Json, parse_object

#: What the documents show; the real value varies with the key press.
DTMF_MS = 260

DTMF_EVENT = "websocket:dtmf"

#: More bytes than the text of a key has in any form.
_MAX_KEY = 512


@dataclass(frozen=True)
class TextStyle:
    """
    How texts are written.

    Attributes:
        leading_space: put one space before the JSON, as the provider's published module does.
        legacy: leave out ``event``, as before October 2018.
    """

    leading_space: bool = False
    legacy: bool = False

    def write(self, message: Mapping[str, Json]) -> str:
        """Write one message."""
        told = {key: value for key, value in message.items() if not (self.legacy and key == "event")}
        return " " * self.leading_space + json.dumps(told, ensure_ascii=False)


def connected(content_type: str, headers: Mapping[str, Json]) -> dict[str, Json]:
    """
    Make the first message of a call: the endpoint's ``headers`` flattened, with their JSON types.

    A header of the name ``content-type`` or ``event`` loses to ours, as it does in the published module.
    """
    return {**headers, "event": "websocket:connected", "content-type": content_type}


def dtmf(digit: str) -> dict[str, Json]:
    """Make the message of one key, one of ``0-9*#``."""
    return {"event": DTMF_EVENT, "digit": digit, "duration": DTMF_MS}


def key_of(text: str) -> str:
    """Tell which key a text of the provider's side presses, in either form of it; empty for another text."""
    if '"digit"' not in text:
        return ""
    try:
        told = parse_object(text.encode("utf-8", "surrogatepass"), _MAX_KEY)
    except UntrustedTextError:
        return ""
    digit = told.get("digit")
    is_key = told.get("event", DTMF_EVENT) == DTMF_EVENT and "content-type" not in told
    return digit if is_key and isinstance(digit, str) else ""
