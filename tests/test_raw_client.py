"""The tests' own WebSocket client, against a server in a thread that says what it is told to say."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.frames import BINARY, CLOSE, PING, TEXT, accept_value, encode_frame
from tests.raw_client import BrokenServer, ConnectionEnded, Frame, RawClient

Script = Callable[[socket.socket], None]


@contextlib.contextmanager
def served(script: Script) -> Iterator[RawClient]:
    """A client whose connection is served by ``script`` in a thread; errors of the script fail the test."""
    failures: list[BaseException] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)

        def serve() -> None:
            connection, _ = listener.accept()
            connection.settimeout(5)
            with connection:
                try:
                    script(connection)
                except BaseException as error:  # noqa: BLE001 - it is raised below, in the test's thread
                    failures.append(error)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with RawClient(listener.getsockname()[1], timeout=2) as client:
                yield client
        finally:
            thread.join(5)
    assert not failures, failures


def read_head(connection: socket.socket) -> bytes:
    """Read up to the empty line, and whatever came in the same segment."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65536)
    return head


def switching(head: bytes, *, key: str | None = None) -> bytes:
    """The 101 that answers ``head``, or another key."""
    found = re.search(rb"Sec-WebSocket-Key: (.*)\r\n", head)
    assert found is not None
    accept = accept_value(key or found[1].decode())
    return f"HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: {accept}\r\n\r\n".encode()


def says(*pieces: bytes) -> Script:
    """A server that sends these pieces and closes."""

    def script(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return script


def unmasked(opcode: int, payload: bytes = b"", *, final: bool = True) -> bytes:
    """A frame as a server sends it."""
    return encode_frame(opcode, payload, final=final, key=None)


def test_upgrade_sends_what_goes_together_in_one_piece() -> None:
    """Bytes given along are right behind the request, and the frames behind the 101 are kept."""

    def script(connection: socket.socket) -> None:
        head = read_head(connection)
        assert head.startswith(b"GET /socket HTTP/1.1\r\nHost: 127.0.0.1:")
        assert b"\r\nX-Own: 1\r\n" in head
        assert head.endswith(b"\r\n\r\n" + encode_frame(BINARY, b"early"))
        connection.sendall(switching(head) + unmasked(BINARY, b"back"))

    with served(script) as client:
        response = client.upgrade(headers=[("X-Own", "1")], together=encode_frame(BINARY, b"early"))
        assert (response.status, client.upgraded) == (101, True)
        assert client.read_frame() == Frame(BINARY, b"back")


def test_upgrade_with_a_wrong_accept_value_is_refused() -> None:
    """A 101 to another key is no 101 to us."""

    def script(connection: socket.socket) -> None:
        connection.sendall(switching(read_head(connection), key="another"))

    with served(script) as client, pytest.raises(BrokenServer, match="Sec-WebSocket-Accept"):
        client.upgrade()


def test_refused_upgrade_is_a_response() -> None:
    """Another status is returned with its body, and the connection is not upgraded."""
    answer = b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nX-A: 1\r\n\r\nfull"

    def script(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(answer)

    with served(script) as client:
        response = client.upgrade()
        assert (response.status, response.body, client.upgraded) == (503, b"full", False)
        assert response.headers == {"content-length": "4", "x-a": "1"}


def test_body_without_a_length_lasts_to_the_end() -> None:
    """A response that announces no length is read until the connection ends."""
    with served(says(b"HTTP/1.1 200 OK\r\n\r\nab", b"cd")) as client:
        assert client.read_response().body == b"abcd"
        assert client.end == "fin"


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_frames_of_every_length_are_read(size: int) -> None:
    """The three forms of length are understood, also in pieces, and nothing of the next frame is taken."""
    data = unmasked(BINARY, bytes(size)) + unmasked(TEXT, b"t", final=False)
    with served(says(data[:3], data[3:])) as client:
        assert client.read_frame() == Frame(BINARY, bytes(size))
        assert client.read_frame() == Frame(TEXT, b"t", final=False)


@pytest.mark.parametrize("start", ["8280", "c200"])
def test_masked_or_reserved_frame_is_a_broken_server(start: str) -> None:
    """A server may neither mask (RFC 6455 section 5.1) nor set bits that nobody agreed on."""
    with served(says(bytes.fromhex(start))) as client, pytest.raises(BrokenServer, match="reserved"):
        client.read_frame()


def test_rest_tells_close_code_and_fin() -> None:
    """All frames up to a FIN are given, with the code of the Close frame."""
    with served(says(unmasked(BINARY, b"a"), unmasked(CLOSE, b"\x03\xf0why"))) as client:
        rest = client.read_rest(2)
    assert [frame.opcode for frame in rest.frames] == [BINARY, CLOSE]
    assert (rest.end, rest.close_code) == ("fin", 1008)


def test_empty_close_frame_has_no_code() -> None:
    """Neither has one that is no Close frame."""
    assert Frame(CLOSE, b"").close_code is None
    assert Frame(PING, b"\x03\xe8").close_code is None


def test_rest_tells_a_reset() -> None:
    """A server that aborts is told from one that closes."""

    def script(connection: socket.socket) -> None:
        connection.recv(1)  # the reset must not come before the client is through with connecting
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with served(script) as client:
        client.send(b"x")
        assert client.read_rest(2).end == "reset"


def test_rest_of_a_silent_server_is_open() -> None:
    """The deadline ends the reading, and what came stays readable."""
    done = threading.Event()

    def script(connection: socket.socket) -> None:
        connection.sendall(unmasked(BINARY, b"abc")[:4])
        assert done.wait(5)
        connection.sendall(b"c")

    with served(script) as client:
        rest = client.read_rest(0.05)
        assert (rest.frames, rest.end) == ([], "open")
        done.set()


def test_read_frame_has_a_deadline() -> None:
    """Nothing within the time is a TimeoutError, never a wait."""
    done = threading.Event()

    def script(_: socket.socket) -> None:
        assert done.wait(5)

    with served(script) as client:
        with pytest.raises(TimeoutError):
            client.read_frame(0.01)
        done.set()


def test_end_within_a_frame_is_told() -> None:
    """A frame that is cut short raises, rather than giving half a payload."""
    with served(says(unmasked(BINARY, b"abc")[:3])) as client, pytest.raises(ConnectionEnded, match="fin"):
        client.read_frame()


def test_server_end_is_seen_until_it_is_released() -> None:
    """The kernel's tables tell whether the server's process still holds the connection."""
    done = threading.Event()

    def script(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b".")
        assert done.wait(5)

    with served(script) as client:
        client.send(b"GET / HTTP/1.1\r\n\r\n")
        client.receive_some()
        end = client.server_end()
        assert end is not None
        assert (end.state, end.unsent, end.owned) == ("ESTABLISHED", 0, True)
        assert not client.is_released()
        done.set()
        assert client.receive_some() == 0
        assert client.is_released()
