"""
How loud a stretch of frames is, whether it is silent, and whether its tops are cut off.

Frames are measured some dozens together, in numpy: that is 2 microseconds a frame, where one at a time takes ten.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from echo.audio.format import FRAME_MS
from echo.audio.loudness import SILENT_DBFS, Loudness, amplitude, dbfs

_FRAME_SECONDS: Final = FRAME_MS / 1000
_SILENT_POWER: Final = amplitude(SILENT_DBFS) ** 2

#: From here on tops may be cut off: G.711 has 32124 (mu-law) and 32256 (A-law) for its loudest, -0.17 dBFS.
_HIGH: Final = 32000

#: So many equal samples there are a top that was cut off. A sine of 100 Hz at full scale has two at 24 kHz.
_FLAT: Final = 3


class Levels:
    """Measures one side of a call; a few numbers, however long it lasts."""

    __slots__ = ("_clipped", "_frames", "_longest", "_peak", "_power", "_run", "_silent")

    def __init__(self) -> None:
        self._frames = 0
        self._silent = 0
        self._run = 0
        self._longest = 0
        self._clipped = 0
        self._peak = 0
        self._power = 0.0

    def measure(self, frames: np.ndarray) -> None:
        """
        Take whole frames.

        Args:
            frames: a row of int16 for each, all of 20 ms.
        """
        waves = frames.astype(np.float32)
        powers = np.einsum("ij,ij->i", waves, waves) / frames.shape[1]
        self._frames += len(frames)
        self._note_silence(powers < _SILENT_POWER)
        self._power += float(powers[powers >= _SILENT_POWER].sum(dtype=np.float64))
        peak = max(int(frames.max()), -int(frames.min()))
        self._peak = max(self._peak, peak)
        if peak >= _HIGH:
            self._clipped += _clipped(frames)

    def loudness(self) -> Loudness:
        """Tell what was measured so far."""
        if not self._frames:
            return Loudness()
        sounding = self._frames - self._silent
        return Loudness(
            seconds=self._frames * _FRAME_SECONDS,
            level_dbfs=dbfs(math.sqrt(self._power / sounding)) if sounding else None,
            peak_dbfs=dbfs(self._peak),
            clipped_seconds=self._clipped * _FRAME_SECONDS,
            silent_seconds=self._silent * _FRAME_SECONDS,
            longest_silence=self._longest * _FRAME_SECONDS,
        )

    def _note_silence(self, silent: np.ndarray) -> None:
        count = int(np.count_nonzero(silent))
        self._silent += count
        if count == len(silent):  # nearly always all are, or none is
            self._run += count
        elif not count:
            self._run = 0
        else:
            for each in silent.tolist():
                self._run = self._run + 1 if each else 0
                self._longest = max(self._longest, self._run)
        self._longest = max(self._longest, self._run)


def _clipped(frames: np.ndarray) -> int:
    """Count the frames in which the wave stays at a high value; a top across two frames is in neither, or in both."""
    flat = frames[:, 1:] == frames[:, :-1]
    high = (frames >= _HIGH) | (frames <= -_HIGH)
    long = flat[:, : 1 - _FLAT + 1] & flat[:, 1:] & high[:, : -_FLAT + 1]
    return int(np.count_nonzero(long.any(axis=1)))
