"""How alike two sounds are, how loud, and at which frequency: what tests of apps judge by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float64]


def wave(pcm: bytes | bytearray) -> Wave:
    """PCM as numbers from -1 to 1."""
    return np.frombuffer(bytes(pcm), "<i2").astype(np.float64) / 32768


def likeness(heard: bytes | bytearray, wanted: bytes) -> tuple[float, int, float]:
    """
    Find ``wanted`` in what was heard.

    Returns:
        The correlation at the best place (1 is the same), that place in samples, and how much louder it is, in dB.
    """
    ear, sound = wave(heard), wave(wanted)
    size = 1 << (len(ear) + len(sound)).bit_length()
    product = np.fft.irfft(np.fft.rfft(ear, size) * np.conj(np.fft.rfft(sound, size)), size)[: len(ear)]
    at = int(np.argmax(product))
    there = ear[at : at + len(sound)]
    sound = sound[: len(there)]
    norm = float(np.linalg.norm(there) * np.linalg.norm(sound))
    gain = 20 * float(np.log10(np.linalg.norm(there) / np.linalg.norm(sound)))
    return float(there @ sound) / norm, at, gain


def dbfs(pcm: bytes | bytearray) -> float:
    """The level in dBFS."""
    return float(10 * np.log10(np.mean(wave(pcm) ** 2) + 1e-12))


def strongest(pcm: bytes | bytearray, rate: int) -> float:
    """The strongest frequency, in hertz."""
    samples = wave(pcm)
    return float(np.argmax(np.abs(np.fft.rfft(samples * np.hanning(len(samples))))) * rate / len(samples))


def last_sound(pcm: bytes | bytearray, rate: int) -> float:
    """When the last sample that is not silence was, in seconds."""
    loud = np.flatnonzero(np.abs(wave(pcm)) > 1 / 32768)
    return float(loud[-1] + 1) / rate if len(loud) else 0.0


def sounding(pcm: bytes | bytearray, rate: int) -> bytes:
    """The frames that are not silent, in their order: the same however long the pauses between them were."""
    return b"".join(frame for frame in _frames(pcm, rate) if frame.strip(b"\0"))


def delays(heard: bytes | bytearray, said: bytes, rate: int) -> list[int]:
    """
    How many frames later each frame of a speech was heard than it was said, for those that were heard as they were.

    A machine that stands still makes pauses between frames, or a mix leave one out; neither makes a frame another one.

    Raises:
        ValueError: a frame was heard that nobody said, or one after a later one.
    """
    places = {frame: place for place, frame in enumerate(_frames(said, rate))}
    found = [(at, places.get(frame)) for at, frame in enumerate(_frames(heard, rate)) if frame.strip(b"\0")]
    order = [-1 if place is None else place for _, place in found]
    if -1 in order or order != sorted(set(order)):
        raise ValueError(f"frames were heard in this order, -1 for those that nobody said: {order}")
    return [at - place for (at, _), place in zip(found, order, strict=True)]


def _frames(pcm: bytes | bytearray, rate: int) -> list[bytes]:
    size = rate // 50 * 2
    return [bytes(pcm[at : at + size]).ljust(size, b"\0") for at in range(0, len(pcm), size)]
