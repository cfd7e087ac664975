"""The log has nowhere to go: the disk is full, or whoever takes the lines takes none for a while."""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Iterator
from contextlib import suppress

from tests.attacks import FIRST
from tests.daemon import Daemon
from tests.fire.innocents import MOST_P99, Innocents, judge
from tests.fire.row import Finding, Row, Terms
from tests.fire.scene import Attackers, State, daemon_of, settled, under_fire
from tests.frames import TEXT, encode_frame
from tests.integration.conftest import wait_until
from tests.raw_client import RawClient

#: A text message whose line is as long as a line becomes.
_LONG = encode_frame(TEXT, b'{"note":"' + b"x" * 1500 + b'"}')

#: Lines that are written meanwhile; a pipe of Linux holds some 60 of them.
_LINES = 300

MISSING = "lines are missing here"


def _talk(daemon: Daemon) -> None:
    """Let one call say more than a pipe holds, and be answered behind it."""
    with RawClient(daemon.port) as call:
        call.upgrade()
        call.send(FIRST + _LONG * _LINES)
        call.send_frame(2, b"heard")
        with suppress(TimeoutError):
            call.read_frame(timeout=2)


def _limited(daemon: Daemon, _: Attackers) -> Iterator[Finding]:
    """Let the file of the log grow by 4 kB more, and no further; then lift that."""
    size = (daemon.folder / "log").stat().st_size
    no_limit = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (size + 4096, no_limit[1]))
    _talk(daemon)
    threading.Event().wait(0.2)
    grown = (daemon.folder / "log").stat().st_size - size
    yield Finding("the log grew by", grown, 4096, "bytes")
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, no_limit)
    with RawClient(daemon.port) as call:
        call.upgrade()
        who = f"from 127.0.0.1:{call.local_port}"
        with suppress(TimeoutError):
            daemon.wait_for_log(f" {who}\n")
    yield Finding("it goes on not", who not in daemon.log, 0)
    yield Finding("it says not what is missing", MISSING not in daemon.log, 0)


def _run_limited(terms: Terms) -> Iterator[Finding]:
    yield from under_fire(terms, terms.pick(6, 1.5), _limited)


def _run_full(terms: Terms) -> Iterator[Finding]:
    """A full disk from the start to the end."""
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        with daemon_of(terms, log_to=full) as daemon:
            before = State.of(daemon)
            with Innocents(daemon, terms.pick(5, 1), terms) as innocents:
                _talk(daemon)
                sample = innocents.seen()
            yield from judge(sample, most_p99=None if terms.is_short else MOST_P99)
            yield from settled(daemon, before)
            yield Finding("exit status", abs(daemon.stop()), 0)
    finally:
        os.close(full)


class Pipe:
    """A log that is read only when asked to be."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        self._read = bytearray()

    def read_until(self, text: str, timeout: float = 5.0) -> bool:
        """Read whatever comes until the text is there."""
        os.set_blocking(self.reading, False)

        def has_come() -> bool:
            with suppress(BlockingIOError):
                while data := os.read(self.reading, 65536):
                    self._read += data
            return text.encode() in self._read

        with suppress(TimeoutError):
            wait_until(has_come, timeout)
        return has_come()

    def close(self) -> None:
        """Close both ends."""
        os.close(self.reading)
        os.close(self.writing)


def _run_slow(terms: Terms) -> Iterator[Finding]:
    pipe = Pipe()
    try:
        with daemon_of(terms, log_to=pipe.writing) as daemon:
            before = State.of(daemon)
            with Innocents(daemon, terms.pick(5, 1.5), terms) as innocents:
                _talk(daemon)
                sample = innocents.seen()
            yield from judge(sample, most_p99=None if terms.is_short else MOST_P99)
            with RawClient(daemon.port) as call:
                call.upgrade()
                came = pipe.read_until(f"from 127.0.0.1:{call.local_port}\n")
            yield Finding("the log comes not once it is read", not came, 0)
            yield from settled(daemon, before)
            yield Finding("exit status", abs(daemon.stop()), 0)
    finally:
        pipe.close()


def _run_never_read(terms: Terms) -> Iterator[Finding]:
    """The end of the process does not wait for a log that nobody takes."""
    pipe = Pipe()
    try:
        with daemon_of(terms, log_to=pipe.writing) as daemon:
            _talk(daemon)
            wait_until(lambda: int(daemon.health()["calls_now"]) == 0)
            with suppress(TimeoutError):
                daemon.stop(5)
            yield Finding("exit status", 99 if daemon.exit_status is None else abs(daemon.exit_status), 0)
    finally:
        pipe.close()


ROWS = (
    Row("disk-full", "the disk of the log is full, and then no more", _run_limited),
    Row("disk-full-always", "the disk of the log is full from the start", _run_full),
    Row("disk-slow", "whoever takes the log takes none of it for seconds", _run_slow),
    Row("disk-stuck", "and none of it to the end", _run_never_read),
)
