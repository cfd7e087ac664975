"""Tests of echo.websocket.safe: what is ours in the library's protocol, and what of the library's is switched off."""

from __future__ import annotations

import pytest
from autobahn.twisted.websocket import WebSocketAdapterProtocol, WebSocketServerProtocol
from autobahn.websocket.protocol import WebSocketProtocol

from echo.websocket.safe import SafeProtocol
from tests.face import Face, Wire
from tests.frames import BINARY, encode_frame


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 13])
def test_the_stream_may_be_cut_anywhere(piece: int) -> None:
    """What comes back does not depend on how the bytes were cut into reads."""
    messages = [bytes(640), b"", b"x" * 125, b"y" * 126, b"z" * 1000]
    wire, _ = Face().call()

    wire.receive(b"".join(encode_frame(BINARY, message) for message in messages), piece)

    assert wire.taken() == b"".join(encode_frame(BINARY, message, key=None) for message in messages)


def test_a_wire_remembers_what_was_written() -> None:
    """The double itself: taken() gives each byte once."""
    wire = Wire()
    wire.write(b"a")

    assert (wire.taken(), wire.taken()) == (b"a", b"")


def test_no_timer_of_the_library_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """All waiting is done by the reactor's own timers, one for each call: the library's are rounded and late."""
    face = Face()
    monkeypatch.setattr(face.calls._batched_timer, "call_later", lambda *_: 1 / 0)
    wire, protocol = face.call()
    wire.receive(encode_frame(BINARY, bytes(640)))
    assert protocol.session is not None
    assert face.clock.getDelayedCalls() == [protocol._timer]

    protocol.session.close(1001, "bye")
    for _ in range(5):
        face.clock.advance(1)

    assert wire.state() == "aborted"


def test_every_option_of_the_library_that_matters_is_ours() -> None:
    """Sizes are limited, versions are one, and nothing is served, timed, compressed or believed that we do not mean."""
    factory = Face().calls

    assert {name: getattr(factory, name) for name in OPTIONS} == OPTIONS
    assert factory.perMessageCompressionAccept([]) is None


OPTIONS = {
    "versions": [13],
    "webStatus": False,
    "maxFramePayloadSize": 8192,
    "maxMessagePayloadSize": 8192,
    "autoFragmentSize": 0,
    "failByDrop": True,
    "echoCloseCodeReason": False,
    "openHandshakeTimeout": 0,
    "closeHandshakeTimeout": 0,
    "autoPingInterval": 0,
    "autoPingTimeout": 0,
    "maxConnections": 0,
    "trustXForwardedFor": 0,
    "requireMaskedClientFrames": True,
    "utf8validateIncoming": True,
    "serveFlashSocketPolicy": False,
    "logOctets": False,
    "logFrames": False,
}


def test_the_library_has_what_we_replace() -> None:
    """A new version that renames a method which we override would let the old ways in again, silently."""
    theirs = vars(WebSocketServerProtocol) | vars(WebSocketAdapterProtocol) | vars(WebSocketProtocol)

    for name in OVERRIDDEN:
        assert name in theirs, name
        assert name in vars(SafeProtocol), name


OVERRIDDEN = (
    *("_fail_connection", "_closeConnection", "sendData", "dataReceived", "connectionLost"),
    *("onOpen", "onMessage", "onMessageEnd", "onFrameBegin", "onPing", "onPong"),
)


def test_writing_is_ours() -> None:
    """What is sent goes straight to the transport, past the library's queue of pieces and its statistics."""
    wire, protocol = Face().call()

    wire.receive(encode_frame(BINARY, b"x"))

    assert wire.taken() == encode_frame(BINARY, b"x", key=None)
    assert not protocol.send_queue
    assert protocol.trafficStats.outgoingOctetsWireLevel == 0
