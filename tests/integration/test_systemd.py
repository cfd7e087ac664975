"""A real daemon as a service of systemd: what it tells on the notify socket, and a port that outlives it."""

from __future__ import annotations

import http.client
import signal
import socket as sockets
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.daemon import Daemon
from tests.integration.conftest import assert_echoes, begin_call, on_socket, wait_until

#: Seconds until something must have been told.
SOON = 5.0


class Manager:
    """The service manager's notify socket."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify"
        self._socket = sockets.socket(sockets.AF_UNIX, sockets.SOCK_DGRAM)
        self._socket.bind(str(self.path))

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()

    def next(self, timeout: float = SOON) -> dict[str, str]:
        """Wait for one message; raises TimeoutError."""
        self._socket.settimeout(timeout)
        return dict(line.split("=", 1) for line in self._socket.recv(4096).decode().split("\n"))

    def wait_for(self, word: str, timeout: float = SOON) -> dict[str, str]:
        """Wait for the next message with this word."""
        deadline = time.monotonic() + timeout
        while word not in (message := self.next(max(0.001, deadline - time.monotonic()))):
            pass
        return message

    def forget(self) -> None:
        """Leave out what has come so far."""
        while True:
            try:
                self.next(0.001)
            except (TimeoutError, BlockingIOError):
                return


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """A manager that listens."""
    listening = Manager(tmp_path)
    yield listening
    listening.close()


def environment(manager: Manager, **more: str) -> Mapping[str, str]:
    """What systemd puts into a service's environment."""
    return {"NOTIFY_SOCKET": str(manager.path), **more}


class Watched(Daemon):
    """A daemon that is up when its manager has been told, as for systemd."""

    manager: Manager

    def _is_ready(self) -> bool:
        try:
            self.ready = self.manager.wait_for("READY", 0.05)
        except TimeoutError:
            return False
        return True


def watched(manager: Manager, *options: str, path: Path, **more: str) -> Watched:
    """A daemon of this manager."""
    daemon = Watched(*options, path=path, environment=environment(manager, **more))
    daemon.manager = manager
    return daemon


def test_from_ready_to_stopping(installed: Path, manager: Manager) -> None:
    """
    Ready means that connections are taken; a reload begins with its time and ends with ready; a stop says so.

    While calls are drained, the status counts them and more time is asked for again and again.
    """
    with watched(manager, path=installed, ECHO_DRAIN="3600") as daemon:
        assert daemon.ready == {"READY": "1", "STATUS": "taking calls, 0 calls are on"}
        with sockets.create_connection(("127.0.0.1", daemon.port), 1):
            pass
        before = time.monotonic_ns() // 1000
        daemon.signal(signal.SIGHUP)
        reloading = manager.wait_for("RELOADING")
        assert before <= int(reloading["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000
        assert manager.next() == {"READY": "1"}
        with begin_call(daemon) as socket:
            assert_echoes(socket)
            manager.wait_for("STATUS")  # one call
            daemon.signal()
            stopping = manager.wait_for("STOPPING")
            assert stopping["STATUS"].startswith("draining, 1 call is on, for 3600 s at most")
            assert int(stopping["EXTEND_TIMEOUT_USEC"]) >= 10_000_000
            assert int(manager.wait_for("EXTEND_TIMEOUT_USEC")["EXTEND_TIMEOUT_USEC"]) >= 10_000_000
            assert_echoes(socket)
        assert daemon.wait(SOON) == 0


def test_the_watchdog_is_fed_while_the_process_runs(installed: Path, manager: Manager) -> None:
    """Stopped by SIGSTOP it starves; continued it is fed again. A watchdog of another process is not ours."""
    with watched(manager, path=installed, WATCHDOG_USEC="400000") as daemon:
        for _ in range(3):
            manager.wait_for("WATCHDOG")
        daemon.signal(signal.SIGSTOP)
        manager.forget()
        with pytest.raises(TimeoutError):
            manager.next(0.6)
        daemon.signal(signal.SIGCONT)
        manager.wait_for("WATCHDOG")
        assert daemon.stop() == 0
    with watched(manager, path=installed, WATCHDOG_USEC="400000", WATCHDOG_PID="1") as daemon:
        with pytest.raises(TimeoutError):
            manager.wait_for("WATCHDOG", 0.6)
        assert daemon.stop() == 0


def test_a_manager_that_is_gone_costs_nothing(installed: Path, manager: Manager) -> None:
    """Calls are served as before, and one line tells that nobody hears of it."""
    with watched(manager, path=installed, WATCHDOG_USEC="400000") as daemon:
        manager.close()
        daemon.wait_for_log("the service manager cannot be told how we are")
        with begin_call(daemon) as socket:
            assert_echoes(socket)
        assert daemon.stop() == 0


@pytest.mark.parametrize("named", ["", "systemd:domain=INET:name=echo"])
def test_the_socket_of_systemd_is_served(installed: Path, held: sockets.socket, named: str) -> None:
    """A socket called ``echo`` is taken without being named; ``--port`` is not listened on then, and a line says so."""
    with on_socket(held, path=installed, named=named) as daemon:
        told = "the service manager holds the port: listening on its socket, not on port 8000"
        assert (told in daemon.log) is not bool(named)
        assert f"listens on 127.0.0.1, port {daemon.port}" in daemon.log
        with begin_call(daemon) as socket:
            assert_echoes(socket)
        assert daemon.stop() == 0


class Caller(threading.Thread):
    """Somebody who asks for the script again and again, and must have each answer."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.answers: list[int] = []
        self.waits: list[float] = []
        self.problems: list[str] = []
        self._done = threading.Event()

    def run(self) -> None:
        """Ask, each time on a new connection."""
        while not self._done.wait(0.005):
            began = time.monotonic()
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                connection.request("GET", "/ncco")
                self.answers.append(connection.getresponse().status)
            except OSError as error:
                self.problems.append(repr(error))
            finally:
                connection.close()
            self.waits.append(time.monotonic() - began)

    def stop(self) -> None:
        """Ask no more."""
        self._done.set()
        self.join(20)


def test_nobody_is_refused_while_it_restarts(installed: Path, held: sockets.socket) -> None:
    """The port is held by somebody else: through three restarts, each request is answered, some a little later."""
    with on_socket(held, path=installed) as daemon:
        caller = Caller(daemon.port)
        caller.start()
        try:
            for restart in range(1, 4):
                wait_until(lambda: len(caller.answers) > 20 * restart)  # noqa: B023  called at once
                assert daemon.stop() == 0
                assert "Traceback" not in daemon.log
                daemon = on_socket(held, path=installed)  # noqa: PLW2901  the next one
                daemon.__enter__()
        finally:
            caller.stop()
            daemon.__exit__()
    assert caller.problems == []
    assert set(caller.answers) == {200}
    assert len(caller.answers) > 60
    assert max(caller.waits) < SOON
