"""
The parrot: listens until the caller stops, and says it back.

What a person on a phone understands best: an echo at once sounds like a bad line, and one that waits like an answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable
from typing import Final

from echo.apps.base import App
from echo.apps.conversation import Conversation
from echo.apps.voice import PAUSE_SECONDS

#: Frames from before it was clear that somebody speaks: a word may begin softly.
_BEFORE: Final = 8

#: Frames of the silence after the last word that are said back with it.
_AFTER: Final = 5

#: Seconds that are said back at the most; then it is the parrot's turn.
LONGEST: Final = 30.0


class Parrot(App):
    """Says back what was said; who speaks meanwhile interrupts it, and is listened to."""

    def __init__(self, call: Conversation) -> None:
        super().__init__(call)
        self._voice = call.voice
        self._before: deque[bytes] = deque(maxlen=_BEFORE)
        self._said, self._saying = call.clip(), call.clip()
        self._longest = LONGEST * call.audio.bytes_per_second
        self._is_watching = False

    def audio(self, frame: bytes) -> Awaitable[None] | None:
        """Listen, and answer a while after the last word."""
        voice = self._voice
        if not voice.is_speaking and not self._said:
            self._before.append(frame)
            return None
        while self._before:
            self._said.add(self._before.popleft())
        if not self._said.add(frame) or not voice.is_speaking or len(self._said) >= self._longest:
            self._answer()
        if self._is_watching:
            return None
        self._is_watching = True
        return self._watch()

    async def _watch(self) -> None:
        """Answer also where nothing comes any more: some send no frames while nobody speaks."""
        while self._said:
            before = len(self._said)
            await self.call.sleep(PAUSE_SECONDS)
            if self._said and len(self._said) == before:
                self._voice.rest()
                self._answer()
        self._is_watching = False

    def _answer(self) -> None:
        self._saying.clear()
        self._said, self._saying = self._saying, self._said
        pcm = self._saying.pcm(without=max(0, self._voice.quiet_frames - _AFTER))
        self.call.play(pcm, barge_in=True)
