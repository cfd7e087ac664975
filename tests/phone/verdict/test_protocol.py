"""What breaks the WebSocket protocol, told by what was sent and what to change."""

from __future__ import annotations

import pytest

from echo.phone.line.ears import SocketEnd
from echo.phone.verdict.protocol import explained, told
from tests.frames import BINARY, CLOSE, CONTINUATION, PING, TEXT, encode_frame, frame_header
from tests.phone.line.test_socket import Line, server

PIECE = server(BINARY, b"x", final=False)


@pytest.mark.parametrize(
    ("sent", "what", "change"),
    [
        (
            frame_header(BINARY, 5),
            "a frame is masked, which only those of a client are",
            "library of your server",
        ),
        (encode_frame(BINARY, b"x", rsv=4, key=None), "has reserved bits set (RSV 4)", "something else than"),
        (b"Traceback (most recent call last)", "has reserved bits set (RSV 5)", "as a log"),
        (server(TEXT, b"\xff"), "a text message is not UTF-8", "send audio as binary messages"),
        (server(TEXT, "ü".encode()[:1]), "a text message is not UTF-8", "encode texts as UTF-8"),
        (server(3), "a frame is of a kind that there is not (opcode 3)", "something else than"),
        (server(11), "a frame is of a kind that there is not (opcode 11)", "something else than"),
        (frame_header(PING, 126, key=None), "a ping, pong or Close frame has more than 125 bytes", "shorten"),
        (server(PING, final=False), "a ping, pong or Close frame came in fragments", "WebSocket library"),
        (server(CONTINUATION, b"x"), "a fragment came that continues no message", "no two tasks"),
        (PIECE + server(BINARY, b"x"), "before the fragments of the last one were over", "no two tasks"),
        (
            server(CLOSE, b"\x03\xed"),
            "it closed with the code 1005, which nobody may send",
            "close with 1000",
        ),
        (server(CLOSE, b"\x00"), "its Close frame holds half a code", "WebSocket library"),
        (server(CLOSE, b"\x03\xe8\xff"), "the reason in its Close frame is not UTF-8", "encode it"),
        (frame_header(BINARY, 1 << 30, key=None), "1073741824 bytes was announced where 1048576", "20 ms"),
        (b"\x82\x7e\x00\x05hello", "the length of a frame is not written as it must be", "WebSocket library"),
    ],
)
def test_a_mistake_is_told_by_what_was_sent(sent: bytes, what: str, change: str) -> None:
    """From the bytes of the application to the sentence, over what the library says of them."""
    line = Line()
    line.receive(sent)

    (end,) = line.told()
    assert isinstance(end, SocketEnd)
    sentence = told(end.reason)
    assert sentence.startswith("The call ended over it: ")
    assert f"{what}" in sentence
    assert change in sentence.partition("; ")[2]
    assert "library says" not in sentence


def test_what_is_seldom_is_told_as_it_came() -> None:
    """With the advice that is always right."""
    assert explained("odd") is None
    assert told("odd") == (
        "The call ended over it: odd; write to the socket only what a WebSocket library makes of your messages."
    )
