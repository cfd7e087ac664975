"""
A stream of PCM brought to another rate, at once.

soxr's better qualities keep 40 to 115 ms of a stream to themselves, which a conversation cannot spare; its quickest
keeps 0.2 ms, and leaves out the low pass. So that one is before it here where the rate goes down: 33 taps, which is
1 ms. And a millisecond of silence comes first, so that 20 ms of one rate always are 20 ms of the other: a frame that
lacks a sample waits for the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

#: Of the low pass; odd, so that it delays by whole samples.
_TAPS: Final = 33

#: Where it begins, as a part of what the lower rate can carry.
_EDGE: Final = 0.9


def resampler(rate: int, wanted: int) -> Callable[[bytes], bytes] | None:
    """
    Make what brings a stream of PCM from one rate to another, piece by piece.

    Returns:
        Takes 16-bit little-endian PCM of whole samples (half a one at the end is dropped) and gives what came of it;
        ``None`` where the rates are the same.
    """
    if rate == wanted:
        return None
    import soxr  # type: ignore[import-untyped]  # noqa: PLC0415  only where rates differ

    stream = soxr.ResampleStream(rate, wanted, 1, dtype="float32", quality="QQ")
    smooth = _LowPass(wanted / rate) if wanted < rate else None
    ahead: bytes = stream.resample_chunk(np.zeros(rate // 1000, np.float32)).astype("<i2").tobytes()

    def resample(pcm: bytes) -> bytes:
        nonlocal ahead
        wave = np.frombuffer(pcm[: len(pcm) & ~1], "<i2").astype(np.float32)
        if smooth is not None:
            wave = smooth(wave)
        piece: bytes = stream.resample_chunk(wave).round().clip(-32768, 32767).astype("<i2").tobytes()
        first, ahead = ahead, b""
        return first + piece

    return resample


class _LowPass:
    """Takes away what a lower rate cannot carry; a windowed sinc."""

    def __init__(self, part: float) -> None:
        """Keep the lower ``part`` of what the rate carries."""
        at = np.arange(_TAPS) - _TAPS // 2
        taps = np.sinc(at * part * _EDGE) * np.hamming(_TAPS)
        self._taps = (taps / taps.sum()).astype(np.float32)
        self._before = np.zeros(_TAPS - 1, np.float32)

    def __call__(self, wave: np.ndarray) -> np.ndarray:
        """Filter the next piece."""
        whole = np.concatenate([self._before, wave])
        self._before = whole[-(_TAPS - 1) :]
        return np.convolve(whole, self._taps, "valid")
