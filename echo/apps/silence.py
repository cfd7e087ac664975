"""Silence: a line that is open, and on which nobody speaks."""

from __future__ import annotations

from echo.apps.base import App


class Silence(App):
    """Says nothing, in frames: what a caller hears is our silence, and no provider's filling."""

    def answered(self) -> None:
        """Say nothing from now on."""
        self.call.say_nothing()
