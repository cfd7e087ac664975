"""Descriptors and memory run out, and come back."""

from __future__ import annotations

import contextlib
import os
import resource
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.daemon import Daemon
from tests.fire.row import Finding, Row, Terms
from tests.fire.scene import Attackers, under_fire
from tests.integration.conftest import wait_until
from tests.raw_client import RawClient

#: Bytes that the process may still take beside what it has.
_SPARE = 4 * 1024 * 1024

_HEAD = b"POST /events HTTP/1.1\r\nHost: a\r\nContent-Length: 65000\r\n\r\n"


def _answers(daemon: Daemon) -> bool:
    with contextlib.suppress(OSError):
        return daemon.get("/health")[0] == 200
    return False


def _descriptors(seconds: float, daemon: Daemon, _: Attackers) -> Iterator[Finding]:
    """Leave ten descriptors, and come with sixty connections."""
    used = daemon.descriptors()
    no_limit = resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE)
    cpu = daemon.cpu_seconds()
    resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (used + 10, no_limit[1]))
    with contextlib.ExitStack() as crowd:
        for _number in range(60):
            with contextlib.suppress(OSError):
                crowd.enter_context(RawClient(daemon.port))
        threading.Event().wait(seconds)
        yield Finding("descriptors over the limit", daemon.descriptors() - used - 10, 0)
        yield Finding("of its core meanwhile", 100 * (daemon.cpu_seconds() - cpu) / seconds, 60, "%")
    resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, no_limit)
    with contextlib.suppress(TimeoutError):
        wait_until(lambda: _answers(daemon))
    yield Finding("answers not once there are descriptors", not _answers(daemon), 0)


def _run_descriptors(terms: Terms) -> Iterator[Finding]:
    seconds = terms.pick(4.0, 0.5)
    yield from under_fire(terms, seconds + 2, partial(_descriptors, seconds))


def _address_space(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _memory(seconds: float, daemon: Daemon, _: Attackers) -> Iterator[Finding]:
    """Leave 4 MB, and come with bodies of 25 MB together; whom it cannot take is let go, and all others stay."""
    no_limit = resource.prlimit(daemon.pid, resource.RLIMIT_AS)
    resource.prlimit(daemon.pid, resource.RLIMIT_AS, (_address_space(daemon.pid) + _SPARE, no_limit[1]))
    with contextlib.ExitStack() as crowd:
        for _number in range(400):
            with contextlib.suppress(Exception):
                crowd.enter_context(RawClient(daemon.port)).send(_HEAD + bytes(64990))
        threading.Event().wait(seconds)
    resource.prlimit(daemon.pid, resource.RLIMIT_AS, no_limit)
    with contextlib.suppress(TimeoutError):
        wait_until(lambda: _answers(daemon))
    yield Finding("answers not once there is memory", not _answers(daemon), 0)


def _run_memory(terms: Terms) -> Iterator[Finding]:
    seconds = terms.pick(3.0, 0.5)
    # Each that memory was missing for is an exception in the log, as it should be.
    found = under_fire(terms, seconds + 3, partial(_memory, seconds), most_kept=None)
    for finding in found:
        is_allowed = finding.what == "exceptions in the log"
        yield Finding(finding.what, finding.value) if is_allowed else finding


ROWS = (
    Row("descriptors", "no descriptors are left (EMFILE)", _run_descriptors),
    Row("memory", "no memory is left (RLIMIT_AS)", _run_memory),
)
