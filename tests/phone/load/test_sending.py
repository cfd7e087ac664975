"""Tests of echo.phone.load.sending: frames that leave by one system call, and the keys that mask them."""

from __future__ import annotations

from echo.phone.load.sending import Keys, send, unsent


class Transport:
    """A TCP transport whose socket takes ``room`` bytes at most; ``None`` where the connection is lost."""

    def __init__(self, room: int | None = 10_000) -> None:
        self.room = room
        self.sent = b""
        self.dataBuffer = b""
        self.offset = 0
        self._tempDataBuffer: list[bytes] = []
        self._tempDataLen = 0

    def writeSomeData(self, data: bytes) -> int | Exception:
        """Send as much as there is room for."""
        if self.room is None:
            return ConnectionError("lost")
        taken = data[: self.room]
        self.room -= len(taken)
        self.sent += taken
        return len(taken)

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
    send(transport, b"frame")
    assert (transport.sent, transport._tempDataBuffer) == (b"frame", [])
    assert unsent(transport) == 0


def test_what_the_socket_does_not_take_waits() -> None:
    """The rest of a frame, and every frame after it, wait behind each other."""
    transport = Transport(room=3)
    send(transport, b"frame")
    transport.room = 100
    send(transport, b"other")
    assert transport.sent == b"fra"
    assert transport._tempDataBuffer == [b"me", b"other"]
    assert unsent(transport) == 7


def test_nothing_overtakes_what_is_being_sent() -> None:
    """Bytes that Twisted has begun to send stand before new ones too, and those it has sent do not count."""
    transport = Transport()
    transport.dataBuffer, transport.offset = b"begun", 2
    send(transport, b"frame")
    assert transport.sent == b""
    assert unsent(transport) == 5 - 2 + 5


def test_a_lost_connection_is_left_to_twisted() -> None:
    """It finds out by itself when it tries to send, and tells the protocol."""
    transport = Transport(room=None)
    send(transport, b"frame")
    assert transport._tempDataBuffer == [b"frame"]


def test_tls_sends_in_its_own_way() -> None:
    """A transport that encrypts is written to; what waits is what is encrypted."""
    below = Transport()
    transport = Encrypted(below)
    send(transport, b"frame")
    below.write(b"xxxx")
    assert transport.written == [b"frame"]
    assert unsent(transport) == 4


def test_keys_are_four_bytes_each_and_do_not_repeat() -> None:
    """Keys go on from one portion of random bytes to the next."""
    keys = Keys()
    taken = [keys.take() for _ in range(3000)]
    assert {len(key) for key in taken} == {4}
    assert len(set(taken)) > 2990
