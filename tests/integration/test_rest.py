"""The way of docs/outbound.rst: ``echo-phone rest`` is the API, ``echo-dial`` places a call, a daemon answers it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.daemon import Daemon, free_port
from tests.vonage.keys import private_pem


class Rest:
    """
    ``echo-phone rest`` in a process.

    Attributes:
        url: where the API is.
    """

    def __init__(self, folder: Path, *words: str) -> None:
        (folder / "private.key").write_bytes(private_pem())
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._folder = folder
        self._environ = {name: value for name, value in os.environ.items() if not name.startswith("ECHO_")}
        self._environ |= {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
        self.process = subprocess.Popen(
            self._python("echo.phone", "rest", "--port", str(port), "--public-key", "private.key", *words),
            cwd=folder,
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self._wait_for(port)

    def _wait_for(self, port: int) -> None:
        until = time.monotonic() + 20
        while self.process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                return
            time.sleep(0.02)
        pytest.fail(f"it did not start: {self.process.communicate()}")

    def _python(self, *words: str) -> list[str]:
        return [sys.executable, "-m", *words]

    def dial(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Place a call."""
        application = ("--application-id", "me", "--private-key", "private.key", "--api-url", self.url)
        return subprocess.run(
            self._python("echo.dial", *application, *words),
            cwd=self._folder,
            env=self._environ,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    def kill(self) -> None:
        """End it, however it stands."""
        self.process.kill()
        self.process.communicate()

    def end(self) -> tuple[int, str, str]:
        """Wait for its end; its status, and what it wrote."""
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    """A daemon."""
    with Daemon() as running:
        yield running


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Rest]]:
    """Starts the API with these words; it is gone afterwards."""
    started: list[Rest] = []

    def begin(*words: str) -> Rest:
        started.append(Rest(tmp_path, *words))
        return started[-1]

    yield begin
    for rest in started:
        rest.kill()


def test_a_call_that_is_placed_and_answered(start: Callable[..., Rest], daemon: Daemon) -> None:
    """Each of the three does its part: the call passes, and its statuses are told."""
    rest = start("--calls", "1", "--duration", "1", "--expect", "echo")
    answer = f"http://127.0.0.1:{daemon.port}/ncco"
    done = rest.dial("--to", "447700900123", "--from", "442079460000", "--answer-url", answer, "--wait")
    assert done.returncode == 0, done.stderr
    assert "completed, " in done.stderr
    status, out, err = rest.end()
    assert status == 0, out + err
    uuid = done.stdout.strip()
    assert out.startswith(f"Call {uuid}\n")
    assert "✓ echo" in out
    assert f"REST API at {rest.url}: waiting for calls to be placed" in err
    assert f"{uuid[:8]}  NCCO with 2 actions" in err
    assert "REST POST /v1/calls: 201" in err


def test_calls_as_json(start: Callable[..., Rest], daemon: Daemon) -> None:
    """One object holds the reports of all."""
    rest = start("--calls", "1", "--duration", "0.5", "--json")
    socket = f"ws://127.0.0.1:{daemon.port}/socket"
    done = rest.dial("--socket", socket, "--authorization", "none")
    assert done.returncode == 0, done.stderr
    status, out, _ = rest.end()
    told = json.loads(out)
    assert (status, told["passed"], told["exit_status"]) == (0, True, 0)
    (call,) = told["calls"]
    assert (call["uuid"], call["url"], call["passed"]) == (done.stdout.strip(), socket, True)


def test_nobody_places_a_call(start: Callable[..., Rest]) -> None:
    """Ctrl-C ends it, and there was nothing."""
    rest = start()
    rest.process.send_signal(signal.SIGINT)
    status, out, err = rest.end()
    assert (status, out) == (2, "")
    assert "echo-phone rest: no call was placed" in err
