"""Tests of echo.phone.line.socket: the provider's end of the connection, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from echo.phone.line.ears import SocketEnd
from echo.phone.line.factory import new_key, socket_factory
from echo.phone.line.socket import MAX_HEAD, MAX_MESSAGE, PhoneSocket
from tests.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    accept_value,
    encode_frame,
    frame_header,
    masked,
)

FRAME = bytes(range(256)) * 2 + bytes(128)
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="


@dataclass
class RecordingEars:
    """What a socket told its owner."""

    told: list[object] = field(default_factory=list)

    def opened(self, now: float) -> None:
        """Note it."""
        self.told.append("opened")

    def audio(self, payload: bytes, pieces: int, now: float) -> None:
        """Note it."""
        self.told.append(("audio", payload, pieces))

    def text(self, payload: bytes, now: float) -> None:
        """Note it."""
        self.told.append(("text", payload))

    def refused(self, problem: str) -> None:
        """Note it."""
        self.told.append(("refused", problem))

    def closed(self, end: SocketEnd, now: float) -> None:
        """Note it."""
        self.told.append(end)


class AbortableTransport(StringTransport):
    """A transport in memory that knows whether it was aborted."""

    aborted = False
    no_delay = False

    def abortConnection(self) -> None:
        """Note it."""
        self.aborted = True

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Note it."""
        self.no_delay = enabled


class Line:
    """A socket, its transport, its clock and its ears."""

    def __init__(self, *, opened: bool = True) -> None:
        self.clock = Clock()
        self.ears = RecordingEars()
        self.transport = AbortableTransport()
        self.socket = PhoneSocket(self.clock, self.ears, b"GET / HTTP/1.1\r\n\r\n", KEY)
        factory = socket_factory(lambda: self.socket)
        factory.buildProtocol(None)
        self.socket.makeConnection(self.transport)
        if opened:
            self.receive(answer())
            assert self.told() == ["opened"]
            self.transport.clear()

    def receive(self, *data: bytes) -> None:
        """Let the application's bytes arrive, one read for each."""
        for piece in data:
            self.socket.dataReceived(piece)

    def told(self) -> list[object]:
        """Take what the ears were told since the last time."""
        told, self.ears.told = self.ears.told, []
        return told

    def lose(self, error: Exception | None = None) -> None:
        """Let the connection be lost."""
        self.socket.connectionLost(Failure(error or ConnectionDone()))


