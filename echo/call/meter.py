"""
The meter of a call: it listens to both sides, and never says a word.

A frame costs it a copy into a buffer; every second that is measured at once. It brings numpy, so only who wants
calls metered imports it (``echo.call.terms``), and a call without a meter is none the slower.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from echo.audio.drift import Drift
from echo.audio.dtmf import KeysInBand
from echo.audio.format import AudioFormat
from echo.audio.levels import Levels
from echo.call.figures import AudioFigures
from echo.call.metered import Metered
from echo.call.terms import Sending

#: Frames that are measured together: a second. Half of it would take a third more time, and half the memory.
TOGETHER: Final = 50

#: What takes a frame of the caller's.
Way = Callable[[bytes], None]


class Side:
    """
    One side of a call, in pieces of any size.

    Attributes:
        levels: how loud it is.
        keys: those that are heard in it, where that is asked for.
    """

    __slots__ = ("_due", "_frame_bytes", "_waiting", "keys", "levels")

    def __init__(self, audio: AudioFormat, *, first: int, keys: bool = False) -> None:
        """Measure ``first`` frames together, and then ``TOGETHER`` of them: calls do so at different times."""
        self.levels = Levels()
        self.keys = KeysInBand(audio.rate) if keys else None
        self._frame_bytes = audio.frame_bytes
        self._due = first * audio.frame_bytes
        self._waiting = bytearray()

    def take(self, pcm: bytes) -> None:
        """Take some audio; sizes do not matter."""
        self._waiting += pcm
        if len(self._waiting) >= self._due:
            self.measure()
            self._due = TOGETHER * self._frame_bytes

    def measure(self) -> None:
        """Measure all whole frames that wait."""
        waiting = self._waiting
        whole = len(waiting) // self._frame_bytes * self._frame_bytes
        if not whole:
            return
        frames = np.frombuffer(bytes(waiting[:whole]), "<i2").reshape(-1, self._frame_bytes // 2)
        del waiting[:whole]
        self.levels.measure(frames)
        if self.keys is not None:
            self.keys.hear(frames.reshape(-1))


class CallMeter:
    """Measures one call; it is put in the way of its audio."""

    __slots__ = ("_bytes_per_second", "_drift", "_figures", "_first", "_heard", "_said")

    def __init__(self, audio: AudioFormat, figures: AudioFigures, number: int) -> None:
        """
        Measure the call ``number``.

        Args:
            audio: the format as far as it is known; see :meth:`begin`.
            figures: have the time of the frame that is being heard.
            number: calls that begin together are measured one after the other.
        """
        self._figures = figures
        self._first = 1 + number % TOGETHER
        self.begin(audio)

    def begin(self, audio: AudioFormat) -> None:
        """Begin anew, with another format."""
        self._bytes_per_second = audio.bytes_per_second
        self._heard = Side(audio, first=self._first, keys=True)
        self._said = Side(audio, first=self._first)
        self._drift = Drift()

    def hearing(self, follow: Way) -> Way:
        """Give a way that leads to ``follow``, the app's, and hears what passes."""

        def hear(frame: bytes) -> None:
            self._heard.take(frame)
            self._drift.arrived(len(frame) / self._bytes_per_second, self._figures.last_arrival or 0.0)
            follow(frame)

        return hear

    def saying(self, follow: Sending) -> Sending:
        """Give a way that leads to ``follow``, the one out, and hears what passes."""

        def say(payload: bytes) -> None:
            self._said.take(payload)
            follow(payload)

        return say

    def metered(self) -> Metered:
        """Tell what was measured, the last frame included."""
        heard, said = self._heard, self._said
        heard.measure()
        said.measure()
        keys = heard.keys
        assert keys is not None  # noqa: S101  see begin
        return Metered(
            heard=heard.levels.loudness(),
            said=said.levels.loudness(),
            keys=keys.keys,
            key_count=keys.count,
            drift=self._drift.drift(),
        )
