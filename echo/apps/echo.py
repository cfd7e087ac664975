"""The echo: a caller hears what they say. Texts are the provider's notes to us and are not sent back."""

from __future__ import annotations

from echo.call.app import Call
from echo.call.report import Ending


class Echo:
    """Returns every binary message to its sender at once, as it came."""

    lossless = False

    def __init__(self, call: Call) -> None:
        """Answer ``call``."""
        self.audio = call.send_audio

    def text(self, text: str) -> None:
        """Leave texts to the log."""

    def ended(self, reason: Ending) -> None:
        """Hold nothing."""
