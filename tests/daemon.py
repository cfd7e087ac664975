"""
A real daemon for tests: ``twistd -n echo`` in a process and folder of its own.

    with Daemon("--idle-timeout", "2") as daemon:
        ...  # daemon.port, daemon.rss(), daemon.log
        assert daemon.stop() == 0

The process is that of ``python`` (its ``twistd`` lies beside it), so that the same tests run against the
source tree and against an installed wheel. It listens on 127.0.0.1 only, on a free port.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")

#: The source tree, first on PYTHONPATH unless told otherwise.
TREE = Path(__file__).resolve().parent.parent


def rss(pid: int) -> int:
    """Resident memory of a process in bytes (Linux)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def cpu_seconds(pid: int) -> float:
    """Seconds of CPU, user and system, that a process has used (Linux; in ticks of 10 ms)."""
    # the name in parentheses may hold spaces: count fields behind it
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def free_port() -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class DidNotStart(Exception):
    """The daemon ended, or did not answer in time; the text holds its log."""


class Daemon:
    """
    One daemon, started on entering the block and gone when it is left, whatever happens.

    :param options: options of ``echo``, after ``--port`` and ``--interface``.
    :param python: the interpreter whose ``twistd`` is run.
    :param path: PYTHONPATH of the process; "" for an installed package.
    :param environment: variables on top of a minimal environment, in which calls are not given time at a stop.
    :param twistd: options of twistd itself, as ``--reactor=select``.
    :param core: pins the process to this core.
    :param port: the number, by default a free one.
    :param descriptors: open files that the process inherits.
    :param log_to: a descriptor that gets standard output and standard error, in place of the file of ``log``.
    """

    def __init__(
        self,
        *options: str,
        python: str | Path = sys.executable,
        path: str | Path = TREE,
        environment: Mapping[str, str] | None = None,
        twistd: tuple[str, ...] = (),
        core: int | None = None,
        port: int | None = None,
        descriptors: tuple[int, ...] = (),
        log_to: int | None = None,
        start_timeout: float = 20.0,
    ) -> None:
        self.port = free_port() if port is None else port
        self.folder = Path(tempfile.mkdtemp(prefix="echo-"))
        self.exit_status: int | None = None
        self._core, self._start_timeout, self._log_to = core, start_timeout, log_to
        self._descriptors = descriptors
        program = [str(Path(python).parent / "twistd"), "-n", "--pidfile=", "--no_save", *twistd]
        self._command = [*program, "echo", "--port", str(self.port), "--interface", "127.0.0.1", *options]
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self._environment = (
            kept
            | {"PYTHONPATH": str(path), "PYTHONWARNINGS": "default", "ECHO_DRAIN": "0"}
            | dict(environment or {})
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._last_log = ""

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)
        self._last_log = self.log
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self.folder,
                env=self._environment,
                stdout=log if self._log_to is None else self._log_to,
                stderr=subprocess.STDOUT,
                pass_fds=self._descriptors,
            )
        if self._core is not None:
            os.sched_setaffinity(self._process.pid, {self._core})
        deadline = time.monotonic() + self._start_timeout
        while not self._is_ready():
            if self._has_ended_within(0.02):
                raise DidNotStart(f"exit status {self.exit_status}; its log:\n{self.log}")
            if time.monotonic() > deadline:
                raise DidNotStart(f"no answer within {self._start_timeout:g} s; its log:\n{self.log}")

    def _is_ready(self) -> bool:
        # an OSError while nobody listens yet
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.get("/health")[0] == 200
        return False

    def _has_ended_within(self, seconds: float) -> bool:
        """Wait so long for the end of the process: the pause between two looks at what it does."""
        assert self._process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.exit_status = self._process.wait(seconds)
        return self.exit_status is not None

    @property
    def pid(self) -> int:
        """The process id."""
        if self._process is None:
            raise RuntimeError("the daemon has not been started")
        return self._process.pid

    @property
    def log(self) -> str:
        """All that it has written so far, to standard output and standard error."""
        log = self.folder / "log"
        return log.read_text(errors="backslashreplace") if log.exists() else self._last_log

    def wait_for_log(self, text: str, timeout: float = 5.0, *, since: int = 0) -> str:
        """Wait until the log holds ``text``, ``since`` characters from its start; the log, or TimeoutError with it."""
        deadline = time.monotonic() + timeout
        while text not in (log := self.log)[since:]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{text!r} is not in the log after {timeout:g} s:\n{log}")
            self._has_ended_within(0.02)
        return log

    def rss(self) -> int:
        """Resident memory in bytes."""
        return rss(self.pid)

    def cpu_seconds(self) -> float:
        """CPU used since its start, in seconds."""
        return cpu_seconds(self.pid)

    def descriptors(self) -> int:
        """How many descriptors it holds open."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def get(self, path: str) -> tuple[int, bytes]:
        """GET a path on a connection of its own: status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def health(self) -> dict[str, Any]:
        """What ``/health`` tells."""
        told: dict[str, Any] = json.loads(self.get("/health")[1])
        return told

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Send a signal and return at once."""
        os.kill(self.pid, number)

    def stop(self, timeout: float = 20.0) -> int:
        """SIGTERM, then as :meth:`wait`."""
        self.signal()
        return self.wait(timeout)

    def wait(self, timeout: float = 20.0) -> int:
        """Wait for the end of the process; its exit status, negative when a signal ended it."""
        if not self._has_ended_within(timeout):
            raise TimeoutError(f"still running after {timeout:g} s; its log:\n{self.log}")
        assert self.exit_status is not None
        return self.exit_status


class Watched(Daemon):
    """A daemon that can be watched."""

    def __init__(self, *options: str, **arguments: Any) -> None:
        self.operator_port = free_port()
        super().__init__("--operator-port", str(self.operator_port), *options, **arguments)

    def look(self, path: str, name: str | None = None) -> tuple[int, bytes]:
        """GET a page of the operator's: status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.operator_port, timeout=5)
        with contextlib.closing(connection):
            connection.request("GET", path, headers={"Host": name} if name else {})
            response = connection.getresponse()
            return response.status, response.read()

    def calls(self) -> dict[str, Any]:
        """What ``/calls`` tells."""
        told: dict[str, Any] = json.loads(self.look("/calls")[1])
        return told

    def figures(self) -> dict[str, float]:
        """What ``/metrics`` tells, by name; the sum of a name that has labels."""
        found: dict[str, float] = {}
        # The benchmark's own environments, which start daemons too, do without it.
        from prometheus_client.parser import text_string_to_metric_families  # noqa: PLC0415

        for family in text_string_to_metric_families(self.look("/metrics")[1].decode()):
            for sample in family.samples:
                found[sample.name] = found.get(sample.name, 0.0) + sample.value
        return found
