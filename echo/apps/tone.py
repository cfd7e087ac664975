"""
Test tones, for those who measure a line: the milliwatt, sweeps, and quiet.

Levels are in dBm0, as on a telephone network: a sine at full scale has +3.14 (ITU-T G.711, A-law; +3.17 in u-law), so
the milliwatt, 0 dBm0, peaks at 0.70 of it. It has 1004 Hz, since 1000 would meet the same 8 samples of 8 kHz for ever
(ITU-T O.6 asks for 1004 to 1020 Hz likewise).
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterator
from typing import Final

from echo.apps.base import App
from echo.apps.conversation import Conversation
from echo.audio.format import AudioFormat
from echo.audio.signal import LOUDEST_TONE, Tone
from echo.errors import AppError

#: RMS of 0 dBm0 in dBFS, as ``echo.audio.level`` tells it.
MILLIWATT_DBFS: Final = LOUDEST_TONE - 3.14
MILLIWATT_HZ: Final = 1004.0

#: A sweep: the band of a telephone, so softly that nothing on the way clips; how long it lasts, and rests.
SWEEP_HZ: Final = (300.0, 3400.0)
SWEEP_DBFS: Final = MILLIWATT_DBFS - 10
SWEEP_SECONDS: Final = 10.0
SWEEP_PAUSE: Final = 1.0

#: What may be asked for by name.
KINDS: Final = ("milliwatt", "sweep")

#: Tones of any other frequency are as loud as what is measured by, -10 dBm0 (ITU-T O.41, O.42).
_OTHER_DBFS: Final = MILLIWATT_DBFS - 10


class ToneApp(App):
    """
    Plays one of the tones; key 1 is the milliwatt, 2 the sweep, 0 quiet.

    Args:
        call: the call.
        kind: one of ``KINDS``, or a frequency in hertz.
    """

    def __init__(self, call: Conversation, kind: str = "milliwatt") -> None:
        super().__init__(call)
        self._kind = kind

    def answered(self) -> None:
        """Begin with what the operator has chosen."""
        self.call.play(tone(self._kind, self.call.audio))

    def dtmf(self, digit: str) -> None:
        """Play another."""
        if digit in {"0", "1", "2"}:
            self.call.clear()
            if digit == "0":
                self.call.say_nothing()
            else:
                self.call.play(tone(KINDS[int(digit) - 1], self.call.audio))


def tone(kind: str, audio: AudioFormat) -> Iterator[bytes]:
    """Make a tone that goes on for ever: one of ``KINDS``, or of a frequency in hertz; an ``AppError`` for another."""
    if kind == "sweep":
        return _sweeps(audio)
    hz, level = (MILLIWATT_HZ, MILLIWATT_DBFS) if kind == "milliwatt" else (float(kind), _OTHER_DBFS)
    try:
        return _frames(Tone(audio, hz, level))
    except ValueError as error:
        raise AppError(str(error)) from None


def _frames(source: Tone) -> Iterator[bytes]:
    index = 0
    while True:
        yield source.frame(index) or b""
        index += 1


def _sweeps(audio: AudioFormat) -> Iterator[bytes]:
    """Sweep upwards, as long for each octave, rest, and begin again; whole tenths of a second at a time."""
    count = round(audio.rate * SWEEP_SECONDS)
    while True:
        for at in range(0, count, audio.rate // 10):
            yield _piece_of_sweep(audio.rate, at, count)
        yield bytes(round(audio.bytes_per_second * SWEEP_PAUSE))


def _piece_of_sweep(rate: int, at: int, count: int) -> bytes:
    """Make a tenth of a second: the phase of a sweep by octaves is the integral of its frequency."""
    low, high = SWEEP_HZ
    octaves = math.log(high / low)
    turn = 2 * math.pi * low * SWEEP_SECONDS / octaves
    peak = 32767 * 10 ** ((SWEEP_DBFS - LOUDEST_TONE) / 20)
    samples = (
        peak * math.sin(turn * (math.exp(octaves * i / count) - 1)) for i in range(at, at + rate // 10)
    )
    pcm = array("h", map(round, samples))
    if sys.byteorder == "big":  # pragma: no cover
        pcm.byteswap()
    return pcm.tobytes()


def beep(audio: AudioFormat, hz: float = 1000.0, seconds: float = 0.3) -> bytes:
    """Make a short tone that neither begins nor ends with a click."""
    count, fade = round(audio.rate * seconds), audio.rate // 100
    peak = 32767 * 10 ** ((_OTHER_DBFS - LOUDEST_TONE) / 20)
    turn = 2 * math.pi * hz / audio.rate
    pcm = array(
        "h", (round(peak * min(1, i / fade, (count - i) / fade) * math.sin(turn * i)) for i in range(count))
    )
    if sys.byteorder == "big":  # pragma: no cover
        pcm.byteswap()
    return pcm.tobytes()
