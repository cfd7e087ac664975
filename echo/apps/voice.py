"""
Whether somebody speaks: the provider's frames looked at by WebRTC's voice activity detector.

The detector knows speech by the energy in six bands (Google, WebRTC, ``common_audio/vad``). It takes any tone for
speech, and nothing that is very soft is looked at here, so that a line's noise interrupts nobody.
"""

from __future__ import annotations

from array import array
from typing import Final

from echo.audio.format import FRAME_MS, AudioFormat
from echo.audio.level import level

#: Frames with speech in a row that make it speech: one may be a click. Two are heard 40 ms after the first began.
ONSET_FRAMES: Final = 2

#: Seconds without speech after which somebody has stopped: longer than a pause between words.
PAUSE_SECONDS: Final = 0.7

#: dBFS; a soft voice on a telephone has -40.
SOFTEST: Final = -50.0

#: Of the detector, 0 to 3: how much has to speak for speech.
_MODE: Final = 2

#: 24 kHz is none of the detector's rates; every third sample of it makes 8 kHz. What folds over does not matter to it.
_DETECTED: Final = {8000: (8000, 1), 16000: (16000, 1), 24000: (8000, 3)}


class Voice:
    """
    Listens to the frames of one call.

    Attributes:
        is_speaking: somebody speaks, or has stopped less than ``PAUSE_SECONDS`` ago.
        began: the last frame was the one that made it speech.
        quiet_frames: frames without speech since the last one with it.
    """

    def __init__(self, audio: AudioFormat) -> None:
        # Here, since only those pay for it whose app listens for speech.
        from webrtcvad import Vad  # type: ignore[import-untyped]  # noqa: PLC0415

        self.is_speaking = False
        self.began = False
        self.quiet_frames = 0
        self._detector = Vad(_MODE)
        self._rate, self._step = _DETECTED[audio.rate]
        self._frame_bytes = audio.frame_bytes
        self._voiced = 0

    @property
    def quiet_seconds(self) -> float:
        """How long nobody has spoken."""
        return self.quiet_frames * FRAME_MS / 1000

    def hear(self, frame: bytes) -> None:
        """Take the next frame; one of another size counts as silence."""
        voiced = self._is_voiced(frame)
        self._voiced = self._voiced + 1 if voiced else 0
        self.quiet_frames = 0 if voiced else self.quiet_frames + 1
        self.began = not self.is_speaking and self._voiced >= ONSET_FRAMES
        self.is_speaking = self.began or (self.is_speaking and self.quiet_seconds < PAUSE_SECONDS)

    def rest(self) -> None:
        """Take it that nobody speaks any more: what comes next, if anything does, is speech only if it begins anew."""
        self.is_speaking = self.began = False
        self._voiced = 0

    def _is_voiced(self, frame: bytes) -> bool:
        if len(frame) != self._frame_bytes or level(frame) < SOFTEST:
            return False
        if self._step > 1:
            frame = array("h", frame)[:: self._step].tobytes()
        return bool(self._detector.is_speech(frame, self._rate))