def answer(status: str = "101 Switching Protocols", *headers: str, accept: str | None = None) -> bytes:
    """An application's answer to the upgrade."""
    lines = [f"HTTP/1.1 {status}", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Accept: {accept or accept_value(KEY.decode())}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def server(opcode: int, payload: bytes = b"", *, final: bool = True) -> bytes:
    """A frame as a server sends it."""
    return encode_frame(opcode, payload, final=final, key=None)


def sent_close_code(data: bytes) -> int:
    """The code of the masked Close frame that ends ``data``."""
    assert data[-8:-6] == b"\x88\x82"
    return int.from_bytes(masked(data[-2:], data[-6:-2]), "big")


def test_the_request_is_what_was_given() -> None:
    """Nothing of Autobahn's own is in the handshake."""
    assert Line(opened=False).transport.value() == b"GET / HTTP/1.1\r\n\r\n"


def test_frames_leave_at_once() -> None:
    """No frame waits until the one before it is acknowledged (Nagle's algorithm)."""
    assert Line(opened=False).transport.no_delay


@pytest.mark.parametrize("protocol", ["WSBRIDGE", None])
def test_an_upgrade_opens_with_or_without_the_subprotocol(protocol: str | None) -> None:
    """The application may select what was offered, or nothing."""
    line = Line(opened=False)
    line.receive(answer("101 OK", *([f"Sec-WebSocket-Protocol: {protocol}"] if protocol else [])))

    assert line.told() == ["opened"]


def test_audio_behind_the_upgrade_in_one_read_is_heard() -> None:
    """An application may speak at once."""
    line = Line(opened=False)
    line.receive(answer() + server(BINARY, FRAME) + server(TEXT, b"{}"))

    assert line.told() == ["opened", ("audio", FRAME, 1), ("text", b"{}")]


@pytest.mark.parametrize(
    ("said", "clause"),
    [
        (answer("404 Not Found"), "it answered the upgrade with 404 Not Found where 101 is required"),
        (b"HTTP/1.0 500\r\n\r\n", "it answered the upgrade with 500 where 101 is required"),
        (b"HTTP/1.1 500 \r\n\r\n", "it answered the upgrade with 500 where 101 is required"),
        (answer("302 Found", "Location: /x\x07"), r"with 302 Found to /x\x07 where"),
        (answer(accept="wrong"), "its answer to the upgrade is wrong"),
        (answer("101 OK", "Sec-WebSocket-Protocol: soap"), "subprotocol"),
        (answer("101 OK", "Sec-WebSocket-Extensions: permessage-deflate"), "compress"),
        (answer("101 OK", "Sec-WebSocket-Extensions: x"), "extension"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "wrong"),
        (b"x" * (MAX_HEAD + 1), f"more than {MAX_HEAD} bytes"),
        (answer("101 OK", "X: \xff"), "its answer to the upgrade is not ASCII"),
    ],
)
def test_any_other_answer_is_told_in_a_clause(said: bytes, clause: str) -> None:
    """What is wrong with the answer to the upgrade is told once, and the connection is let go."""
    line = Line(opened=False)
    line.receive(said)
    line.lose()

    (told,) = line.told()
    assert isinstance(told, tuple)
    assert told[0] == "refused"
    assert clause in told[1]
    assert line.transport.aborted or line.transport.disconnecting


def test_a_connection_that_ends_before_the_upgrade_is_told() -> None:
    """An application that hangs up instead of answering is no call."""
    line = Line(opened=False)
    line.lose()

    assert line.told() == [("refused", "it closed the connection before it answered the upgrade")]


def test_frames_leave_masked_and_whole() -> None:
    """Audio is one binary frame, text one text frame, each with a key of its own."""
    line = Line()
    line.socket.send_audio(FRAME)
    audio = line.transport.value()
    line.transport.clear()
    line.socket.send_text("é")
    text = line.transport.value()

    assert (audio[:4], masked(audio[8:], audio[4:8])) == (b"\x82\xfe\x02\x80", FRAME)
    assert (text[:2], masked(text[6:], text[2:6])) == (b"\x81\x82", "é".encode())
    assert audio[4:8] != text[2:6]


def test_a_message_may_leave_in_pieces() -> None:
    """A fault sends fragments."""
    line = Line()
    line.socket.send_piece(b"ab", first=True, last=False)
    line.socket.send_piece(b"cd", first=False, last=True)
    sent = line.transport.value()

    assert (sent[0], sent[8]) == (0x02, 0x80)


def test_masks_are_drawn_anew() -> None:
    """Thousands of frames have thousands of keys."""
    line = Line()

    assert len({line.socket._mask() for _ in range(3000)}) > 2990
    assert new_key() != new_key()


@pytest.mark.parametrize("cut", [1, 2, 3, 5, 644, 700])
def test_frames_are_heard_however_they_are_cut(cut: int) -> None:
    """Reads and frames have nothing to do with each other."""
    stream = server(BINARY, FRAME) + server(BINARY, b"xy") + server(TEXT, b"{}") + server(BINARY, FRAME)
    line = Line()
    line.receive(*(stream[at : at + cut] for at in range(0, len(stream), cut)))

    assert line.told() == [("audio", FRAME, 1), ("audio", b"xy", 1), ("text", b"{}"), ("audio", FRAME, 1)]


def test_fragments_are_counted() -> None:
    """A message of three frames is told as one of three pieces, whatever stands between them."""
    line = Line()
    line.receive(
        server(BINARY, b"a", final=False),
        server(PING, b"p"),
        server(CONTINUATION, b"b", final=False),
        server(CONTINUATION, b"c"),
        server(BINARY, b"d"),
    )

    assert line.told() == [("audio", b"abc", 3), ("audio", b"d", 1)]


def test_a_ping_is_answered_and_a_pong_is_not() -> None:
    """The answer carries what the ping did (RFC 6455 section 5.5.3)."""
    line = Line()
    line.receive(server(PONG, b"x"), server(PING, b"alive"))
    sent = line.transport.value()

    assert (sent[:2], masked(sent[6:], sent[2:6])) == (b"\x8a\x85", b"alive")


@pytest.mark.parametrize(
    ("payload", "code"), [((1001).to_bytes(2, "big") + b"bye\x1b", 1001), (b"", 1005), (b"\x0f\xa0", 4000)]
)
def test_the_application_s_goodbye_is_answered(payload: bytes, code: int) -> None:
    """Its Close frame is told with code and reason, answered with the same code, and nothing is heard behind it."""
    line = Line()
    line.receive(server(CLOSE, payload) + server(BINARY, FRAME))
    line.lose()

    assert line.told() == [SocketEnd("application", code, r"bye\x1b" if code == 1001 else "")]
    assert line.transport.value()[0] == 0x88


def test_an_application_that_does_not_go_is_dropped() -> None:
    """Two seconds after the Close frames the connection is aborted."""
    line = Line()
    line.receive(server(CLOSE, b"\x03\xe8"))
    line.clock.advance(1.9)
    assert not line.transport.aborted
    line.clock.advance(0.2)

    assert line.transport.aborted


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (frame_header(BINARY, 5), 1002, "masked"),
        (encode_frame(BINARY, b"x", rsv=4, key=None), 1002, "RSV"),
        (server(3), 1002, "opcode"),
        (server(CONTINUATION, b"x"), 1002, "continuation"),
        (server(TEXT, b"\xff"), 1007, "UTF-8"),
        (server(CLOSE, b"\x00"), 1002, "close"),
        (server(CLOSE, b"\x00\x01"), 1002, "close code"),
        (frame_header(BINARY, 1 << 30, key=None), 1009, "size"),
    ],
)
def test_a_violation_ends_the_call_by_its_name(data: bytes, code: int, reason: str) -> None:
    """What breaks RFC 6455 is answered with a Close frame that says so, and told as the application's fault."""
    line = Line()
    line.receive(data, server(BINARY, FRAME))

    (end,) = line.told()
    assert isinstance(end, SocketEnd)
    assert (end.by, end.code) == ("phone", code)
    assert "broke the WebSocket protocol" in end.reason
    assert reason.lower() in end.reason.lower()
    assert sent_close_code(line.transport.value()) == code


