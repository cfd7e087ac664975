"""The reflection: a plain WebSocket echo of text and binary, for other clients and for conformance runs."""

from __future__ import annotations

from echo.call.app import Call
from echo.call.report import Ending


class Reflect:
    """Returns every message as it came and loses none: a sender that does not read is not read either."""

    lossless = True

    def __init__(self, call: Call) -> None:
        """Answer ``call``."""
        self.audio = call.send_audio
        self.text = call.send_text

    def ended(self, reason: Ending) -> None:
        """Hold nothing."""
