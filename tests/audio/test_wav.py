"""The header of WAV files, as others read it."""

from __future__ import annotations

import io
import wave

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from echo.audio.wav import HEADER_BYTES, MOST_BYTES, rate_in, wav_header


@pytest.mark.parametrize("channels", [1, 2])
def test_another_library_reads_the_header(channels: int) -> None:
    """The standard library reads what we write."""
    with wave.open(io.BytesIO(wav_header(24000, channels, 960) + bytes(960))) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (channels, 24000, 2)
        assert len(file.readframes(1000)) == 960


def test_the_rate_is_found_again() -> None:
    """A header of ours tells its rate."""
    assert rate_in(wav_header(8000, 2, 4)) == 8000


@pytest.mark.parametrize(
    "header", [b"", bytes(HEADER_BYTES), wav_header(8000, 1, 4), wav_header(8000, 2, 4)[:-1] + b"\1\2"]
)
def test_a_strange_header_has_no_rate(header: bytes) -> None:
    """What is no header of a recording is not taken for one."""
    assert rate_in(header) is None


@given(
    rate=st.integers(0, 0xFFFFFFFF),
    size=st.sampled_from([0, MOST_BYTES, MOST_BYTES + 1, 0xFFFFFFFF]),
    spoilt=st.binary(min_size=20, max_size=20),
)
@example(rate=8000, size=0xFFFFFFFF, spoilt=bytes(20))
@example(rate=0xFFFFFFFF, size=0, spoilt=bytes(20))
def test_no_bytes_are_too_strange(rate: int, size: int, spoilt: bytes) -> None:
    """Whatever lies in the folder has a rate of a call, or none."""
    head = wav_header(8000, 2, 0)
    header = head[:24] + rate.to_bytes(4, "little") + head[28:40] + size.to_bytes(4, "little")
    assert rate_in(header) in (None, 8000)
    assert rate_in(spoilt + header[20:]) in (None, 8000)


def test_the_longest_file_has_a_header() -> None:
    """Lengths up to the largest fit into 32 bits."""
    assert len(wav_header(24000, 2, MOST_BYTES)) == HEADER_BYTES
