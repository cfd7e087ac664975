"""Tests of echo.websocket.safe: how many frames, pings and fragments a peer may send, and how slowly."""

from __future__ import annotations

import pytest

from tests.face import Face, ended
from tests.frames import BINARY, CONTINUATION, PING, PONG, TEXT, close_code, encode_frame


def test_frames_have_a_budget() -> None:
    """A thousand frames at once are a stall that ended; one more within the same moment is an attack."""
    face = Face()
    wire, _ = face.call()

    wire.receive(encode_frame(BINARY, b"x") * 1000)
    assert wire.taken().count(b"\x82\x01x") == 1000
    wire.receive(encode_frame(BINARY, b"x"))

    assert close_code(wire.taken()) == 1008
    wire.lose()
    assert "frames a second" in ended(face)


def test_the_budget_of_frames_grows_with_time() -> None:
    """Two hundred frames a second can go on for ever."""
    face = Face()
    wire, _ = face.call()

    for _ in range(50):
        wire.receive(encode_frame(BINARY, b"x") * 200)
        face.clock.advance(1)

    assert not wire.half_closed


def test_pings_have_a_budget() -> None:
    """Twenty pings at once are answered, the next ends the call."""
    wire, _ = Face().call()

    wire.receive(encode_frame(PING, b"p") * 21)

    data = wire.taken()
    assert data.count(b"\x8a\x01p") == 20
    assert close_code(data) == 1008


@pytest.mark.parametrize("piece", [b"x", b""])
def test_a_message_has_four_fragments_at_most(piece: bytes) -> None:
    """Four fragments make a message, a fifth would never end; empty ones count as well."""
    face = Face(app="reflect")
    wire, _ = face.call()
    middle = encode_frame(CONTINUATION, piece, final=False)

    wire.receive(encode_frame(TEXT, piece, final=False) + middle * 2 + encode_frame(CONTINUATION, piece))
    assert wire.taken() == b"\x81" + bytes([4 * len(piece)]) + piece * 4
    wire.receive(encode_frame(TEXT, piece, final=False) + middle * 3)

    assert close_code(wire.taken()) == 1008


def test_a_message_becomes_whole_in_time() -> None:
    """A message whose last fragment does not come within five seconds ends the call."""
    face = Face()
    wire, _ = face.call()
    wire.receive(encode_frame(TEXT, b"x", final=False))

    face.clock.advance(4.9)
    assert not wire.half_closed
    face.clock.advance(0.1)

    assert close_code(wire.taken()) == 1008


def test_a_message_that_became_whole_has_no_deadline() -> None:
    """The clock of a fragmented message stops with its last fragment."""
    face = Face()
    wire, _ = face.call()
    wire.receive(encode_frame(TEXT, b"x", final=False))
    face.clock.advance(4)
    wire.receive(encode_frame(CONTINUATION, b"y"))

    face.clock.advance(2)

    assert not wire.half_closed


def test_a_peer_that_does_not_read_is_owed_one_pong() -> None:
    """While nothing can be written, only the newest ping is kept, and answered later."""
    wire, protocol = Face().call()
    protocol.pauseProducing()
    wire.receive(b"".join(encode_frame(PING, b"%d" % n) for n in range(10)))
    assert wire.taken() == b""

    protocol.resumeProducing()

    assert wire.taken() == b"\x8a\x019"


def test_pings_and_pongs_are_signs_of_life() -> None:
    """A peer that only pings, or only answers our pings, is not ended for being idle."""
    for opcode in (PING, PONG):
        face = Face()
        wire, _ = face.call()
        wire.receive(encode_frame(BINARY, b"x"))
        for _ in range(6):
            face.clock.advance(20)
            wire.receive(encode_frame(opcode))
        assert not wire.half_closed