def test_a_connection_that_just_ends_is_the_application_s() -> None:
    """An end of the stream without a Close frame has no code."""
    line = Line()
    line.lose()

    assert line.told() == [SocketEnd("application", 1006, "")]


def test_a_reset_is_the_network_s() -> None:
    """A connection that breaks is told with what the system says of it."""
    line = Line()
    line.lose(ConnectionLost("reset"))

    (end,) = line.told()
    assert isinstance(end, SocketEnd)
    assert (end.by, end.code) == ("network", 1006)
    assert "reset" in end.reason


def test_hanging_up_says_goodbye_once() -> None:
    """One Close frame, one end, and nothing is sent behind it."""
    line = Line()
    line.socket.hang_up()
    line.socket.hang_up()
    line.socket.send_audio(FRAME)
    line.receive(server(BINARY, FRAME), server(CLOSE, b"\x03\xe8"))
    line.lose()

    assert line.told() == [SocketEnd("phone", 1000, "")]
    assert len(line.transport.value()) == 8
    assert sent_close_code(line.transport.value()) == 1000


def test_dropping_says_nothing() -> None:
    """The provider goes without a Close frame when somebody hangs up."""
    line = Line()
    line.socket.drop("why")
    line.socket.drop()

    assert line.told() == [SocketEnd("phone", 1006, "why")]
    assert line.transport.value() == b""
    assert line.transport.disconnecting
    line.lose()
    assert line.clock.getDelayedCalls() == []


def test_aborting_resets() -> None:
    """A fault may end the connection by a reset."""
    line = Line()
    line.socket.abort()

    assert line.told() == [SocketEnd("phone", 1006, "")]
    assert line.transport.aborted


def test_reading_can_stop_and_go_on() -> None:
    """A fault may leave the application's audio where it is."""
    line = Line()
    line.socket.pause()
    assert line.transport.producerState == "paused"
    line.socket.resume()
    assert line.transport.producerState == "producing"


def test_an_answer_url_is_known_by_its_answer() -> None:
    """Who calls the answer URL as a socket is told so."""
    line = Line(opened=False)
    line.receive(b"HTTP/1.1 200 OK\r\n\r\n[]")

    (told,) = line.told()
    assert isinstance(told, tuple)
    assert told[1].endswith("is this the answer URL? that one is called by http:// or https://")


def test_somebody_else_may_read() -> None:
    """What was read in another way than Twisted's is parsed alike, and has the time that it was read at."""
    line = Line()
    line.socket.received(server(2, bytes(640)), 12.5)
    assert line.told() == [("audio", bytes(640), 1)]
    assert line.socket.now == 12.5


def test_a_connection_has_the_options_of_its_factory() -> None:
    """They are there before Autobahn would copy them, and format them for its log."""
    socket = Line().socket
    assert socket.CONFIG_ATTRS == []
    assert vars(socket)["maxMessagePayloadSize"] == MAX_MESSAGE
    assert socket.trackTimings is False
