"""
Calls that survive the daemon: it is killed or stopped in the middle of them, started again, and they go on.

The port is held by somebody else, as by systemd, so that events and upgrades wait for the next process.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket as sockets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile  # type: ignore[import-untyped]

from tests.apps.calling import Phone
from tests.apps.sound import dbfs, strongest
from tests.conftest import ROOT
from tests.daemon import Daemon
from tests.integration.conftest import on_socket, wait_until
from tests.tokens import SECRET

CALLS = 20

#: Seconds that each caller talks; what he has not said when his socket is lost, he says on the next one.
TALKS = 6

#: Milliseconds. Python and Twisted are loaded anew, on a machine that has other things to do.
MOST_SILENCE = 15_000


class Phones:
    """Twenty phone calls from one process: the provider's side and the callers."""

    def __init__(self, daemon: Daemon, *more: str) -> None:
        url = f"http://127.0.0.1:{daemon.port}"
        options = (
            f"--calls {CALLS} --arrivals 100 --duration {TALKS} --expect echo --json --event-url {url}/events"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "echo.phone", "load", f"{url}/ncco", *options.split(), *more],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def report(self) -> Any:
        """Wait for the end of the calls: what became of them."""
        told, _ = self.process.communicate(timeout=90)
        return json.loads(told)


@contextlib.contextmanager
def phones(daemon: Daemon, *more: str) -> Iterator[Phones]:
    """Twenty calls, all of them on; with ``more`` options."""
    calling = Phones(daemon, *more)
    try:
        wait_until(lambda: daemon.health()["calls_now"] == CALLS, timeout=30)
        yield calling
    finally:
        if calling.process.poll() is None:
            calling.process.kill()
        calling.process.communicate()


def assert_all_went_on(calling: Phones, second: Daemon) -> None:
    """Each call was connected again once, no caller was cut off, and each heard all else that he said."""
    report = calling.report()
    checks = [check for check in report["checks"] if check["passed"] is False]
    assert (report["calls"]["completed"], report["calls"]["failed"], report["calls"]["connected"]) == (
        CALLS,
        0,
        CALLS,
    )
    assert checks == []
    assert report["reconnects"]["count"] == CALLS
    assert 0 < report["reconnects"]["p50"] <= report["reconnects"]["max"] < MOST_SILENCE
    assert report["frames"]["out"] == CALLS * TALKS * 50
    assert second.health()["calls_ever"] == CALLS
    assert second.log.count(" has lost its socket: connected again") == CALLS


@pytest.mark.parametrize("options", [(), ("--signature-secret", SECRET)], ids=["open", "signed"])
def test_twenty_calls_survive_a_kill(held: sockets.socket, installed: Path, options: tuple[str, ...]) -> None:
    """Kill -9: the provider tells the next process that the sockets are lost, and is told where to find new ones."""
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(on_socket(held, *options, path=installed))
        calling = stack.enter_context(phones(first, *options))
        first.signal(signal.SIGKILL)
        assert first.wait() == -signal.SIGKILL
        second = stack.enter_context(on_socket(held, *options, path=installed))
        assert_all_went_on(calling, second)
        assert second.stop() == 0


@pytest.mark.parametrize("options", [(), ("--signature-secret", SECRET)], ids=["open", "signed"])
def test_twenty_calls_survive_a_restart(
    held: sockets.socket, installed: Path, options: tuple[str, ...]
) -> None:
    """SIGTERM: calls are drained for a second, closed with 1001, and go on with the next process."""
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(on_socket(held, *options, "--drain", "1", path=installed))
        calling = stack.enter_context(phones(first, *options))
        assert first.stop() == 0
        assert first.log.count("ended by echo (close code 1001: the daemon is stopping)") == CALLS
        assert "Traceback" not in first.log
        second = stack.enter_context(on_socket(held, *options, path=installed))
        assert_all_went_on(calling, second)
        assert second.stop() == 0


def test_the_app_of_a_call_survives_a_kill(held: sockets.socket, installed: Path, phone: Phone) -> None:
    """A call that chose its app is answered by it again; the daemon's own would say nothing."""
    options = ("--app", "silence", "--apps", "tone")
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(on_socket(held, *options, path=installed))
        url = f"http://127.0.0.1:{first.port}"
        phone.dial(
            f"{url}/ncco?app=tone", 16000, "--silence", "--duration", "4", "--event-url", f"{url}/events"
        )
        wait_until(lambda: first.health()["calls_now"] == 1, timeout=30)
        first.signal(signal.SIGKILL)
        first.wait()
        second = stack.enter_context(on_socket(held, *options, path=installed))
        (call,) = phone.heard()
        assert call.report["reconnects"]
        again, _ = soundfile.read(phone.folder / "call-0/heard-2.wav", dtype="int16")
        last = again.astype("<i2").tobytes()[-32000:]
        assert strongest(last, 16000) == pytest.approx(1004, abs=2)
        assert dbfs(last) == pytest.approx(-6.15, abs=0.5)
        assert "has lost its socket: connected again" in second.log
