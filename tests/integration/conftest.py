"""What the integration tests share: a caller that shares no code with Autobahn, and how a call's last line reads."""

from __future__ import annotations

import contextlib
import re
import select
import socket as sockets
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.apps.calling import Phone
from tests.daemon import Daemon
from tests.frames import connected_message

#: 20 ms at 16 kHz.
FRAME = bytes(range(256)) * 2 + bytes(128)

#: For tests that look at a process from outside.
needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc on this system")

#: What systemd does for a service with a socket: descriptor 3 is the socket, and the environment tells so.
PASS_ON = """if True:
    import os, sys
    os.dup2(int(sys.argv[1]), 3)
    os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "echo"}
    os.execv(sys.argv[2], sys.argv[2:])
"""

_END = re.compile(
    r"call [0-9]+ ended by (?P<by>[a-z]+) \((?P<how>.*)\) after (?P<seconds>[0-9.]+) s: "
    r"(?P<frames_in>[0-9]+) frames in, (?P<frames_out>[0-9]+) out, (?P<dropped>[0-9]+) dropped, "
    r"(?P<wrong_sized>[0-9]+) wrong-sized, longest gap (?P<longest_gap_ms>[0-9]+) ms, "
    r"jitter [0-9.]+ ms, queue peak (?P<queue_peak_ms>[0-9]+) ms\n"
)


@dataclass(frozen=True)
class End:
    """What the daemon's log says of the end of a call: who ended it, how, and the figures."""

    by: str
    how: str
    seconds: float
    frames_in: int
    frames_out: int
    dropped: int
    wrong_sized: int
    longest_gap_ms: int
    queue_peak_ms: int


def call_number(daemon: Daemon, who: str) -> int:
    """The number that the daemon gave the call from ``who``, an address and port as the log shows them."""
    started = re.compile(rf"call ([0-9]+) from {re.escape(who)}\n")
    daemon.wait_for_log(f" from {who}\n")
    found = started.search(daemon.log)
    assert found is not None
    return int(found[1])


def end_of_call(daemon: Daemon, local_port: int, host: str = "127.0.0.1") -> End:
    """Wait for the end of the call that came from this port, and read the line that explains it."""
    number = call_number(daemon, f"{host}:{local_port}")
    log = daemon.wait_for_log(f"call {number} ended by ")
    found = _END.search(log, log.index(f"call {number} ended by "))
    assert found is not None, log
    return End(
        by=found["by"],
        how=found["how"],
        seconds=float(found["seconds"]),
        frames_in=int(found["frames_in"]),
        frames_out=int(found["frames_out"]),
        dropped=int(found["dropped"]),
        wrong_sized=int(found["wrong_sized"]),
        longest_gap_ms=int(found["longest_gap_ms"]),
        queue_peak_ms=int(found["queue_peak_ms"]),
    )


def lines_of(daemon: Daemon, name: str) -> list[str]:
    """What the daemon logged that begins with ``name``, as far as it has come, without time and level."""
    lines = (line.partition("] ")[2] for line in daemon.log.splitlines())
    return [line for line in lines if line.startswith(name)]


@contextlib.contextmanager
def dial(url: str, **options: Any) -> Iterator[ClientConnection]:
    """Open a WebSocket, never through a proxy, and close it politely at the end."""
    with connect(url, proxy=None, open_timeout=5, close_timeout=5, **options) as socket:
        yield socket


@contextlib.contextmanager
def begin_call(
    daemon: Daemon, path: str = "/socket", rate: int = 16000, **metadata: object
) -> Iterator[ClientConnection]:
    """Open a call on ``daemon`` and say the first message of a provider."""
    with dial(f"ws://127.0.0.1:{daemon.port}{path}") as socket:
        socket.send(connected_message(rate, **metadata))
        yield socket


def assert_echoes(socket: ClientConnection, *payloads: bytes) -> None:
    """Each binary message comes back as it was, and nothing comes before it."""
    for payload in payloads or (FRAME,):
        socket.send(payload)
        assert socket.recv(timeout=5) == payload


def wait_until(condition: Callable[[], bool], timeout: float = 5.0) -> None:
    """Look until ``condition`` holds; raises TimeoutError."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"still not so after {timeout:g} s")
        select.select([], [], [], 0.01)  # between two looks


def twistd_of(python: str | Path = sys.executable) -> str:
    """The twistd beside an interpreter."""
    return str(Path(python).with_name("twistd"))


@pytest.fixture(scope="module")
def daemon(installed: Path) -> Iterator[Daemon]:
    """An installed daemon as it comes, for the tests of one module that leave nothing behind."""
    with Daemon(path=installed) as running:
        yield running


@pytest.fixture
def held() -> Iterator[sockets.socket]:
    """A listening socket that somebody else holds."""
    with sockets.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        yield listening


def on_socket(held: sockets.socket, *options: str, path: Path, named: str = "") -> Daemon:
    """A daemon to which systemd has passed this socket; ``--port`` is another one, unless it is named."""
    daemon = Daemon(*options, path=path, descriptors=(held.fileno(),), port=held.getsockname()[1])
    at = daemon._command.index("--port")
    daemon._command[at : at + 4] = ["--port", named] if named else []
    daemon._command[:0] = [sys.executable, "-c", PASS_ON, str(held.fileno())]
    return daemon


@pytest.fixture
def phone(tmp_path: Path) -> Phone:
    """A phone of this test's own."""
    return Phone(tmp_path)
