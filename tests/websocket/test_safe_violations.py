"""Tests of echo.websocket.safe: what breaks the protocol, or is too large, is refused."""

from __future__ import annotations

import pytest

from tests.face import Face, ended
from tests.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    TEXT,
    close_code,
    close_frame,
    encode_frame,
    frame_header,
)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (frame_header(PING, 1 << 40), 1002),
        (frame_header(CLOSE, 126), 1002),
        (encode_frame(PING, b"", final=False), 1002),
        (encode_frame(BINARY, b"x", key=None), 1002),
        (encode_frame(BINARY, b"x", rsv=4), 1002),
        (encode_frame(3, b"x"), 1002),
        (encode_frame(11, b"x"), 1002),
        (encode_frame(CONTINUATION, b"x"), 1002),
        (encode_frame(CLOSE, b"\x03"), 1002),
        (close_frame(1005), 1002),
        (encode_frame(TEXT, b"\xff"), 1007),
        (encode_frame(TEXT, b"\xed\xa0\x80"), 1007),
        (frame_header(BINARY, 8193), 1009),
        (frame_header(BINARY, 1 << 62), 1009),
    ],
)
def test_a_violation_ends_the_call_at_once(frame: bytes, code: int) -> None:
    """The peer is told the right code, and nothing of what follows is kept or parsed."""
    face = Face()
    wire, protocol = face.call()

    wire.receive(frame)
    assert close_code(wire.taken()) == code
    assert wire.half_closed
    wire.receive(encode_frame(BINARY, b"more") + bytes(100_000))

    assert wire.taken() == b""
    assert protocol.data == b""
    wire.lose()
    assert f"ended by echo (close code {code}" in ended(face)


def test_a_message_of_exactly_the_limit_passes() -> None:
    """8192 bytes come back; one more is refused (above)."""
    wire, _ = Face().call()

    wire.receive(encode_frame(BINARY, bytes(8192)))

    assert len(wire.taken()) == 8192 + 4


def test_a_message_in_fragments_counts_as_a_whole() -> None:
    """Fragments that are small alone and too large together are refused with 1009."""
    wire, _ = Face().call()

    wire.receive(encode_frame(BINARY, bytes(8000), final=False) + encode_frame(CONTINUATION, bytes(200)))

    assert close_code(wire.taken()) == 1009
