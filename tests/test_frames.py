"""What the tests write on the wire is what RFC 6455 and the Voice API say."""

from __future__ import annotations

import pytest

from tests.frames import (
    BINARY,
    PING,
    TEXT,
    accept_value,
    close_frame,
    connected_message,
    encode_frame,
    frame_header,
    masked,
)


def test_accept_value_of_the_rfc() -> None:
    """The example of RFC 6455 section 1.3 comes out."""
    assert accept_value("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_masked_frame_of_the_rfc() -> None:
    """The masked "Hello" of RFC 6455 section 5.7 comes out."""
    frame = encode_frame(TEXT, b"Hello", key=bytes.fromhex("37fa213d"))
    assert frame == bytes.fromhex("818537fa213d7f9f4d5158")


@pytest.mark.parametrize("payload", [b"", b"\0", b"\0\0\x01", bytes(range(256)) * 3])
def test_masking_twice_undoes_itself(payload: bytes) -> None:
    """XOR keeps length and leading zeros, and twice gives the payload back."""
    key = b"\x01\x80\xff\x7f"
    once = masked(payload, key)
    assert once == bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))
    assert masked(once, key) == payload


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (125, "827d"),
        (126, "827e007e"),
        (65535, "827effff"),
        (65536, "827f0000000000010000"),
        (1 << 40, "827f0000010000000000"),
    ],
)
def test_length_is_written_in_the_shortest_form(length: int, expected: str) -> None:
    """A header announces 7, 16 or 64 bits of length (RFC 6455 section 5.2), true or not."""
    assert frame_header(BINARY, length, key=None).hex() == expected


def test_header_bits() -> None:
    """FIN, reserved bits, opcode and mask bit stand where RFC 6455 section 5.2 puts them."""
    assert frame_header(PING, 5, final=False, rsv=4, key=b"abcd") == b"\x49\x85abcd"


def test_close_frame_carries_code_and_reason() -> None:
    """A Close frame is two bytes of code and a text, masked."""
    frame = close_frame(1001, "bye")
    assert frame[:2] == b"\x88\x85"
    assert masked(frame[6:], frame[2:6]) == b"\x03\xe9bye"


def test_first_message_has_the_headers_at_the_top() -> None:
    """Custom headers are merged, not nested."""
    message = connected_message(8000, uuid="u")
    assert message == '{"event": "websocket:connected", "content-type": "audio/l16;rate=8000", "uuid": "u"}'
