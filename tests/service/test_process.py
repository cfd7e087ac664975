"""Tests of echo.service.process: what the daemon does to its own process."""

from __future__ import annotations

import gc
import mmap
import os
import resource
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from echo.service.process import (
    EVENTS_AT_ONCE,
    give_up_starting,
    hide_in_command_line,
    memory_used,
    open_descriptors,
    process_figures,
    raise_descriptor_limit,
    serve_few_at_once,
    serve_first,
    settle_memory,
    survive_lacking_memory,
    use_monotonic_clock,
)


def test_timers_run_on_a_clock_that_nobody_can_set() -> None:
    """The reactor asks the monotonic clock for the time."""
    reactor = Clock()

    use_monotonic_clock(reactor)

    assert reactor.seconds is time.monotonic


def test_the_system_says_what_this_process_uses() -> None:
    """CPU time, memory and descriptors are those of this process."""
    before = process_figures(7.0)
    with Path(os.devnull).open("rb"):
        figures = process_figures(7.0)

    assert figures.started_at == 7.0
    assert 0 < before.cpu_seconds <= figures.cpu_seconds
    assert figures.resident_bytes is not None
    assert figures.resident_bytes > 1_000_000
    assert before.descriptors is not None
    assert figures.descriptors == before.descriptors + 1
    assert figures.most_descriptors == resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def test_what_the_system_does_not_say_is_not_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without /proc there is neither memory nor a number of descriptors."""

    def nothing(*_: object) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(os, "scandir", nothing)
    monkeypatch.setattr(Path, "read_bytes", nothing)

    assert (memory_used(), open_descriptors()) == (0, 0)
    figures = process_figures(7.0)
    assert (figures.resident_bytes, figures.descriptors) == (None, None)


@pytest.fixture
def limits() -> Iterator[None]:
    """Put the limit on open files back after a test."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("limits")
def test_the_soft_limit_on_files_becomes_the_hard_one() -> None:
    """As many descriptors as the system grants are ours from the start."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))

    assert raise_descriptor_limit() == hard
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)


def test_a_limit_that_may_not_be_raised_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system refuses, the daemon goes on with what it has."""

    def refuse(*_: object) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refuse)

    assert raise_descriptor_limit() == resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def test_settled_memory_is_not_collected_again() -> None:
    """What there is at the start is exempt from garbage collection."""
    try:
        settle_memory()

        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()


@pytest.mark.parametrize(
    ("content", "stays"),
    [(str(os.getpid()), False), ("1", True), ("nonsense", True)],
    ids=["ours", "another", "none"],
)
def test_only_our_own_pidfile_goes(tmp_path: Path, content: str, stays: bool) -> None:
    """A pid file of another process is not ours to remove."""
    path = tmp_path / "twistd.pid"
    path.write_text(content)

    with pytest.raises(SystemExit, match="echo: no port"):
        give_up_starting({"pidfile": str(path)}, "echo: no port")

    assert path.exists() is stays


HIDING = """
import sys
from pathlib import Path
from echo.service.process import hide_in_command_line
hide_in_command_line("--signature-secret")
print(Path("/proc/self/cmdline").read_text().split("\\0")[3:], sys.argv[1:])
"""


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="there is no /proc on this system")
def test_a_secret_is_taken_out_of_the_command_line() -> None:
    """Others see no letter of it; the process has it all the same, and its other options."""
    given = [
        "--signature-secret",
        "hush",
        "--port",
        "1",
        "--signature-secret=b\xe4h",
        "--signature-secret-file",
        "f",
    ]
    done = subprocess.run(
        [sys.executable, "-c", HIDING, *given], capture_output=True, check=True, encoding="utf-8"
    )
    shown = ["--signature-secret", "xxxx", "--port", "1", "--signature-secret=xxxx", *given[-2:], ""]
    assert done.stdout == f"{shown} {given}\n"


def test_a_system_without_a_way_in_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The daemon starts; that a command line is no place for a secret is told anyhow."""
    monkeypatch.setattr(
        Path, "open", lambda *_, **__: (_ for _ in ()).throw(FileNotFoundError(2, "no /proc"))
    )
    hide_in_command_line("--signature-secret")


@pytest.mark.parametrize("twistd", [{}, {"pidfile": ""}, {"pidfile": "/nonexistent/twistd.pid"}])
def test_without_a_pidfile_the_line_is_all(twistd: dict[str, str]) -> None:
    """No file, nothing to remove."""
    with pytest.raises(SystemExit, match="echo: no port"):
        give_up_starting(twistd, "echo: no port")


def test_the_process_that_waits_in_front_is_told() -> None:
    """In the background twistd's parent gets the line, in as many bytes as it reads, and the end of the pipe."""
    reading, writing = os.pipe()

    with pytest.raises(SystemExit):
        give_up_starting({"statusPipe": writing}, "echo: no port, é" + "x" * 200)

    with os.fdopen(reading, "rb") as told:
        assert told.read() == (rb"1 echo: no port, \xe9" + b"x" * 200)[:100]


