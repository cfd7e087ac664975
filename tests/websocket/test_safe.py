"""Tests of echo.websocket.safe: what a broken or hostile peer cannot do."""

from __future__ import annotations

import gc
import weakref

import pytest
from autobahn.twisted.websocket import WebSocketAdapterProtocol, WebSocketServerProtocol
from autobahn.websocket.protocol import WebSocketProtocol
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from echo.websocket.safe import SafeProtocol
from echo.websocket.transport import FAREWELL_BYTES
from tests.raw_client import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    close_frame,
    encode_frame,
    frame_header,
)
from tests.wire import Face, Wire


def close_code(data: bytes) -> int:
    """Read the code of the Close frame that ends ``data``."""
    head, _, tail = data.rpartition(b"\x88")
    assert tail[0] == len(tail) - 1, (head, tail)
    return int.from_bytes(tail[1:3], "big")


def ended(face: Face) -> str:
    """Return the line that explains the end of the only call that ended."""
    (line,) = [line for line in face.log.at("info") if " ended by " in line]
    return line


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


class Fragile:
    """An app with a bug."""

    lossless = False

    def __init__(self, call: object) -> None:
        pass

    def audio(self, frame: bytes) -> None:
        """Fail."""
        raise RuntimeError("secret")

    def text(self, text: str) -> None:
        """Fail."""
        raise RuntimeError("secret")

    def ended(self) -> None:
        """Fail."""
        raise RuntimeError("secret")


class Stillborn(Fragile):
    """An app that cannot even begin."""

    def __init__(self, call: object) -> None:
        raise RuntimeError("secret")


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_an_app_that_raises_ends_its_own_call_only(opcode: int) -> None:
    """The peer gets 1011 and no word of the exception; the log has call and traceback; others go on."""
    face = Face(app=Fragile)
    wire, _ = face.call()
    other, _ = face.call()

    wire.receive(encode_frame(opcode, b"x"))
    data = wire.taken()
    wire.receive(close_frame(1011))
    wire.lose()

    assert close_code(data) == 1011
    assert b"secret" not in data
    assert any("call 1" in line for line in face.log.at("failure"))
    assert list(face.registry.live) == [2]
    assert not other.half_closed


def test_an_app_that_cannot_begin_leaves_nothing() -> None:
    """An exception while a call opens ends the connection with 1011 and leaves no call behind."""
    face = Face(app=Stillborn)
    wire, _ = face.call()

    assert close_code(wire.taken()) == 1011
    face.clock.advance(5)

    assert wire.aborted
    assert face.registry.live == {}
    assert face.clock.getDelayedCalls() == []
    assert len(face.log.at("failure")) == 1


def test_a_bug_in_the_parser_ends_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever raises while bytes are parsed, the call ends with 1011 and is named in the log."""
    face = Face()
    wire, protocol = face.call()
    monkeypatch.setattr(protocol, "processData", lambda: 1 / 0)

    wire.receive(encode_frame(BINARY, b"x"))

    assert close_code(wire.taken()) == 1011
    assert any("call 1" in line for line in face.log.at("failure"))


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


@pytest.mark.parametrize("tell", ["pauseProducing", "resumeProducing"])
def test_a_bug_behind_the_transports_word_is_ours(monkeypatch: pytest.MonkeyPatch, tell: str) -> None:
    """An exception while the transport tells us of its buffer ends the call with 1011, and is not the network's."""
    face = Face()
    wire, protocol = face.call()
    assert protocol.session is not None
    for verb in ("congested", "drained"):
        monkeypatch.setattr(protocol.session, verb, lambda: 1 / 0)

    getattr(protocol, tell)()

    assert close_code(wire.taken()) == 1011
    assert any("call 1" in line for line in face.log.at("failure"))


def test_a_bug_in_the_cleaning_up_leaves_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever raises while a lost connection is cleaned up, its call leaves the list and its timers end."""
    face = Face()
    wire, protocol = face.call()
    monkeypatch.setattr(protocol, "onClose", lambda *_: 1 / 0)

    wire.lose()

    assert face.registry.live == {}
    assert face.clock.getDelayedCalls() == []
    assert any("call 1" in line for line in face.log.at("failure"))


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
