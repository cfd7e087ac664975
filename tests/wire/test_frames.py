"""Tests of echo.wire.frames: the common frame, read and written in one go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.wire.frames import (
    begins_binary,
    binary_head,
    client_frame,
    common_heads,
    take_binary,
    take_plain_binary,
)
from echo.wire.mask import apply_mask
from tests.frames import BINARY, TEXT, encode_frame, frame_header

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


@pytest.mark.parametrize("size", [320, 640, 960])
def test_a_common_frame_is_known_by_its_length_and_its_head(size: int) -> None:
    """Exactly one whole masked binary frame of a size that was named, and no other."""
    payload = bytes(n % 251 for n in range(size))
    frame = encode_frame(BINARY, payload)
    heads = common_heads([320, 640, 960])

    assert heads[len(frame)] == frame[:4]
    assert apply_mask(frame[8:], frame[4:8]) == payload
    assert sorted(heads) == [328, 648, 968]
    assert frame[:4] not in {encode_frame(TEXT, payload)[:4], encode_frame(BINARY, payload, final=False)[:4]}


@given(st.integers(0, 9000), st.booleans(), st.sampled_from([BINARY, TEXT]), st.integers(0, 7), st.data())
def test_a_beginning_is_told_from_what_the_full_parser_must_see(
    size: int, final: bool, opcode: int, rsv: int, data: st.DataObject
) -> None:
    """What is cut off a frame that would be taken whole is a beginning of one, and nothing else is."""
    frame = encode_frame(opcode, bytes(size), final=final, rsv=rsv)
    cut = data.draw(st.integers(1, min(len(frame) - 1, 20)))

    if take_binary(frame, 0, 8192) is not None:
        assert begins_binary(frame[:cut], 8192)
    elif cut >= 4:
        assert not begins_binary(frame[:cut], 8192)


def test_what_is_whole_is_no_beginning() -> None:
    """The long form of a short length is whole or not, but never to be waited for."""
    assert not begins_binary(b"\x82\xfe\x00\x7d", LARGEST)
    assert not begins_binary(b"\x82\x01", LARGEST)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 640, 65535, 65536])
def test_what_is_written_is_what_a_server_sends(size: int) -> None:
    """Whole, final, unmasked, with the shortest form of its length."""
    assert binary_head(size) + bytes(size) == encode_frame(BINARY, bytes(size), key=None)


@pytest.mark.parametrize("size", [0, 2, 125, 126, 127, 640, 8192, 65535])
def test_a_plain_frame_is_taken(size: int) -> None:
    """A whole binary frame of a server gives its payload, and where the next one begins."""
    payload = bytes(n % 251 for n in range(size))
    frame = encode_frame(BINARY, payload, key=None)

    assert take_plain_binary(b"xyz" + frame + b"rest", 3, LARGEST) == (payload, 3 + len(frame))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x82",
        b"\x82\x7e\x02",
        encode_frame(BINARY, bytes(640), key=None)[:-1],
        encode_frame(BINARY, bytes(640), key=None, final=False),
        encode_frame(BINARY, bytes(640), key=None, rsv=4),
        encode_frame(BINARY, bytes(640)),
        encode_frame(TEXT, bytes(640), key=None),
        encode_frame(BINARY, bytes(65536), key=None),
        b"\x82\x7e\x00\x7d" + bytes(200),
        frame_header(BINARY, 1 << 40, key=None),
    ],
    ids=[
        *("nothing", "a byte", "half a header", "cut", "fragment"),
        *("reserved", "masked", "text", "64 KiB", "long form", "huge"),
    ],
)
def test_any_other_plain_frame_is_left_to_the_full_parser(data: bytes) -> None:
    """What is not exactly a server's common frame is not taken."""
    assert take_plain_binary(data, 0, LARGEST) is None


def test_a_plain_frame_beyond_the_largest_is_left() -> None:
    """The full parser refuses it."""
    assert take_plain_binary(encode_frame(BINARY, bytes(641), key=None), 0, 640) is None


@pytest.mark.parametrize("size", [0, 125, 126, 640, 65535, 65536])
@pytest.mark.parametrize("opcode", [0, 1, 2, 8])
@pytest.mark.parametrize("final", [True, False])
def test_a_client_s_frame_is_what_the_tests_own_encoder_writes(size: int, opcode: int, final: bool) -> None:
    """Every kind and size of frame is written as RFC 6455 section 5.2 has it."""
    payload = bytes(n % 251 for n in range(size))
    key = b"\x01\xfe\x10\x99"

    assert client_frame(opcode, payload, key, final=final) == encode_frame(
        opcode, payload, final=final, key=key
    )
