"""What is told of how loud one side of a call was; ``echo.audio.levels`` measures it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from echo.audio.level import FLOOR_DBFS

#: A frame with less is silence. Telephones make noise of -65 dBFS and less where nobody speaks, and the quietest
#: code of G.711 that is not zero stands for -72 dBFS.
SILENT_DBFS: Final = -60.0

_FULL_SCALE: Final = 32768.0


@dataclass(frozen=True, slots=True)
class Loudness:
    """
    How loud one side of a call was.

    Attributes:
        seconds: of audio that were measured.
        level_dbfs: the RMS of all frames that are not silent; ``None`` where all are. A sine at full scale has -3.01.
        peak_dbfs: the largest sample; ``None`` before there was any.
        clipped_seconds: in frames with tops that are cut off.
        silent_seconds: in frames below :data:`SILENT_DBFS`.
        longest_silence: the most of these in a row, in seconds.
    """

    seconds: float = 0.0
    level_dbfs: float | None = None
    peak_dbfs: float | None = None
    clipped_seconds: float = 0.0
    silent_seconds: float = 0.0
    longest_silence: float = 0.0

    @property
    def silent_percent(self) -> float:
        """How much of it was silent; 0 before there was anything."""
        return 100 * self.silent_seconds / self.seconds if self.seconds else 0.0


#: Before there was any audio.
NOTHING: Final = Loudness()


def dbfs(amplitude: float) -> float:
    """Tell an amplitude, of 32768 at most, in dBFS; ``FLOOR_DBFS`` is the lowest."""
    return max(FLOOR_DBFS, 20 * math.log10(amplitude / _FULL_SCALE)) if amplitude else FLOOR_DBFS


def amplitude(level: float) -> float:
    """Tell the amplitude that a level in dBFS stands for."""
    return _FULL_SCALE * float(10 ** (level / 20))
