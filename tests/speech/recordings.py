"""
The recordings in this folder, cut into the messages of a call.

``README.rst`` beside this file says how they were made.
"""

from __future__ import annotations

import wave
from pathlib import Path

FOLDER = Path(__file__).resolve().parent

#: Samples a second: the three of the Voice API.
RATES = (8000, 16000, 24000)

#: Seconds of audio in one message.
FRAME_SECONDS = 0.02


def recording_path(rate: int) -> Path:
    """The WAV file at this rate."""
    return FOLDER / f"speech-{rate}.wav"


def recording_bytes(rate: int) -> bytes:
    """The audio of that file: 16-bit signed little-endian mono PCM."""
    with wave.open(str(recording_path(rate))) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (1, 2, rate)
        audio: bytes = wav.readframes(wav.getnframes())
        return audio


def recording_frames(rate: int) -> list[bytes]:
    """The audio in frames of 20 ms, the last one padded with silence: what a provider sends."""
    audio, size = recording_bytes(rate), rate * 2 // 50
    return [audio[start : start + size].ljust(size, b"\0") for start in range(0, len(audio), size)]
