"""A log that nobody takes costs nobody a wait: what the spool keeps, leaves out, and says of it."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from echo.service.spool import Spool, spool_standard_output


class Pipe:
    """A pipe with a spool on it."""

    def __init__(self, most_waiting: int) -> None:
        self.reading, self._writing = os.pipe()
        self.spool = Spool(self._writing, most_waiting)

    def read(self, size: int) -> bytes:
        """Read exactly so much."""
        data = b""
        while len(data) < size:
            data += os.read(self.reading, size - len(data))
        return data


@pytest.fixture
def pipe() -> Pipe:
    """A pipe whose spool keeps 1000 bytes; its ends stay open, since its thread may still write."""
    return Pipe(1000)


def fill(descriptor: int) -> int:
    """Fill a pipe to the brim: with how many bytes."""
    os.set_blocking(descriptor, False)
    filled = 0
    try:
        while True:
            filled += os.write(descriptor, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(descriptor, True)
    return filled


def test_lines_come_in_their_order(pipe: Pipe) -> None:
    """What is written is what comes, surrogates escaped."""
    pipe.spool.write("one\n")
    pipe.spool.write("two \udcff\n")
    pipe.spool.flush()
    pipe.spool.drain()
    assert pipe.read(15) == b"one\ntwo \\udcff\n"


def test_a_pipe_that_nobody_reads_is_not_waited_for(pipe: Pipe) -> None:
    """Writing returns at once; what is too much is left out, and the next line says how much that was."""
    filled = fill(pipe._writing)
    for number in range(20):
        pipe.spool.write(f"{number:099}\n")
    pipe.spool.drain(0)
    assert pipe.read(filled) == b"x" * filled
    assert [int(pipe.read(100)) for _ in range(10)] == list(range(10))
    pipe.spool.drain()
    pipe.spool.write("back\n")
    told = b"10 lines are missing here: the log was not taken in time, or there was no room for it\nback\n"
    assert pipe.read(len(told)) == told


def test_a_descriptor_that_was_made_non_blocking_is_waited_for(pipe: Pipe) -> None:
    """Somebody who shares it may do so; nothing is lost."""
    filled = fill(pipe._writing)
    os.set_blocking(pipe._writing, False)
    pipe.spool.write("late\n")
    assert pipe.read(filled + 5).endswith(b"late\n")


def test_a_full_disk_is_told_of_once_there_is_room() -> None:
    """Lines that could not be written are counted, and those behind them are not."""
    full, reading_writing = os.open("/dev/full", os.O_WRONLY), os.pipe()
    spool = Spool(full)
    spool.write("lost\n")
    spool.write("lost too\n")
    spool.drain()
    os.dup2(reading_writing[1], full)
    spool.write("kept\n")
    spool.drain()
    told = os.read(reading_writing[0], 1000).decode()
    assert told.startswith("2 lines are missing here")
    assert told.endswith("\nkept\n")


def test_the_log_of_a_daemon_in_the_background_is_left_alone() -> None:
    """Where twistd writes to something else, standard output stays what it is."""
    before = sys.stdout
    options: list[dict[str, Any]] = [
        {},
        {"nodaemon": True, "logfile": "a"},
        {"nodaemon": True, "syslog": True},
    ]
    for twistd in options:
        spool_standard_output(twistd)()
        assert sys.stdout is before


def test_standard_output_of_ours_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no stream of the system's (a test's) cannot be written to by its descriptor."""
    monkeypatch.setattr(sys, "stdout", None)
    spool_standard_output({"nodaemon": True})()
    assert sys.stdout is None


def test_standard_output_is_spooled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """twistd, in the foreground and without a file, finds a spool there."""
    with (tmp_path / "log").open("w") as log:
        monkeypatch.setattr(sys, "stdout", log)
        drain = spool_standard_output({"nodaemon": True, "logfile": None})
        spool: Any = sys.stdout
        monkeypatch.undo()
        spool.write("a line\n")
        drain()
    assert (tmp_path / "log").read_text() == "a line\n"


def test_a_thread_that_cannot_start_is_tried_again(monkeypatch: pytest.MonkeyPatch, pipe: Pipe) -> None:
    """Without memory for a thread lines wait for the next one."""

    def fail(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as without:
        without.setattr(threading.Thread, "start", fail)
        pipe.spool.write("one\n")
    pipe.spool.write("two\n")
    assert pipe.read(8) == b"one\ntwo\n"
