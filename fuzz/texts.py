"""Invariant: a call goes on whatever texts it brings, if they are UTF-8; what is printed is lines of ASCII."""

from __future__ import annotations

from echo.call.messages import parse_start
from tests.face import Face
from tests.frames import TEXT, encode_frame

#: What a first text message may have; a longer one is none.
_LONGEST_START = 4096


def check(data: bytes) -> None:
    """Send what lies between bytes of 255, which no UTF-8 has, as one text message each."""
    face = Face()
    wire, _ = face.call()
    texts = data.split(b"\xff")[:100]
    for text in texts:
        wire.receive(encode_frame(TEXT, text))
        _check_start(text)
    assert (wire.state() == "open") == all(map(_is_allowed, texts))
    wire.lose()
    for level, line in face.log.lines:
        assert level != "failure", line
        assert line.isascii(), line
        assert line.isprintable(), line
        assert len(line) < 2000, line


def _is_allowed(text: bytes) -> bool:
    try:
        return len(text) <= 8192 and text.decode() is not None
    except UnicodeDecodeError:
        return False


def _check_start(text: bytes) -> None:
    """Whatever passes for a first message can be read again, and its format is as it was written."""
    start = parse_start(text)
    if start is not None:
        assert len(text) <= _LONGEST_START
        assert not {"event", "content-type"} & start.metadata.keys()
        assert start.audio is None or start.content_type is not None
