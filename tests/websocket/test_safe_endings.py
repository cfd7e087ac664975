"""Tests of echo.websocket.safe: however a connection ends, it ends in time and leaves nothing behind."""

from __future__ import annotations

import gc
import weakref

import pytest
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from echo.websocket.transport import FAREWELL_BYTES
from tests.face import Face, ended
from tests.frames import BINARY, TEXT, close_code, close_frame, encode_frame


def test_a_peer_that_closes_and_does_not_go_is_reset() -> None:
    """After a closing handshake the socket has two seconds to end by itself."""
    face = Face()
    wire, _ = face.call()

    wire.receive(close_frame(1000))
    assert close_code(wire.taken()) == 1000
    face.clock.advance(1.9)
    assert wire.state() == "half closed"
    face.clock.advance(0.1)

    assert wire.state() == "aborted"
    assert face.registry.live == {}
    assert face.clock.getDelayedCalls() == []


def test_a_peer_that_keeps_talking_after_the_end_is_reset() -> None:
    """What still comes is thrown away, up to a megabyte; more of it ends the connection at once."""
    wire, _ = Face().call()
    wire.receive(encode_frame(3))
    wire.receive(bytes(FAREWELL_BYTES))
    assert wire.state() == "half closed"

    wire.receive(b"x")

    assert wire.state() == "aborted"


@pytest.mark.parametrize(
    ("frame", "said"),
    [(encode_frame(3), "by echo (close code 1002"), (close_frame(1000), "by provider (close code 1000")],
)
def test_the_first_cause_of_an_end_is_the_one_that_is_told(frame: bytes, said: str) -> None:
    """What happens while a connection is on its way out does not change who ended it."""
    face = Face()
    wire, protocol = face.call()
    assert protocol.session is not None
    wire.receive(frame)

    protocol.session.close(1001, "the daemon is stopping")
    wire.lose(Failure(ConnectionLost()))

    assert said in ended(face)


def test_a_handshake_that_we_began_ends_without_a_reset() -> None:
    """When the peer answers our Close frame, the connection is ended in order."""
    face = Face()
    wire, protocol = face.call()
    assert protocol.session is not None

    protocol.session.close(1001, "bye")
    wire.receive(close_frame(1001))

    assert wire.half_closed
    assert not wire.aborted


def test_a_peer_that_does_not_answer_our_close_is_reset() -> None:
    """Five seconds after our Close frame the connection is ended by force."""
    face = Face()
    wire, protocol = face.call()
    assert protocol.session is not None
    protocol.session.close(1001, "bye")

    face.clock.advance(5)

    assert wire.aborted
    assert "ended by echo (close code 1001: bye)" in ended(face)


def test_a_peer_that_ends_its_side_gets_what_it_is_owed() -> None:
    """What was echoed before the end of its side still leaves; then the connection is closed, or aborted."""
    face = Face()
    wire, protocol = face.call()
    wire.receive(encode_frame(BINARY, b"last words"))

    protocol.readConnectionLost()
    protocol.writeConnectionLost()
    protocol.readConnectionLost()

    assert wire.taken() == encode_frame(BINARY, b"last words", key=None)
    assert wire.disconnecting
    face.clock.advance(2)
    assert wire.state() == "aborted"
    assert face.registry.live == {}


@pytest.mark.parametrize("how", ["peer closes", "we close", "reset", "refused", "aborted"])
def test_no_protocol_outlives_its_connection(how: str) -> None:
    """However a call ends, its protocol, session and timers are gone with it, without garbage collection."""
    face = Face()
    wire, protocol = face.call()
    session = protocol.session
    assert session is not None
    gc.collect()
    gc.disable()
    try:
        wire.receive(encode_frame(BINARY, bytes(640)) + encode_frame(TEXT, b"{}"))
        if how == "peer closes":
            wire.receive(close_frame(1000))
        elif how == "we close":
            session.close(1001, "bye")
        elif how == "refused":
            wire.receive(encode_frame(3))
        elif how == "aborted":
            protocol.abort()
        traces = weakref.ref(protocol), weakref.ref(session)
        wire.lose(Failure(ConnectionLost()))
        del protocol, session
        assert [trace() for trace in traces] == [None, None]
    finally:
        gc.enable()
    assert face.clock.getDelayedCalls() == []
    assert face.registry.live == {}
