"""The header of a WAV file with 16-bit PCM (RIFF, format 1), as bytes."""

from __future__ import annotations

import struct
from typing import Final

from echo.audio.format import RATES

_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")

#: Bytes in front of the audio.
HEADER_BYTES: Final = _HEADER.size

#: The most audio that a WAV file can hold, in bytes: its lengths have 32 bits.
MOST_BYTES: Final = 0xFFFFFFFF - HEADER_BYTES - 3

_BYTES_PER_SAMPLE: Final = 2


def wav_header(rate: int, channels: int, size: int) -> bytes:
    """
    Write the header of a file with ``size`` bytes of audio.

    Args:
        rate: samples a second, of each channel.
        channels: 1 or 2.
        size: of the audio alone.
    """
    step = _BYTES_PER_SAMPLE * channels
    form = (b"fmt ", 16, 1, channels, rate, rate * step, step, 8 * _BYTES_PER_SAMPLE)
    return _HEADER.pack(b"RIFF", HEADER_BYTES - 8 + size, b"WAVE", *form, b"data", size)


def rate_in(header: bytes) -> int | None:
    """Tell the rate of a file by a header of :func:`wav_header` for two channels; ``None`` for any other bytes."""
    if len(header) != HEADER_BYTES:
        return None
    fields = _HEADER.unpack(header)
    rate, size = fields[7], fields[12]
    if rate not in RATES or size > MOST_BYTES:  # others would be more than fits into a header
        return None
    return rate if wav_header(rate, 2, size) == header else None