def test_the_memory_that_is_used_is_what_the_system_says() -> None:
    """A process with an interpreter in it has some megabytes, and one more block of them is seen."""
    before = memory_used()
    # Not a bytearray: the allocator may have so much left from other tests, which is counted already.
    with mmap.mmap(-1, 32 << 20) as block:
        for page in range(0, len(block), 4096):
            block[page] = 1

        assert before > 4 << 20
        assert memory_used() - before > 16 << 20


def test_a_system_that_does_not_say_uses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without /proc nobody is refused for memory."""
    monkeypatch.setattr(Path, "read_bytes", lambda _: b"")

    assert memory_used() == 0


def test_descriptors_that_are_open_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is one more; where the system does not say there are none."""
    before = open_descriptors()
    with Path(os.devnull).open("rb"):
        assert open_descriptors() == before + 1

    monkeypatch.setattr(os, "scandir", _fail)
    assert open_descriptors() == 0


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="there is no epoll on this system")
def test_newcomers_are_served_few_at_once() -> None:
    """However many are ready, a few are told of, and the others come next."""

    class Reactor:
        """As much of Twisted's as matters here."""

        def __init__(self) -> None:
            self._poller: Any = select.epoll()

    reactor = Reactor()
    serve_few_at_once(reactor)
    poller = reactor._poller
    pipes = [os.pipe() for _ in range(EVENTS_AT_ONCE + 5)]
    for reading, writing in pipes:
        os.write(writing, b"x")
        poller.register(reading, select.EPOLLIN)
    first, second = (poller.poll(0, len(pipes)) for _ in range(2))
    assert len(first) == EVENTS_AT_ONCE
    assert {fd for fd, _ in [*first, *second]} == {reading for reading, _ in pipes}
    poller.close()
    for pipe in pipes:
        for descriptor in pipe:
            os.close(descriptor)


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="there is no epoll on this system")
def test_the_calls_are_told_of_whenever_there_are_more() -> None:
    """Behind however many others the calls are, each few of those are told of along with them; and once, not twice."""
    reactor = SimpleNamespace(_poller=select.epoll())
    serve_few_at_once(reactor)
    poller = reactor._poller
    pipes = [os.pipe() for _ in range(3 * EVENTS_AT_ONCE)]
    calls = pipes[-1][0]
    serve_first(reactor, lambda: calls)
    for reading, writing in pipes:
        os.write(writing, b"x")
        poller.register(reading, select.EPOLLIN)
    told = [[fd for fd, _ in poller.poll(0, len(pipes))] for _ in range(3)]
    assert [(fds[0], fds.count(calls)) for fds in told] == [(calls, 1)] * 3
    for reading, _ in pipes[1:]:
        poller.unregister(reading)
    assert [fd for fd, _ in poller.poll(0, len(pipes))] == [pipes[0][0]]
    poller.close()
    for pipe in pipes:
        for descriptor in pipe:
            os.close(descriptor)


def test_another_reactor_is_left_alone() -> None:
    """Where there is no epoll there is nothing to do."""
    reactor = object()
    serve_few_at_once(reactor)
    serve_first(reactor, lambda: -1)


def _fail(_: object) -> None:
    raise FileNotFoundError


class Loop:
    """A reactor's main loop, without its reactor."""

    def __init__(self) -> None:
        self.passes: list[float] = []

    def runUntilCurrent(self) -> None:
        """Lack memory."""
        raise MemoryError

    def doIteration(self, delay: float) -> None:
        """Pass once, or have a bug."""
        if delay < 0:
            raise ValueError(delay)
        self.passes.append(delay)


def test_where_memory_lacks_only_that_pass_of_the_loop_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anything else that is raised stays what it is, for Twisted to log."""
    monkeypatch.setattr(Failure, "getTraceback", Failure.getTraceback)
    loop: Any = Loop()
    survive_lacking_memory(loop)
    loop.runUntilCurrent()
    loop.doIteration(0.5)
    assert loop.passes == [0.5]
    with pytest.raises(ValueError, match="-1"):
        loop.doIteration(-1)


@pytest.mark.parametrize(
    ("error", "told"), [(MemoryError(), "MemoryError"), (ValueError("odd"), "ValueError: odd")]
)
def test_a_lack_of_memory_is_told_in_a_line(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its traceback would want what is missing; that of anything else is whole."""
    monkeypatch.setattr(Failure, "getTraceback", Failure.getTraceback)
    survive_lacking_memory(object())
    lines = Failure(error).getTraceback().splitlines()
    assert lines[-1].endswith(told)
    assert (len(lines) == 1) is isinstance(error, MemoryError)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at the stack through /proc (Linux)")
def test_the_stack_has_its_size_from_the_start() -> None:
    """Half a megabyte, in a process that has not needed it yet."""
    script = """if True:
        import re
        from pathlib import Path
        from echo.service.process import take_stack
        def size():
            return int(re.search("VmStk:\\s+([0-9]+)", Path("/proc/self/status").read_text())[1])
        before = size()
        take_stack()
        print(size() - before)
    """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True)
    assert int(done.stdout) > 300
