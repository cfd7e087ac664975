"""The provider's text messages: the first one of a call, and the keys that the caller presses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from echo.untrusted import Json

#: What the documents show; the real value varies with the key press.
DTMF_MS = 260


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
    return {"event": "websocket:dtmf", "digit": digit, "duration": DTMF_MS}
