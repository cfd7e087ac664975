"""
A small WebSocket client over a blocking socket, for tests that must send what no proper client sends.

It speaks just enough HTTP/1.1 and RFC 6455 to open a call, to send frames whose header may lie, to send any
other bytes, and to tell exactly what came back and how the connection ended. Every wait has a deadline.
Standard library only, so that what the tests believe does not rest on the libraries under test.
"""

from __future__ import annotations

import base64
import os
import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.frames import CLOSE, TEXT, accept_value, encode_frame, upgrade_request

#: A response head that is longer than this is no answer to us.
_LONGEST_HEAD = 65536


class ConnectionEnded(Exception):
    """The server ended the connection before what was waited for had come; the text says how."""


class BrokenServer(Exception):
    """The server sent what RFC 6455 or RFC 9112 forbids."""


@dataclass(frozen=True)
class Frame:
    """One frame from the server."""

    opcode: int
    payload: bytes
    final: bool = True

    @property
    def close_code(self) -> int | None:
        """The status code of a Close frame; None of an empty one and of other frames."""
        if self.opcode != CLOSE or len(self.payload) < 2:
            return None
        return int.from_bytes(self.payload[:2], "big")


@dataclass(frozen=True)
class Response:
    """One HTTP response: names of headers in lower case, the last of equal ones wins."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class ServerEnd:
    """The server's end of a connection as the kernel lists it (Linux, proc_net_tcp)."""

    state: str
    unsent: int
    #: False once the process has closed its descriptor and only the kernel still flushes.
    owned: bool


@dataclass(frozen=True)
class Rest:
    """What came until the end, or until the deadline: ``end`` is "fin", "reset" or "open"."""

    frames: list[Frame] = field(default_factory=list)
    end: str = "open"

    @property
    def close_code(self) -> int | None:
        """The code of the first Close frame, None when there was none."""
        return next((frame.close_code for frame in self.frames if frame.opcode == CLOSE), None)


