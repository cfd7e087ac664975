"""How a real daemon drains: calls that are on go on, and each further signal is a step nearer to the end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Self

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.daemon import Daemon, free_port
from tests.frames import BINARY, CLOSE, connected_message
from tests.integration.conftest import assert_echoes, begin_call, end_of_call, twistd_of, wait_until
from tests.integration.test_stopping import SOON, is_refused
from tests.raw_client import RawClient

EVENT = b'{"status": "completed", "uuid": "aaaa-1"}'


def assert_closed_with_1001(socket: ClientConnection, within: float = SOON) -> None:
    """The call ends with a Close frame that says that the daemon goes away."""
    with pytest.raises(ConnectionClosed) as ended:
        socket.recv(timeout=within)
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1001


def assert_ended_well(daemon: Daemon, within: float = SOON) -> None:
    """The process exits with 0 in time, without a traceback, and the port is free."""
    assert daemon.wait(within) == 0
    assert "Traceback" not in daemon.log
    assert is_refused(daemon.port)


def test_a_call_goes_on_while_everything_but_calls_is_answered(installed: Path) -> None:
    """
    After SIGTERM a call is heard as before; another is refused with 503 and told when to ask again.

    The script, events and health are answered, each on a connection that ends with it, so that a balancer's
    pool comes to its end. When the caller hangs up the process exits with 0.
    """
    with Daemon("--drain", "60", path=installed) as daemon, RawClient(daemon.port) as kept:
        with begin_call(daemon) as socket:
            assert_echoes(socket)
            daemon.signal()
            daemon.wait_for_log("draining: 1 call may go on for 60 s")

            assert_echoes(socket)
            with RawClient(daemon.port) as late:
                refused = late.upgrade()
            assert (refused.status, refused.headers["retry-after"]) in {(503, "60"), (503, "59")}
            kept.send(b"GET /ncco HTTP/1.1\r\nHost: a\r\n\r\n")
            script = kept.read_response()
            assert (script.status, script.headers["connection"]) == (200, "close")
            kept.read_rest(SOON)
            assert kept.end == "fin"
            with RawClient(daemon.port) as webhook:
                head = f"POST /events HTTP/1.1\r\nHost: a\r\nContent-Length: {len(EVENT)}\r\n\r\n"
                webhook.send(head.encode() + EVENT)
                assert webhook.read_response().status == 200
            health = daemon.health()
            assert (health["status"], health["calls_now"]) == ("stopping", 1)
            assert_echoes(socket)
            port = socket.local_address[1]
        assert_ended_well(daemon)
        assert end_of_call(daemon, port).how == "close code 1000"


def test_the_time_of_the_drain_is_kept(installed: Path) -> None:
    """Calls that are still on when it is over are closed with 1001, and not before."""
    with Daemon("--drain", "1", path=installed) as daemon, begin_call(daemon) as socket:
        assert_echoes(socket)
        began = time.monotonic()
        daemon.signal()
        daemon.wait_for_log("draining: 1 call may go on for 1 s")
        assert_closed_with_1001(socket)
        assert time.monotonic() - began >= 1.0
        assert_ended_well(daemon)


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_closes_the_calls_now(installed: Path, second: signal.Signals) -> None:
    """Of a drain of an hour nothing is left when somebody is in a hurry."""
    with Daemon("--drain", "3600", path=installed) as daemon, begin_call(daemon) as socket:
        assert_echoes(socket)
        daemon.signal()
        daemon.wait_for_log("draining")
        daemon.signal(second)
        assert_closed_with_1001(socket)
        assert_ended_well(daemon)


def test_a_third_signal_waits_for_nobody(installed: Path) -> None:
    """A peer that does not answer the Close frame holds up nobody who is in a hurry."""
    with Daemon("--drain", "3600", path=installed) as daemon, RawClient(daemon.port) as deaf:
        deaf.upgrade()
        deaf.send_text(connected_message())
        deaf.send_frame(BINARY, b"before")
        assert deaf.read_frame().payload == b"before"
        daemon.signal()
        daemon.wait_for_log("draining")
        daemon.signal()
        assert deaf.read_frame().opcode == CLOSE
        began = time.monotonic()
        daemon.signal()

        assert_ended_well(daemon)
        assert time.monotonic() - began < 2  # it would have had five seconds to answer
        assert end_of_call(daemon, deaf.local_port).how.startswith("close code 1001")


def test_a_storm_of_signals_ends_well(installed: Path) -> None:
    """Whenever a signal comes until the process is gone, the exit status is 0 and there is no traceback."""
    with Daemon("--drain", "3600", path=installed) as daemon, RawClient(daemon.port) as deaf:
        deaf.upgrade()
        deaf.send_text(connected_message())
        daemon.wait_for_log("says")
        numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        count = 0
        while not daemon._has_ended_within(0.002):
            daemon.signal(numbers[count % 3])
            count += 1
        assert daemon.wait() == 0
        assert "Traceback" not in daemon.log


class Starting:
    """A daemon that is held up as it starts: it reads its settings from a pipe into which nobody writes yet."""

    def __init__(self, installed: Path, folder: Path) -> None:
        self._settings = folder / "settings"
        self._log = folder / "log"
        os.mkfifo(self._settings)
        endpoint = f"tcp:{free_port()}:interface=127.0.0.1"
        command = [
            twistd_of(),
            "-n",
            "--pidfile=echo.pid",
            "echo",
            "--port",
            endpoint,
            "--config",
            "settings",
        ]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env={"PYTHONPATH": str(installed)}, stdout=log, stderr=subprocess.STDOUT
            )
        self._pipe = -1

    def __enter__(self) -> Self:
        wait_until(self._is_reading, timeout=20)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(10)
        if self._pipe >= 0:
            os.close(self._pipe)

    def _is_reading(self) -> bool:
        with contextlib.suppress(OSError):  # ENXIO while nobody reads
            self._pipe = os.open(self._settings, os.O_WRONLY | os.O_NONBLOCK)
        return self._pipe >= 0

    def go_on(self) -> None:
        """Let it have its settings."""
        os.write(self._pipe, b"rate = 8000\n")
        os.close(self._pipe)
        self._pipe = -1

    @property
    def log(self) -> str:
        """What it has written."""
        return self._log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_while_it_starts_ends_well(installed: Path, tmp_path: Path, number: signal.Signals) -> None:
    """What comes before the reactor runs is kept until it does, and then it stops in good order."""
    with Starting(installed, tmp_path) as starting:
        starting.process.send_signal(number)
        starting.go_on()

        assert starting.process.wait(10) == 0
        assert "listens on 127.0.0.1" in starting.log
        assert "Traceback" not in starting.log
        assert not (tmp_path / "echo.pid").exists()


def test_a_start_that_hangs_is_ended_by_the_second_signal(installed: Path, tmp_path: Path) -> None:
    """Nobody has to kill a daemon whose disk does not answer."""
    with Starting(installed, tmp_path) as starting:
        starting.process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            starting.process.wait(0.2)
        starting.process.send_signal(signal.SIGINT)

        assert starting.process.wait(5) == 0
        assert "Traceback" not in starting.log


def test_a_request_in_the_making_is_answered_before_the_end(installed: Path) -> None:
    """Who has connected, and who is in the midst of a request, when the daemon stops, still has the answer."""
    with Daemon(path=installed) as daemon, RawClient(daemon.port) as slow, RawClient(daemon.port) as fresh:
        slow.send(b"GET /health HTTP/1.1\r\nHost")
        assert daemon.get("/health")[0] == 200  # by then it has read the other two
        daemon.signal()
        wait_until(lambda: is_refused(daemon.port))
        for client, rest in ((slow, b": a\r\n\r\n"), (fresh, b"GET /ncco HTTP/1.1\r\nHost: a\r\n\r\n")):
            client.send(rest)
            response = client.read_response()
            assert (response.status, response.headers["connection"]) == (200, "close")
        assert daemon.wait(SOON) == 0


#: Sets the clock of the process as it is told by a file: what ``time.time`` says jumps, as when root sets it.
JUMPING = """if True:
    import pathlib, time
    shift, real = pathlib.Path(__file__).with_name("shift"), time.time
    time.time = lambda: real() + float(shift.read_text())
"""


@pytest.mark.parametrize("jump", ["3600", "-3600"])
def test_a_jump_of_the_clock_changes_nothing(installed: Path, tmp_path: Path, jump: str) -> None:
    """The clock is set by an hour while calls are drained: the drain takes the time that it was given."""
    (tmp_path / "sitecustomize.py").write_text(JUMPING)
    (tmp_path / "shift").write_text("0")
    with Daemon("--drain", "2", path=f"{tmp_path}:{installed}") as daemon, begin_call(daemon) as socket:
        assert_echoes(socket)
        began = time.monotonic()
        daemon.signal()
        daemon.wait_for_log("draining")
        (tmp_path / "new").write_text(jump)
        (tmp_path / "new").rename(tmp_path / "shift")
        assert_echoes(socket)
        assert_closed_with_1001(socket)
        assert 2.0 <= time.monotonic() - began < 2.0 + SOON
        assert_ended_well(daemon)
