"""How loud audio is."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.audio.level import FLOOR_DBFS, level


def pcm(*samples: int) -> bytes:
    """Write samples as the provider's format has them."""
    return struct.pack(f"<{len(samples)}h", *samples)


@pytest.mark.parametrize(
    ("audio", "dbfs"),
    [
        (pcm(-32768, -32768), 0.0),
        (pcm(16384, -16384), -6.0206),
        (pcm(3277, -3277), -19.9993),
        (pcm(0, 16384), -9.0309),
        (pcm(1, -1), -90.309),
    ],
)
def test_known_levels(audio: bytes, dbfs: float) -> None:
    """Square waves have the level of their amplitude, and half of silence takes 3 dB."""
    assert level(audio) == pytest.approx(dbfs, abs=1e-3)


def test_a_full_scale_sine() -> None:
    """A sine at full scale has -3.01 dBFS."""
    sine = pcm(*(round(32767 * math.sin(2 * math.pi * i / 16)) for i in range(160)))
    assert level(sine) == pytest.approx(-3.01, abs=0.001)


@pytest.mark.parametrize("audio", [b"", b"\x7f", bytes(640), pcm(1, *[0] * 479)])
def test_the_floor(audio: bytes) -> None:
    """No audio, silence, and what lies below -96 dBFS have the floor, which is a number to show."""
    assert level(audio) == FLOOR_DBFS == -96.0


def test_half_a_sample_is_left_out() -> None:
    """An odd byte at the end, as a broken application sends it, changes nothing."""
    assert level(pcm(100, -100) + b"\x7f") == level(pcm(100, -100))


def test_the_byte_order_is_the_providers() -> None:
    """0x0100 in little-endian order is 256, not 1."""
    assert level(b"\x00\x01" * 10) == pytest.approx(20 * math.log10(256 / 32768))


@given(st.binary(max_size=2000))
def test_whatever_comes_has_a_level(audio: bytes) -> None:
    """Any bytes have a level between the floor and 0."""
    assert FLOOR_DBFS <= level(audio) <= 0
