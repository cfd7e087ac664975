"""Sounds for tests, as rows of int16: tones, keys, silence, noise that is the same each time."""

from __future__ import annotations

import numpy as np

from echo.audio.dtmf import COLUMNS, KEYS, ROWS


def times(rate: int, ms: float) -> np.ndarray:
    """The times of the samples of ``ms`` milliseconds."""
    return np.arange(round(rate * ms / 1000), dtype=np.float64) / rate


def tone(rate: int, ms: float, hz: float, amplitude: float = 0.3) -> np.ndarray:
    """A sine; ``amplitude`` of 1 is full scale."""
    return np.array(amplitude * np.sin(2 * np.pi * hz * times(rate, ms)))


def key(name: str, rate: int, ms: float, *, off: float = 1.0, twist: float = 1.0) -> np.ndarray:
    """A key, its frequencies ``off`` by a factor, the higher one ``twist`` times as loud as the lower."""
    row = next(place for place, names in enumerate(KEYS) if name in names)
    low, high = ROWS[row] * off, COLUMNS[KEYS[row].index(name)] * off
    wave: np.ndarray = tone(rate, ms, low, 0.2) + tone(rate, ms, high, 0.2 * twist)
    return wave


def silence(rate: int, ms: float) -> np.ndarray:
    """Nothing."""
    return np.zeros(round(rate * ms / 1000))


def noise(rate: int, ms: float, amplitude: float = 0.1, seed: int = 7) -> np.ndarray:
    """White noise of this RMS."""
    return amplitude * np.random.default_rng(seed).standard_normal(round(rate * ms / 1000))


def samples(rate: int, *parts: np.ndarray) -> np.ndarray:
    """One after the other, as int16, filled up to whole frames."""
    wave = np.concatenate(parts)
    wave = np.concatenate((wave, np.zeros(-len(wave) % (rate // 50))))
    return (wave * 32767).round().clip(-32768, 32767).astype("<i2")


def frames(rate: int, *parts: np.ndarray) -> np.ndarray:
    """The same, a row for each 20 ms."""
    return samples(rate, *parts).reshape(-1, rate // 50)
