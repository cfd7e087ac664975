"""
What a caller says without an audio file: frames of 20 ms, each made when it is asked for.

A call asks for the frames 0, 1, 2, … in that order; any order gives the same frames.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterable
from functools import lru_cache
from operator import add, mul
from typing import Final, Protocol

from echo.audio.format import AudioFormat

#: The RMS of a full-scale sine, in dBFS as :func:`echo.audio.level.level` tells it; no tone is louder.
LOUDEST_TONE: Final = -3.01

#: Calls and frames that :class:`Numbered` tells apart: 16.7 million of each, frames for 93 hours.
NUMBERS: Final = 1 << 24

_FULL_SCALE: Final = 32767

# Numbered's bells: a pentatonic scale within the band of a telephone (300 to 3400 Hz). Each strikes after the
# one before and rings on through the next. Hz are multiples of 2.5: whole cycles fill the 0.4 s of a stroke.
_NOTES: Final = (522.5, 660.0, 782.5, 880.0, 1047.5, 880.0, 782.5, 587.5)
_STROKE_SECONDS: Final = 0.4
_FADE_SECONDS: Final = 0.35
_ATTACK_SECONDS: Final = 0.01
_MELODY_DBFS: Final = -20.0

# A frame's number, 24 bits of call and 24 of index: four bits in each of its first twelve samples.
_NUMBERED_SAMPLES: Final = 12
_HEAD_BYTES: Final = _NUMBERED_SAMPLES * 2
_PLAIN_BITS: Final = int.from_bytes(b"\xf0\xff" * _NUMBERED_SAMPLES, "little")


class Frames(Protocol):
    """What a caller says."""

    def frame(self, index: int) -> bytes | None:
        """Give frame ``index``, from 0: exactly 20 ms of PCM, or ``None`` when there is no more."""
        ...


class Numbered:
    """
    The built-in signal: an endless, soft melody in which no two frames are equal.

    Each frame carries the numbers of its call and of itself in the low bits of its first samples, so a frame
    that comes back tells which it was, late or not, and in the call of another caller it is found out. More
    holds for every frame: its bytes swapped, it is no frame of any call; and it is never UTF-8, nor does it
    begin as a file would (``RIFF``, ``OggS``, ``{``), for its first byte is from 0x80 to 0xBF, which UTF-8
    and those have inside only.

    Args:
        audio: the format; the melody is made once for each.
        call: tells calls apart, below ``NUMBERS``.
    """

    def __init__(self, audio: AudioFormat, call: int = 0) -> None:
        if not 0 <= call < NUMBERS:
            raise ValueError(f"call {call}: a number from 0 to {NUMBERS - 1} is required")
        self._spread = spread = _spreads()
        self._call = spread[call & 0xFFF] << 48 | spread[call >> 12]
        self._melody = _melody(audio)

    def frame(self, index: int) -> bytes:
        """Give frame ``index``; after 93 hours they begin again."""
        head, rest = self._melody[index % len(self._melody)]
        spread = self._spread
        head |= self._call | spread[index >> 12 & 0xFFF] << 96 | spread[index & 0xFFF] << 144
        return head.to_bytes(_HEAD_BYTES, "little") + rest


class Tone:
    """
    An endless sine without a step between its frames.

    Args:
        audio: the format.
        hz: the frequency, kept to a tenth of a Hertz, above 0 and below half the rate.
        level_dbfs: its RMS against full scale, ``LOUDEST_TONE`` at most.

    Raises:
        ValueError: for another frequency or level.
    """

    def __init__(self, audio: AudioFormat, hz: float, level_dbfs: float = -12.0) -> None:
        if not 0.1 <= hz <= audio.rate / 2 - 0.1:
            limit = f"{audio.rate // 2} Hz (half the rate)"
            raise ValueError(f"a tone of {hz:g} Hz: a frequency above 0 and below {limit} is required")
        if not -96 <= level_dbfs <= LOUDEST_TONE:
            allowed = f"-96 to {LOUDEST_TONE} dBFS"
            raise ValueError(f"a tone of {level_dbfs:g} dBFS: a level of {allowed} is required")
        peak = _FULL_SCALE * 10 ** ((level_dbfs - LOUDEST_TONE) / 20)
        self._loop = Pcm(audio, _cycles(audio.rate, hz, peak))

    def frame(self, index: int) -> bytes | None:
        """Give frame ``index``."""
        return self._loop.frame(index % len(self._loop))


class Silence:
    """Endless silence."""

    def __init__(self, audio: AudioFormat) -> None:
        self._frame = bytes(audio.frame_bytes)

    def frame(self, index: int) -> bytes:  # noqa: ARG002  all are the same
        """Give frame ``index``."""
        return self._frame


class Pcm:
    """
    Audio that is at hand as a whole; its last frame is filled up with silence.

    ``len()`` tells how many frames there are.

    Args:
        audio: the format of ``pcm``.
        pcm: whole samples.

    Raises:
        ValueError: if half a sample is left over.
    """

    def __init__(self, audio: AudioFormat, pcm: bytes) -> None:
        if len(pcm) % 2:
            raise ValueError(f"{len(pcm)} bytes of PCM: whole samples of two bytes are required")
        self._pcm = pcm
        self._size = audio.frame_bytes

    def __len__(self) -> int:
        return (len(self._pcm) + self._size - 1) // self._size

    def frame(self, index: int) -> bytes | None:
        """Give frame ``index``, or ``None`` after the last."""
        at = index * self._size
        return self._pcm[at : at + self._size].ljust(self._size, b"\0") if at < len(self._pcm) else None


def _cycles(rate: int, hz: float, peak: float) -> bytes:
    """Make so many seconds of a sine, ten at most, that whole cycles fill them: it can be looped."""
    tenths = round(hz * 10)
    count = rate * (10 // math.gcd(tenths, 10))
    turn = 2 * math.pi * (tenths / 10) / rate
    return _little(round(peak * math.sin(turn * i)) for i in range(count))


def _little(samples: Iterable[float]) -> bytes:
    """Round samples and write them little-endian, whatever this machine does."""
    pcm = array("h", map(round, samples))
    if sys.byteorder == "big":  # pragma: no cover
        pcm.byteswap()
    return pcm.tobytes()


@lru_cache(maxsize=3)
def _melody(audio: AudioFormat) -> tuple[tuple[int, bytes], ...]:
    """Make the frames of the melody, each as its head, with the bits of the number cleared, and the rest."""
    loop = Pcm(audio, _bells(audio.rate))
    frames = [loop.frame(index) or b"" for index in range(len(loop))]
    return tuple((_head(frame), frame[_HEAD_BYTES:]) for frame in frames)


def _head(frame: bytes) -> int:
    """Take the samples that shall hold the number; the first byte goes to the nearest of 0x80 to 0xBF."""
    first = min(max(frame[0], 0x80), 0xBF)
    return int.from_bytes(bytes([first]) + frame[1:_HEAD_BYTES], "little") & _PLAIN_BITS


def _bells(rate: int) -> bytes:
    """Make the melody, so that it can be looped."""
    count = round(rate * _STROKE_SECONDS)
    strike = _envelope(rate, count)
    loop: list[float] = []
    for before, note in zip((_NOTES[-1], *_NOTES), _NOTES, strict=False):
        struck = map(mul, strike[:count], _wave(note, rate, count))
        loop += map(add, struck, map(mul, strike[count:], _wave(before, rate, count)))
    gain = _FULL_SCALE * 10 ** (_MELODY_DBFS / 20) * math.sqrt(len(loop)) / math.hypot(*loop)
    return _little(sample * gain for sample in loop)


def _envelope(rate: int, count: int) -> list[float]:
    """Make the loudness of a bell over two strokes: a soft attack, then a fade that ends in silence."""
    attack = rate * _ATTACK_SECONDS
    fade = rate * _FADE_SECONDS
    return [math.exp(-i / fade) * (1 - i / count / 2) * min(1, i / attack) for i in range(2 * count)]


def _wave(hz: float, rate: int, count: int) -> list[float]:
    """Make a sine with a little of its octave."""
    turn = 2 * math.pi * hz / rate
    return [math.sin(turn * i) + 0.2 * math.sin(2 * turn * i) for i in range(count)]


@lru_cache
def _spreads() -> tuple[int, ...]:
    """
    Lay each number of 12 bits into the four low bits of each of three samples, the highest first.

    4096 integers, for speed; half a megabyte, which a daemon without such a caller does without.
    """
    return tuple(number >> 8 | (number >> 4 & 15) << 16 | (number & 15) << 32 for number in range(4096))
