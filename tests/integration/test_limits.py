"""
What running out of places does to a running daemon: newcomers are turned away, calls and other callers are not.

Real sockets, because what is counted are descriptors, and what the kernel does without them.
"""

from __future__ import annotations

import contextlib
import resource
import socket
import sys
from collections.abc import Iterator

import pytest

from tests.daemon import Daemon
from tests.frames import BINARY, connected_message
from tests.raw_client import RawClient

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sets limits of another process (Linux)")


def connected(port: int) -> socket.socket:
    """Connect, and say nothing."""
    return socket.create_connection(("127.0.0.1", port), 5)


@contextlib.contextmanager
def silent(port: int, count: int) -> Iterator[list[socket.socket]]:
    """Connect so often and say nothing."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(connected(port)) for _ in range(count)]


def is_over(connection: socket.socket) -> bool:
    """Tell whether the daemon has ended a connection that has been told nothing."""
    connection.settimeout(2)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def test_who_says_nothing_shuts_nobody_out() -> None:
    """With all places of requests taken by the silent, calls begin, and whoever was silent for longest is dropped."""
    with Daemon("--max-requests", "20") as daemon, silent(daemon.port, 60) as crowd:
        for _ in range(10):
            with RawClient(daemon.port) as call:
                assert call.upgrade().status == 101
                call.send_frame(BINARY, b"here")
                assert call.read_frame().payload == b"here"
        assert all(is_over(connection) for connection in crowd[:40])
        assert daemon.health()["calls_now"] == 0
        log = daemon.wait_for_log("refused by max_requests: 127.0.0.1")
        assert log.count("refused by") < 10


def test_the_last_descriptors_are_kept() -> None:
    """Connections that are not calls give way before the system has no descriptor left."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with (
        Daemon("--descriptors-kept", str(allowed - 60)) as daemon,
        RawClient(daemon.port) as call,
    ):
        assert call.upgrade().status == 101
        with silent(daemon.port, 100):
            assert daemon.health()["calls_now"] == 1
            assert daemon.descriptors() < 70
            call.send_frame(BINARY, b"still here")
            assert call.read_frame().payload == b"still here"
        assert "refused by descriptors_kept: 127.0.0.1" in daemon.log


def test_running_out_of_descriptors_costs_neither_calls_nor_the_processor() -> None:
    """Newcomers are closed, the calls go on, and neither log nor processor are busy with it."""
    with Daemon() as daemon, RawClient(daemon.port) as call:
        assert call.upgrade().status == 101
        resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (daemon.descriptors() + 8,) * 2)
        cpu = daemon.cpu_seconds()
        with silent(daemon.port, 40):
            for _ in range(8):
                with connected(daemon.port) as newcomer:
                    assert is_over(newcomer)
            call.send_frame(BINARY, b"still here")
            assert call.read_frame().payload == b"still here"
        assert daemon.cpu_seconds() - cpu < 1
        log = daemon.wait_for_log("refused by descriptors: 127.0.0.1")
        assert "EMFILE" not in log
        assert log.count("refused by") < 10


def test_calls_as_fast_as_they_come_are_taken_up_to_the_limit() -> None:
    """Beyond a burst of calls, an address gets 429 with Retry-After, and the calls that are on are unharmed."""
    options = ("--upgrades-burst", "50", "--upgrades-per-second", "1")
    with Daemon(*options) as daemon, contextlib.ExitStack() as stack:
        calls = [stack.enter_context(RawClient(daemon.port)) for _ in range(80)]
        answers = [call.upgrade() for call in calls]
        taken = [call for call, answer in zip(calls, answers, strict=True) if answer.status == 101]
        refused = [answer for answer in answers if answer.status == 429]
        assert 50 <= len(taken) < 60
        assert len(taken) + len(refused) == 80
        assert all(answer.headers["retry-after"] == "1" for answer in refused)
        for call in taken:
            call.send_text(connected_message())
            call.send_frame(BINARY, bytes(640))
        assert all(call.read_frame().payload == bytes(640) for call in taken)
        assert daemon.health()["calls_now"] == len(taken)


def test_a_call_that_has_to_make_room_is_told_so() -> None:
    """Who has said nothing for longest reads 1013 and the end of the connection, no reset; the newest stays."""
    with (
        Daemon("--max-silent-calls", "1") as daemon,
        RawClient(daemon.port) as oldest,
        RawClient(daemon.port) as newest,
    ):
        assert oldest.upgrade().status == 101
        assert newest.upgrade().status == 101
        told = oldest.read_rest(3)
        assert (told.close_code, told.end) == (1013, "fin")
        newest.send_frame(BINARY, b"here")
        assert newest.read_frame().payload == b"here"
