"""How a real daemon stops: it takes no more calls, says goodbye to those that are on, and exits with 0 in time."""

from __future__ import annotations

import contextlib
import errno
import signal
import socket as sockets
import time
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.daemon import Daemon
from tests.frames import BINARY, CLOSE, close_frame, connected_message
from tests.integration.conftest import assert_echoes, begin_call, end_of_call
from tests.raw_client import RawClient

#: Seconds: what systemd and Docker give a service before they kill it is 90 and 10.
SOON = 3.0
AT_LAST = 8.0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_live_calls_are_closed_with_1001(installed: Path, number: signal.Signals) -> None:
    """
    Five callers each see a Close frame with 1001, the process exits 0 at once, and the port is free.

    An HTTP connection that somebody holds open is not waited for.
    """
    with (
        Daemon(path=installed) as daemon,
        RawClient(daemon.port) as idle,
        contextlib.ExitStack() as open_calls,
    ):
        idle.send(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        assert idle.read_response().status == 200
        sockets = [open_calls.enter_context(begin_call(daemon)) for _ in range(5)]
        ports = [socket.local_address[1] for socket in sockets]
        for socket in sockets:
            assert_echoes(socket)
        began = time.monotonic()
        daemon.signal(number)
        for socket in sockets:
            with pytest.raises(ConnectionClosed) as ended:
                socket.recv(timeout=SOON)
            assert ended.value.rcvd is not None
            assert (ended.value.rcvd.code, ended.value.rcvd_then_sent) == (1001, True)

        assert daemon.wait(SOON) == 0
        assert time.monotonic() - began < SOON
        for port in ports:
            end = end_of_call(daemon, port)
            assert (end.by, end.frames_in, end.frames_out) == ("echo", 1, 1)
            assert end.how.startswith("close code 1001")
        assert "stopping: closing 5 calls" in daemon.log
        assert "Traceback" not in daemon.log
        assert is_refused(daemon.port)


def test_a_caller_that_does_not_answer_is_not_waited_for_long(installed: Path) -> None:
    """
    One caller ignores the Close frame, as one whose network is gone: the process exits 0 all the same.

    While it is waited for, everything but a call is answered, and then nobody listens.
    """
    with Daemon(path=installed) as daemon, RawClient(daemon.port) as deaf, RawClient(daemon.port) as late:
        deaf.upgrade()
        deaf.send_text(connected_message())
        deaf.send_frame(BINARY, b"before")
        assert deaf.read_frame().payload == b"before"
        began = time.monotonic()
        daemon.signal(signal.SIGTERM)
        close = deaf.read_frame()
        assert (close.opcode, close.close_code) == (CLOSE, 1001)

        assert late.upgrade().status == 503
        assert [daemon.get(path)[0] for path in ("/ncco", "/health", "/events?status=ringing")] == [200] * 3
        assert daemon.wait(AT_LAST) == 0
        assert time.monotonic() - began < AT_LAST
        assert is_refused(daemon.port)
        assert end_of_call(daemon, deaf.local_port).how.startswith("close code 1001")
        assert "Traceback" not in daemon.log


def test_what_was_sent_before_the_stop_comes_back(installed: Path) -> None:
    """A caller that hears the Close frame has heard all of its audio before."""
    with Daemon(path=installed) as daemon, RawClient(daemon.port) as client:
        client.upgrade()
        client.send_text(connected_message())
        for number in range(50):
            client.send_frame(BINARY, number.to_bytes(2, "little") * 320)
        daemon.wait_for_log("says")
        first = client.read_frame()
        daemon.signal()
        frames = [first]
        while frames[-1].opcode == BINARY:
            frames.append(client.read_frame())
        client.send(close_frame(1001))
        client.socket.shutdown(sockets.SHUT_WR)

        assert frames[-1].close_code == 1001
        heard = [int.from_bytes(frame.payload[:2], "little") for frame in frames[:-1]]
        assert heard == list(range(len(heard)))
        assert daemon.wait(SOON) == 0
        assert end_of_call(daemon, client.local_port).frames_out == len(heard)


def is_refused(port: int) -> bool:
    """Whether nobody takes a connection on this port of 127.0.0.1."""
    with sockets.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED
