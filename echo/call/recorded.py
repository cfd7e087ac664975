"""A call that may be recorded: begins and ends its reel, and has what passes noted on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from echo.audio.format import AudioFormat
from echo.audio.tracks import HEARD, Item
from echo.call.messages import is_clear
from echo.call.outward import Outward
from echo.call.reel import Reel
from echo.call.state import LIVE, State
from echo.errors import CallEnded

if TYPE_CHECKING:
    from echo.call.session import CallSession
    from echo.call.terms import CallTerms


class Recorded(Outward):
    """
    The verbs of a call that concern its recording. What is not recorded pays nothing for a frame.

    Attributes:
        reel: what of the call is being recorded; ``None`` while it is not.
        audio: its format.
    """

    __slots__ = ("reel",)
    reel: Reel | None
    audio: AudioFormat
    state: State
    _terms: CallTerms
    _clock: Callable[[], float]
    _answer_audio: Callable[[bytes], None]

    def send_text(self, text: str) -> None:
        """Send one text message, in order with the audio."""
        super().send_text(text)
        if self.reel is not None:
            now = self._clock()
            self.reel.text(now, "out", text)
            if is_clear(text):
                self.reel.cleared(now)

    def begin_recording(self) -> bool:
        """Record from now on; false where calls are not recorded, ``CallEnded`` where this one is about to end."""
        if self.state not in LIVE:
            raise CallEnded("the call is ending")
        if self.reel is None and self._terms.recorder is not None and self.state is State.TALKING:
            self.reel = self._terms.recorder.begin(self._as_call(), self._clock())
            self.flow.note_audio(self.reel.items.append, self._clock)
            self._answer_audio = self._way_to_app()
        return self.reel is not None

    def end_recording(self) -> None:
        """Record no more."""
        reel, self.reel = self.reel, None
        if reel is not None:
            self.flow.note_audio(None, self._clock)
            self._answer_audio = self._way_to_app()
            reel.end(self._clock())

    def _as_call(self) -> CallSession:
        """Give the whole of the call."""
        raise NotImplementedError

    def _way_to_app(self) -> Callable[[bytes], None]:
        """Give what takes each frame."""
        raise NotImplementedError

    def _begin_if_all(self) -> None:
        """Record from the first message on, where every call is recorded."""
        if self._terms.recorder is not None and self._terms.recorder.records_all:
            self.begin_recording()

    def _cut_for(self, audio: AudioFormat) -> bool:
        """
        Let the recording have the format that the call tells; one that has audio already ends here.

        Returns:
            Whether another one is to begin, since a file has only one format.
        """
        if self.reel is None or self.reel.audio == audio:
            return False
        if self.reel.is_blank:
            self.reel.audio = audio
            return False
        self.end_recording()
        return True


def noting(
    answer: Callable[[bytes], None], note: Callable[[Item], None], clock: Callable[[], float]
) -> Callable[[bytes], None]:
    """Let ``note`` have what is heard, and when, before it is answered."""

    def noted(payload: bytes) -> None:
        note((clock(), HEARD, payload))
        answer(payload)

    return noted