class RawClient:
    """
    One connection; a context manager that closes its socket, without a Close frame.

    ``receive_buffer`` is SO_RCVBUF in bytes: small, the server's data soon has nowhere to go. ``timeout`` is
    in seconds and holds for each call that waits; TimeoutError is raised when it has passed.
    """

    def __init__(
        self,
        port: int,
        *,
        host: str = "127.0.0.1",
        receive_buffer: int | None = None,
        timeout: float = 5.0,
    ) -> None:
        self.timeout = timeout
        self.unread = bytearray()
        #: How the connection ended, as far as we have seen: "fin", "reset", or "open".
        self.end = "open"
        #: True after a 101: what comes is frames.
        self.upgraded = False
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer is not None:  # must precede connect: the window is agreed there
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect((host, port))
        except OSError:
            self.socket.close()
            raise
        self.host, self.port, self.local_port = host, port, int(self.socket.getsockname()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    # -- sending

    def send(self, data: bytes) -> None:
        """Send any bytes; raises ConnectionEnded when the server is gone."""
        self.socket.settimeout(self.timeout)
        try:
            self.socket.sendall(data)
        except (ConnectionResetError, BrokenPipeError) as error:
            self.end = "reset"
            raise ConnectionEnded("reset while sending") from error

    def send_frame(self, opcode: int, payload: bytes = b"", *, final: bool = True) -> None:
        """Send one masked frame."""
        self.send(encode_frame(opcode, payload, final=final))

    def send_text(self, text: str) -> None:
        """Send one text message."""
        self.send_frame(TEXT, text.encode())

    # -- HTTP

    def upgrade(
        self, path: str = "/socket", *, headers: Iterable[tuple[str, str]] = (), together: bytes = b""
    ) -> Response:
        """
        Open a WebSocket; ``together`` goes out in the same segment as the request.

        Returns the response, of whatever status; raises BrokenServer when a 101 carries a wrong accept value.
        """
        key = base64.b64encode(os.urandom(16)).decode()
        self.send(upgrade_request(path, f"{self.host}:{self.port}", key, headers) + together)
        response = self.read_response()
        self.upgraded = response.status == 101
        if self.upgraded and response.headers.get("sec-websocket-accept") != accept_value(key):
            raise BrokenServer("Sec-WebSocket-Accept does not answer our key")
        return response

    def read_response(self) -> Response:
        """Read one HTTP response, its body by Content-Length (else up to the end, except after a 1xx)."""
        deadline = time.monotonic() + self.timeout
        while (end := self.unread.find(b"\r\n\r\n")) < 0:
            if len(self.unread) > _LONGEST_HEAD:
                raise BrokenServer("a response head without an end")
            self._receive(deadline)
        lines = bytes(self.unread[:end]).decode("latin-1").split("\r\n")
        del self.unread[: end + 4]
        status = int(lines[0].split(" ", 2)[1])
        pairs = (line.partition(":") for line in lines[1:])
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        return Response(status, headers, self._read_body(status, headers, deadline))

    def _read_body(self, status: int, headers: dict[str, str], deadline: float) -> bytes:
        if status < 200 or status == 204:
            return b""
        if "content-length" in headers:
            return self._take(int(headers["content-length"]), deadline)
        while self.end == "open":
            self._receive_if_open(deadline)
        return self._take(len(self.unread), deadline)

    # -- frames

    def read_frame(self, timeout: float | None = None) -> Frame:
        """Read one frame; raises ConnectionEnded, TimeoutError, or BrokenServer for a masked one."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        first, second = self._take(2, deadline)
        if second & 0x80 or first & 0x70:
            raise BrokenServer(
                f"a frame that starts with {first:02x} {second:02x}: masked, or reserved bits set"
            )
        length = second & 0x7F
        if length > 125:
            length = int.from_bytes(self._take(2 if length == 126 else 8, deadline), "big")
        return Frame(first & 0x0F, self._take(length, deadline), bool(first & 0x80))

    def frames(self, timeout: float) -> Iterator[Frame]:
        """Every frame until the connection ends or ``timeout`` seconds from now have passed."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                yield self.read_frame(max(0.0, deadline - time.monotonic()))
            except (ConnectionEnded, TimeoutError):
                return

    def read_rest(self, timeout: float) -> Rest:
        """Read frames until the connection ends, at most ``timeout`` seconds."""
        frames = list(self.frames(timeout))
        return Rest(frames, self.end)

    def _take(self, count: int, deadline: float) -> bytes:
        while len(self.unread) < count:
            self._receive(deadline)
        taken = bytes(self.unread[:count])
        del self.unread[:count]
        return taken

    def _receive(self, deadline: float) -> None:
        """Receive something; raises ConnectionEnded once there is no more to come."""
        self._receive_if_open(deadline)
        if self.end != "open":
            raise ConnectionEnded(self.end)

    def _receive_if_open(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            left = 1e-6  # a deadline that has passed still takes what is already here
        self.socket.settimeout(left)
        self.receive_some()

    def receive_some(self) -> int:
        """One recv into ``unread``; returns its size, 0 at the end (see ``end``)."""
        try:
            data = self.socket.recv(1 << 18)
        except (ConnectionResetError, BrokenPipeError):
            self.end = "reset"
            return 0
        if not data:
            self.end = "fin"
        self.unread += data
        return len(data)

    # -- the other end

    def server_end(self) -> ServerEnd | None:
        """The server's end of this connection in the kernel's tables; None when it is gone."""
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                ports = int(fields[1].rpartition(":")[2], 16), int(fields[2].rpartition(":")[2], 16)
                if ports == (self.port, self.local_port):
                    unsent = int(fields[4].partition(":")[0], 16)
                    return ServerEnd(_STATES.get(fields[3], fields[3]), unsent, fields[9] != "0")
        return None

    def is_released(self) -> bool:
        """Whether the server's process has let go of this connection (its kernel may still flush)."""
        end = self.server_end()
        # one that waits to be accepted is owned by nobody either
        return end is None or (not end.owned and end.state != "ESTABLISHED")


_STATES = {
    "01": "ESTABLISHED",
    "04": "FIN_WAIT1",
    "05": "FIN_WAIT2",
    "06": "TIME_WAIT",
    "07": "CLOSE",
    "08": "CLOSE_WAIT",
    "09": "LAST_ACK",
    "0B": "CLOSING",
}
