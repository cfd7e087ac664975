"""Tests of echo.wire.frames: the common frame, read and written in one go."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo.wire.frames import binary_frame, take_binary, unmask
from tests.frames import BINARY, TEXT, encode_frame, frame_header, masked

LARGEST = 70_000


@pytest.mark.parametrize("size", [2, 125, 126, 127, 640, 8192, 65535])
def test_a_whole_frame_is_taken(size: int) -> None:
    """A whole masked binary frame gives its payload, and where the next one begins."""
    payload = bytes(n % 251 for n in range(size))
    frame = encode_frame(BINARY, payload)

    assert take_binary(b"xyz" + frame + b"rest", 3, LARGEST) == (payload, 3 + len(frame))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        encode_frame(BINARY, bytes(640))[:-1],
        encode_frame(BINARY, bytes(640), final=False),
        encode_frame(BINARY, bytes(640), rsv=4),
        encode_frame(BINARY, bytes(640), key=None),
        encode_frame(TEXT, bytes(640)),
        encode_frame(BINARY, bytes(65536)),
        b"\x82\xfe\x00\x7d" + bytes(200),
        frame_header(BINARY, 1 << 40),
    ],
    ids=["nothing", "cut", "fragment", "reserved", "unmasked", "text", "64 KiB", "long form", "huge"],
)
def test_any_other_is_left_to_the_full_parser(data: bytes) -> None:
    """What is not exactly the common frame is not taken."""
    assert take_binary(data, 0, LARGEST) is None


def test_the_limit_is_that_of_the_caller() -> None:
    """A frame of the limit is taken, one byte more is left to be refused."""
    assert take_binary(encode_frame(BINARY, bytes(640)), 0, 640) is not None
    assert take_binary(encode_frame(BINARY, bytes(641)), 0, 640) is None


@pytest.mark.parametrize("size", [0, 1, 125, 126, 640, 65535])
def test_what_is_written_is_what_a_server_sends(size: int) -> None:
    """Whole, final, unmasked, with the shortest form of its length."""
    assert binary_frame(bytes(size)) == encode_frame(BINARY, bytes(size), key=None)


def test_a_large_message_is_left_to_the_full_writer() -> None:
    """Eight bytes of length are rare enough."""
    assert binary_frame(bytes(65536)) is None


@settings(max_examples=50)
@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_unmasking_is_masking(payload: bytes, key: bytes) -> None:
    """XOR with the key undoes itself, for any length and any key."""
    assert unmask(masked(payload, key), key) == payload
