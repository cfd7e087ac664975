"""The short way of whole binary frames and the full parser agree about every stream of bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.frames import by_both_ways
from tests.face import Face, Wire
from tests.frames import (
    BINARY,
    CONTINUATION,
    PING,
    TEXT,
    close_code,
    close_frame,
    encode_frame,
    frame_header,
)

PIECES = st.one_of(
    st.binary(max_size=700).map(lambda payload: encode_frame(BINARY, payload)),
    st.text(max_size=40).map(lambda text: encode_frame(TEXT, text.encode())),
    st.sampled_from(
        [
            encode_frame(BINARY, bytes(640)),
            encode_frame(PING, b"p"),
            encode_frame(BINARY, b"begin", final=False),
            encode_frame(CONTINUATION, b"end"),
            encode_frame(BINARY, b"bare", key=None),
            encode_frame(BINARY, b"odd", rsv=1),
            frame_header(BINARY, 8193),
            close_frame(1000),
            b"\x82\xfe\x00\x01abcd",
            b"\xff",
        ]
    ),
)


@settings(max_examples=150)
@given(st.lists(PIECES, max_size=8), st.lists(st.integers(1, 900), min_size=1, max_size=4))
def test_both_ways_agree(pieces: list[bytes], cuts: list[int]) -> None:
    """Whatever comes, cut anywhere: the same answers, the same end, the same lines in the log."""
    short, full = by_both_ways(b"".join(pieces), cuts)

    assert short == full


def test_the_short_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole binary frame never reaches the full parser."""
    wire, protocol = Face().call()
    monkeypatch.setattr(protocol, "consumeData", lambda: 1 / 0)

    wire.receive(encode_frame(BINARY, bytes(640)) * 3)

    assert wire.taken() == encode_frame(BINARY, bytes(640), key=None) * 3


def writes_of(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Note each write to a transport."""
    writes: list[bytes] = []
    write = wire.write

    def noted(data: bytes) -> None:
        writes.append(data)
        write(data)

    monkeypatch.setattr(wire, "write", noted)
    return writes


def test_many_frames_of_one_read_are_answered_by_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a stall, system calls are what costs: so many frames come in one, and their echoes leave in one."""
    wire, protocol = Face().call()
    writes = writes_of(wire, monkeypatch)
    protocol.sit_down()

    wire.receive(encode_frame(BINARY, bytes(640)) * 3 + encode_frame(BINARY, bytes(640))[:100])

    assert writes == [encode_frame(BINARY, bytes(640), key=None) * 3]


def test_what_was_gathered_leaves_before_a_close_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """Audio that was taken before the call is ended is sent before the end."""
    wire, protocol = Face(frames_per_second=1, frames_burst=2).call()
    protocol.sit_down()

    wire.receive(encode_frame(BINARY, b"a") + encode_frame(BINARY, b"b") + encode_frame(BINARY, b"c"))

    sent = wire.taken()
    assert sent.startswith(encode_frame(BINARY, b"a", key=None) + encode_frame(BINARY, b"b", key=None))
    assert close_code(sent[6:]) == 1008
