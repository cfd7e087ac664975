"""A mailbox: a beep, then the caller speaks, then they hear what they said."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final

from echo.apps.base import App
from echo.apps.conversation import Conversation
from echo.apps.tone import beep

#: Seconds: of a message at the most; of silence that end it; and until the first word.
LONGEST: Final = 120.0
SILENCE: Final = 2.0
FIRST_WORD: Final = 10.0

#: Frames of the silence at the end of a message that are played back with it.
_AFTER: Final = 10

#: The key that ends a message at once.
STOP: Final = "#"


class Record(App):
    """Beeps, records until silence or ``#``, plays back and hangs up."""

    def __init__(self, call: Conversation) -> None:
        super().__init__(call)
        self._message = call.clip()
        self._is_recording = False
        self._has_spoken = False

    async def answered(self) -> None:
        """Let the caller know when to speak."""
        _ = self.call.voice
        await self.call.play(beep(self.call.audio))
        self._is_recording = True
        await self._watch()

    def audio(self, frame: bytes) -> Awaitable[None] | None:
        """Record."""
        if not self._is_recording:
            return None
        has_room = self._message.add(frame)
        self._has_spoken = self._has_spoken or self.call.voice.is_speaking
        seconds = self.call.audio.milliseconds(len(self._message)) / 1000
        silence = SILENCE if self._has_spoken else FIRST_WORD
        is_over = not has_room or seconds >= LONGEST
        if is_over or min(seconds, self.call.voice.quiet_seconds) >= silence:
            return self._play_back()
        return None

    def dtmf(self, digit: str) -> Awaitable[None] | None:
        """End the message."""
        return self._play_back() if digit == STOP and self._is_recording else None

    async def _watch(self) -> None:
        """End the message also where nothing comes any more: some send no frames while nobody speaks."""
        quiet = 0.0
        while self._is_recording:
            before = len(self._message)
            await self.call.sleep(SILENCE)
            quiet = quiet + SILENCE if len(self._message) == before else 0.0
            if quiet >= (SILENCE if self._has_spoken else FIRST_WORD):
                await self._play_back()

    async def _play_back(self) -> None:
        if not self._is_recording:
            return
        self._is_recording = False
        seconds = self.call.audio.milliseconds(len(self._message)) / 1000
        self.call.log.info(f"a message of {seconds:.1f} s")
        if self._has_spoken:
            silence = max(0, self.call.voice.quiet_frames - _AFTER)
            self.call.play(self._message.pcm(without=silence))
        self.call.play(beep(self.call.audio, seconds=0.15))
        await self.call.finished()
        self.call.hangup("the message has been played back")
