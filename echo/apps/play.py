"""Plays a sound file to whoever calls, once or again and again."""

from __future__ import annotations

from pathlib import Path

from echo.apps.base import App
from echo.apps.conversation import Conversation


class Play(App):
    """Plays one file; once it has been heard, or interrupted by speech or a key, the call is over."""

    def __init__(self, call: Conversation, path: Path, *, loop: bool = False) -> None:
        super().__init__(call)
        self._path = path
        self._loop = loop

    async def answered(self) -> None:
        """Play it, and hang up."""
        await self.call.play(self._path, loop=self._loop, barge_in=not self._loop)
        if not self.call.is_over:
            self.call.hangup("the file has been played")
