"""Tests of echo.phone.load.sending: frames that leave by one system call, and the keys that mask them."""

from __future__ import annotations

from echo.phone.line.transport import unsent
from echo.phone.load.sending import KEYS, Sender, masked, plain_socket
from echo.wire.frames import take_binary


class Socket:
    """Takes ``room`` bytes at most; ``None`` where the connection is lost."""

    def __init__(self, room: int | None) -> None:
        self.room = room
        self.sent = b""

    def send(self, data: bytes) -> int:
        """Send as much as there is room for."""
        if self.room is None:
            raise ConnectionResetError
        if not self.room:
            raise BlockingIOError
        taken = data[: self.room]
        self.room -= len(taken)
        self.sent += taken
        return len(taken)


class Transport:
    """A TCP transport."""

    def __init__(self, room: int | None = 10_000) -> None:
        self.socket = Socket(room)
        self.dataBuffer = b""
        self.offset = 0
        self._tempDataBuffer: list[bytes] = []
        self._tempDataLen = 0

    def getHandle(self) -> Socket:
        """Give the socket."""
        return self.socket

    def writeSomeData(self, data: bytes) -> int:
        """Be what Twisted's TCP transports are."""
        raise NotImplementedError

    def write(self, data: bytes) -> None:
        """Let it wait."""
        self._tempDataBuffer.append(data)
        self._tempDataLen += len(data)


class Encrypted:
    """A TLS transport: it can be written to, and passes on what it does not have, as Twisted's wrappers do."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.written.append(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self.transport, name)


def test_a_frame_leaves_at_once() -> None:
    """Where the socket takes it, nothing is left to the reactor."""
    transport = Transport()
    Sender(transport).send(b"frame")
    assert (transport.socket.sent, transport._tempDataBuffer) == (b"frame", [])
    assert unsent(transport) == 0


def test_what_the_socket_does_not_take_waits() -> None:
    """The rest of a frame, and every frame after it, wait behind each other."""
    transport = Transport(room=3)
    sender = Sender(transport)
    sender.send(b"frame")
    transport.socket.room = 100
    sender.send(b"other")
    assert transport.socket.sent == b"fra"
    assert transport._tempDataBuffer == [b"me", b"other"]
    assert unsent(transport) == 7


def test_a_full_socket_takes_nothing() -> None:
    """The whole frame waits."""
    transport = Transport(room=0)
    Sender(transport).send(b"frame")
    assert transport._tempDataBuffer == [b"frame"]


def test_nothing_overtakes_what_is_being_sent() -> None:
    """Bytes that Twisted has begun to send stand before new ones too, and those it has sent do not count."""
    transport = Transport()
    transport.dataBuffer, transport.offset = b"begun", 2
    Sender(transport).send(b"frame")
    assert transport.socket.sent == b""
    assert unsent(transport) == 5 - 2 + 5


def test_a_lost_connection_is_left_to_twisted() -> None:
    """It finds out by itself when it tries to send, and tells the protocol."""
    transport = Transport(room=None)
    Sender(transport).send(b"frame")
    assert transport._tempDataBuffer == [b"frame"]


def test_tls_sends_in_its_own_way() -> None:
    """A transport that encrypts is written to; what waits is what is encrypted."""
    below = Transport()
    transport = Encrypted(below)
    Sender(transport).send(b"frame")
    below.write(b"xxxx")
    assert plain_socket(transport) is None
    assert transport.written == [b"frame"]
    assert unsent(transport) == 4


def test_all_calls_take_from_one_store_of_keys() -> None:
    """Frames of one size are masked by many keys, each in its turn, and can be read by the application."""
    payload = bytes(range(256)) + bytes(64)
    frames = [masked(320).frame(payload) for _ in range(KEYS)]
    assert {take_binary(frame, 0, 400) for frame in frames} == {(payload, len(frames[0]))}
    assert len({frame[4:8] for frame in frames}) > KEYS - 5
    assert masked(320) is masked(320)
