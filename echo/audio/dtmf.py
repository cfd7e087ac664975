"""
Keys that are heard in the sound itself, beside those that the provider tells.

A key is two tones at once (ITU-T Q.23). Where the provider takes them out of the audio it sends a text for each; what
is still to be heard then, or comes without a text, tells of a line that garbles or doubles keys. Each window of 20
ms, every 10 ms, is held against the eight frequencies, as Goertzel's filter does, for a second at a time by one
product of matrices. The rules of ITU-T Q.24 that matter are kept: 40 ms are a key, one frequency alone is none,
neither is what has other frequencies in it, and a key that goes on, or is interrupted for less than 20 ms, counts
once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

#: Hz: the rows and the columns of the keys.
ROWS: Final = (697, 770, 852, 941)
COLUMNS: Final = (1209, 1336, 1477, 1633)
KEYS: Final = ("123A", "456B", "789C", "*0#D")

#: The rate at which is listened; a multiple of it is averaged down to it.
_RATE: Final = 8000
_HOP: Final = _RATE // 100

#: How far each tone turns from one sample to the next, and within a hop.
_ANGLES: Final = 2 * np.pi * np.array(ROWS + COLUMNS) / _RATE
_TURN: Final = np.exp(-1j * _ANGLES * _HOP).astype(np.complex64)

#: The least power of a window, as a square of samples: -40 dBFS.
_LEAST: Final = 32768.0**2 * 10**-4

#: How much of a window's power the two tones must have for a closer look. Tones that are 1.5 % off, the highest ones,
#: have 0.6; and how much they must have then, with these frequencies beside them: speech has so much now and then only.
_LIKELY: Final = 0.55
_SHARE: Final = 0.8
_NEAR: Final = (0.985, 1.0, 1.015)

#: How much more of it the two may have in one another, to either side: 9 dB.
_TWIST: Final = 8.0

#: How much stronger than each other one of its group a tone is: 6 dB.
_STRONGER: Final = 4.0

#: Windows in a row that make a key, and others in a row that end it.
_LASTS: Final = 2
_GONE: Final = 3

#: As good as any number of windows without a key.
_NOTHING: Final = [""] * _GONE

#: Keys that are kept.
MOST_KEYS: Final = 64


class KeysInBand:
    """
    Listens for keys.

    Attributes:
        count: how many keys were heard.
        keys: the first of them, ``MOST_KEYS`` at most.
    """

    __slots__ = ("_gone", "_hop", "_key", "_part", "_power", "_run", "_step", "count", "keys")

    def __init__(self, rate: int) -> None:
        """Listen at ``rate``, a multiple of 8000."""
        self.count = 0
        self.keys = ""
        self._step = rate // _RATE
        self._hop = np.zeros((1, _HOP), np.float32)
        self._part = np.zeros((1, 16), np.float32)
        self._power = np.zeros(1, np.float32)
        self._key = ""
        self._run = 0
        self._gone = _GONE

    def hear(self, samples: np.ndarray) -> None:
        """Take samples, whole frames of them."""
        for key in self._windows(samples):
            self._note(key)

    def _windows(self, samples: np.ndarray) -> list[str]:
        """Tell for each window the key that is in it, or nothing; a few of them where none has any."""
        hops = _averaged(samples, self._step).reshape(-1, _HOP)
        before = np.concatenate((self._hop, hops[:-1]))
        parts = np.concatenate((self._part, hops @ _waves(self._step)))
        powers = np.concatenate((self._power, np.einsum("ij,ij->i", hops, hops)))
        self._hop, self._part, self._power = hops[-1:].copy(), parts[-1:], powers[-1:]
        both = powers[:-1] + powers[1:]
        likely = _may_be_keys(parts, both)
        if not likely.any():  # nearly always
            return _NOTHING[: len(hops)]
        windows = np.hstack((before[likely], hops[likely]))
        found = iter(_keys(np.abs(windows @ _near_waves(self._step)) ** 2, both[likely]))
        return [next(found) if each else "" for each in likely.tolist()]

    def _note(self, key: str) -> None:
        """Count a key when it has lasted, and once; ``_gone`` is how long it has not been heard since."""
        if not key:
            self._run = 0
            self._gone += 1
            if self._gone >= _GONE:
                self._key = ""
            return
        if key != self._key:
            self._key, self._run, self._gone = key, 0, _GONE
        self._run += 1
        if self._run >= _LASTS:
            if self._gone >= _GONE:
                self._count()
            self._gone = 0

    def _count(self) -> None:
        self.count += 1
        if len(self.keys) < MOST_KEYS:
            self.keys += self._key


def _averaged(samples: np.ndarray, step: int) -> np.ndarray:
    """Bring samples to 8 kHz; what is above 4 kHz folds back weakened, which is good enough to tell tones by."""
    waves = samples.astype(np.float32)
    if step == 1:
        return waves
    total = waves[::step].copy()
    for place in range(1, step):
        total += waves[place::step]
    return total / np.float32(step)


def _may_be_keys(parts: np.ndarray, powers: np.ndarray) -> np.ndarray:
    """Tell in which windows two tones, one of each group, may have nearly all of the power."""
    sums = parts.view(np.complex64)
    turned = sums[:-1] + sums[1:] * _TURN
    tones = turned.real**2 + turned.imag**2
    strongest = tones[:, :4].max(axis=1) + tones[:, 4:].max(axis=1)
    likely: np.ndarray = (powers >= 2 * _LEAST * _HOP) & (strongest >= _LIKELY * _HOP * powers)
    return likely


def _keys(near: np.ndarray, powers: np.ndarray) -> list[str]:
    """Tell the key of each window, by the strength of all that is near the eight tones, and by its power."""
    tones = near.reshape(-1, 8, len(_NEAR)).max(axis=2)
    rows, columns = tones[:, :4], tones[:, 4:]
    low, high = rows.max(axis=1), columns.max(axis=1)
    found = low + high >= _SHARE * _HOP * powers
    found &= (low < _TWIST * high) & (high < _TWIST * low) & _is_alone(rows, low) & _is_alone(columns, high)
    places = zip(found.tolist(), rows.argmax(axis=1).tolist(), columns.argmax(axis=1).tolist(), strict=True)
    return [KEYS[row][column] if yes else "" for yes, row, column in places]


def _is_alone(tones: np.ndarray, strongest: np.ndarray) -> np.ndarray:
    """Tell in which windows one tone of the group is far stronger than the others."""
    alone: np.ndarray = np.count_nonzero(tones * _STRONGER > strongest[:, None], axis=1) == 1
    return alone


def _wave(angles: np.ndarray, step: int, count: int) -> np.ndarray:
    """Make the wave of each angle; what averaging ``step`` samples takes from a frequency is given back here."""
    gain = step * np.sin(angles / step / 2) / np.sin(angles / 2)
    wave: np.ndarray = np.exp(-1j * np.outer(np.arange(count), angles)) * gain
    return wave.astype(np.complex64)


@lru_cache(maxsize=3)
def _waves(step: int) -> np.ndarray:
    """Make what a hop is multiplied by: the cosine and the sine of each tone, side by side as in a complex number."""
    return _wave(_ANGLES, step, _HOP).view(np.float32)


@lru_cache(maxsize=3)
def _near_waves(step: int) -> np.ndarray:
    """Make what a window is multiplied by: of each tone the wave, and those beside it."""
    return _wave(np.outer(_ANGLES, _NEAR).ravel(), step, 2 * _HOP)
