"""Recordings of a real daemon: whole, complete in time, and no burden to the calls, whatever the disk does."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.daemon import Daemon
from tests.frames import BINARY, connected_message
from tests.integration.conftest import wait_until
from tests.killing import SAMPLES, frame, moments, numbers, talk
from tests.raw_client import RawClient
from tests.recording.disks import files

CALLS = 10

#: What a disk does that is full or slow, as the daemon loads it before anything else. The flag is set by a test.
STAND_IN = """
import os, time
from echo.recording.disk import Disk
write = Disk.write
def stand_in(disk, fd, data, at):
    flag = os.environ["FLAG"]
    if os.path.exists(flag):
        with open(flag) as file:
            what = file.read()
        if what == "full":
            raise OSError(28, os.strerror(28))
        os.unlink(flag)
        time.sleep(3)
        with open(flag + "-over", "w"):
            pass
    return write(disk, fd, data, at)
Disk.write = stand_in
"""


@contextlib.contextmanager
def calls(daemon: Daemon, number: int = CALLS) -> Iterator[list[RawClient]]:
    """So many callers on the line."""
    with contextlib.ExitStack() as stack:
        callers = [stack.enter_context(RawClient(daemon.port)) for _ in range(number)]
        for caller in callers:
            assert caller.upgrade().status == 101
            caller.send_text(connected_message())
        yield callers


def all_came_back(callers: list[RawClient], seconds: float) -> int:
    """Talk so long; see that every frame comes back to everybody, and tell how many there were."""
    said = talk(callers, time.monotonic() + seconds, is_kept=True)
    for caller in callers:
        for number in range(1, len(said.at) + 1):
            came = caller.read_frame()
            assert (came.opcode, came.payload) == (BINARY, frame(number))
    return len(said.at)


def recorded(folder: Path, kind: str = "wav") -> list[Path]:
    """The recordings that are finished."""
    return sorted(folder.glob(f"*.{kind}"))


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_a_call_is_recorded_and_complete_within_three_seconds(tmp_path: Path, kind: str) -> None:
    """Soon after the end there is the file, with all that was heard and said, for our eyes only."""
    folder = tmp_path / "recordings"
    with Daemon("--record", str(folder), "--record-format", kind) as daemon:
        with calls(daemon) as callers:
            count = all_came_back(callers, 1.5)
        wait_until(lambda: len(recorded(folder, kind)) == CALLS, 3.0)
        said = [number for number in range(1, count + 1) for _ in range(SAMPLES)]
        for path in recorded(folder, kind):
            assert numbers(path) == (said, said)
            told = json.loads(path.with_suffix(".json").read_bytes())
            assert told["call"]["frames_in"] == count
        assert "calls are recorded" in daemon.log
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_daemon_that_stops_finishes_its_recordings(tmp_path: Path) -> None:
    """SIGTERM in the midst of calls leaves nothing unfinished."""
    with Daemon("--record", str(tmp_path)) as daemon, calls(daemon) as callers:
        all_came_back(callers, 0.7)
        assert daemon.stop() == 0
        assert set(files(tmp_path)) == {"json", "wav"}
        assert len(recorded(tmp_path)) == CALLS


def test_one_that_is_killed_loses_two_seconds_at_most() -> None:
    """Ten times, at any moment: every file opens elsewhere, and the next daemon finishes it."""
    assert len(list(moments(10, 6, seed=11, longest=3.0))) == 10


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB, nearly full."""
    libc = ctypes.CDLL(None, use_errno=True)
    folder = tmp_path / "small"
    folder.mkdir()
    if libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, b"size=8m"):
        pytest.skip(f"no file system can be mounted here: {os.strerror(ctypes.get_errno())}")
    try:
        (folder / "fill").write_bytes(bytes(7_500_000))
        yield folder
    finally:
        libc.umount2(str(folder).encode(), 2)


def test_a_full_disk_costs_no_frame(small_disk: Path) -> None:
    """8 MB are full in no time: all calls go on, and the log says what the recordings lack."""
    with Daemon("--record", str(small_disk), "--record-free-mb", "0") as daemon:
        with calls(daemon) as callers:
            count = all_came_back(callers, 3.0)
        daemon.wait_for_log("No space left on device")
        wait_until(lambda: len(recorded(small_disk)) > 0, 3.0)
        said = [number for number in range(1, count + 1) for _ in range(SAMPLES)]
        for path in recorded(small_disk):
            left, _ = numbers(path)
            assert left[: SAMPLES * 10] == said[: SAMPLES * 10] or len(left) < SAMPLES * 10


@contextlib.contextmanager
def on_stand_in(tmp_path: Path, *options: str) -> Iterator[tuple[Daemon, Path]]:
    """A daemon on a disk that can be made full or slow by the flag, which is told along with it."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(STAND_IN)
    flag = tmp_path / "flag"
    folder = str(tmp_path / "recordings")
    with Daemon(
        "--record", folder, *options, path=f"{site}{os.pathsep}{ROOT}", environment={"FLAG": str(flag)}
    ) as daemon:
        yield daemon, flag


def test_a_disk_that_stalls_costs_no_frame(tmp_path: Path) -> None:
    """While a write does not come back for three seconds, calls go on, and then all of them is written."""
    with on_stand_in(tmp_path) as (daemon, flag):
        with calls(daemon) as callers:
            flag.write_text("slow")
            count = all_came_back(callers, 4.0)
            assert Path(f"{flag}-over").exists()
        folder = tmp_path / "recordings"
        wait_until(lambda: len(recorded(folder)) == CALLS, 3.0)
        said = [number for number in range(1, count + 1) for _ in range(SAMPLES)]
        assert all(numbers(path) == (said, said) for path in recorded(folder))


def test_a_disk_that_is_full_for_a_while_costs_no_frame(tmp_path: Path) -> None:
    """What is said meanwhile is silence in the files, and counted beside them."""
    with on_stand_in(tmp_path) as (daemon, flag):
        with calls(daemon) as callers:
            all_came_back(callers, 1.0)
            flag.write_text("full")
            all_came_back(callers, 1.0)
            flag.unlink()
            all_came_back(callers, 1.0)
        folder = tmp_path / "recordings"
        wait_until(lambda: len(recorded(folder)) == CALLS, 3.0)
        for path in recorded(folder):
            told = json.loads(path.with_suffix(".json").read_bytes())
            assert told["left_out"]["disk_seconds"] > 0.4
            assert told["seconds"] > 2.9
        assert daemon.log.count("what is missing is silence") == CALLS


def test_a_folder_that_cannot_be_is_told_at_the_start(tmp_path: Path) -> None:
    """A wrong place ends the daemon with one line, before there are calls."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Exception, match=r"--record: .* cannot be written to: ") as told:
        Daemon("--record", str(tmp_path / "file" / "x")).__enter__()
    assert "Traceback" not in str(told.value)
