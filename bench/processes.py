"""Programs that the benchmark runs, each on the core that it is given."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

#: How long a server may take until it accepts connections, in seconds.
START_SECONDS = 20.0

#: How long a server may take to end when asked to, in seconds.
STOP_SECONDS = 5.0


class FailedError(Exception):
    """A program failed; the text says which, and the end of what it wrote."""


def raise_descriptors() -> None:
    """Let us, and what we start, hold as many sockets as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))


def cores() -> tuple[int | None, int | None, str]:
    """A core for the server, one for the load, and a sentence about them; (None, None, …) where there is one."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        return None, None, "server and load on one core: expect to have measured the load as well"
    return allowed[0], allowed[-1], f"server on core {allowed[0]}, load on core {allowed[-1]}"


def stolen() -> float:
    """Seconds that the host of a virtual machine has given to others while ours had work, on all cores, since boot."""
    cpu = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    return int(cpu[8]) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """What is started inside runs on this core, with all its threads: they inherit it."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def run(command: Sequence[str | Path], *, core: int | None = None, timeout: float = 600.0) -> str:
    """
    Run a program to its end.

    Returns:
        What it wrote to standard output.

    Raises:
        FailedError: when it is not there, fails, or takes longer than ``timeout`` seconds.
    """
    try:
        with on_core(core):
            done = subprocess.run(  # noqa: S603  commands of ours, without a shell
                command, check=False, capture_output=True, text=True, timeout=timeout
            )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FailedError(str(error)) from None
    if done.returncode:
        raise FailedError(f"{command[0]}: exit status {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def free_port() -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A server on a port of 127.0.0.1, started on entering the block and gone when it is left."""

    def __init__(
        self, command: Sequence[str], port: int, environment: Mapping[str, str], core: int | None
    ) -> None:
        self.port = port
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")
        self._log = Path(self._folder.name, "log")
        try:
            with self._log.open("wb") as log, on_core(core):
                self._process = subprocess.Popen(  # noqa: S603  commands of ours, without a shell
                    command,
                    cwd=self._folder.name,
                    env={**_installed(), **environment},
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
        except OSError as error:
            self._folder.cleanup()
            raise FailedError(str(error)) from None

    def __enter__(self) -> Self:
        deadline = time.monotonic() + START_SECONDS
        while not self._accepts():
            if self._process.poll() is not None or time.monotonic() > deadline:
                told = self._told()
                self.__exit__()
                raise FailedError(f"did not start: {told}")
            time.sleep(0.005)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def _accepts(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _told(self) -> str:
        return self._log.read_text(errors="backslashreplace")[-500:].strip()


def _installed() -> dict[str, str]:
    """Give the environment of a server that is installed: its modules are compiled once, not at each start."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
