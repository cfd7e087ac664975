"""The thread that writes: what waits for it is bounded, and nobody waits."""

from __future__ import annotations

import resource
import threading
from pathlib import Path
from random import Random
from typing import Any

import pytest

from echo.audio.format import AudioFormat
from echo.audio.tracks import HEARD, SENT, Item
from echo.recording.disk import Disk
from echo.recording.take import Plan
from echo.recording.writer import Writer
from tests.recording.disks import BrokenDisk, files, sides

STEM = "20260101T000000Z-call-1-00000000"
SECOND = 16000
#: How long a test waits for a thread before it fails.
PATIENCE = 10


def plan(folder: Path, stem: str = STEM, kind: str = "wav") -> Plan:
    """What is to be recorded, at 8 kHz."""
    return Plan(folder, stem, AudioFormat(8000), 0.0, {}, kind)


def second(at: float) -> list[Item]:
    """A second of audio."""
    return [(at + number / 50, HEARD, b"\1\2" * 160) for number in range(50)]


def nothing() -> None:
    """Do nothing."""


class Stalling(Disk):
    """A disk that does not come back from a write until it is told to."""

    def __init__(self) -> None:
        self.is_stalling = threading.Event()
        self.may_go_on = threading.Event()

    def write(self, fd: int, data: bytes | memoryview, at: int) -> int:
        """Wait, then write."""
        self.is_stalling.set()
        assert self.may_go_on.wait(PATIENCE)
        return super().write(fd, data, at)


def test_a_disk_that_stalls_keeps_nobody_waiting(tmp_path: Path) -> None:
    """While a write does not come back, more is taken up to the bound, then left out; all that was taken is written."""
    disk = Stalling()
    told: list[str] = []
    writer = Writer(disk, most_waiting=3 * SECOND, tell=told.append)
    writer.begin(plan(tmp_path))
    writer.start()
    taken = [writer.add(STEM, 1.0, second(0.0))]
    assert disk.is_stalling.wait(PATIENCE)
    taken += [writer.add(STEM, at + 1.0, second(at)) for at in range(1, 6)]
    assert taken == [True, True, True, False, False, False]
    assert writer.waiting == 3 * SECOND
    over = threading.Event()
    writer.end(STEM, 6.0, {}, nothing)
    writer.stop(over.set)
    disk.may_go_on.set()
    assert over.wait(PATIENCE)
    left, _, _ = sides(tmp_path / f"{STEM}.wav")
    assert left == b"\1\2" * 3 * 8000 + bytes(3 * SECOND)
    assert (told, writer.waiting) == ([], 0)


def test_each_recording_fails_for_itself(tmp_path: Path) -> None:
    """A recording whose folder is gone costs another nothing, and is told of once."""
    told: list[str] = []
    writer = Writer(Disk(), most_waiting=10**9, tell=told.append)
    other = STEM.replace("call-1", "call-2")
    writer.begin(plan(tmp_path / "gone"))
    writer.begin(plan(tmp_path, other))
    for at in range(4):
        writer.add(STEM, at + 1.0, second(at))
        writer.add(other, at + 1.0, second(at))
    for stem in (STEM, other):
        writer.end(stem, 4.0, {}, nothing)
    writer.do_all()
    assert sides(tmp_path / f"{other}.wav")[0] == b"\1\2" * 4 * 8000
    assert told == [
        f"recording {STEM}: beginning failed: No such file or directory; what is missing is silence"
    ]
    assert writer.waiting == 0


def test_a_bug_ends_no_thread(tmp_path: Path) -> None:
    """What fails for a reason that nobody thought of is told as what it is, and the next one is written."""
    told: list[str] = []
    writer = Writer(Disk(), most_waiting=10**9, tell=told.append)
    writer.end("nobody", 1.0, {}, nothing)
    writer.add("nobody", 1.0, second(0.0))
    writer.begin(plan(tmp_path))
    writer.add(STEM, 1.0, second(0.0))
    writer.end(STEM, 1.0, {}, nothing)
    writer.do_all()
    assert told == ["a recording failed: KeyError: 'nobody'"]
    assert files(tmp_path) == ["json", "wav"]
    assert writer.waiting == 0


def test_chores_are_done_at_the_start(tmp_path: Path) -> None:
    """The thread looks after what is there before anything else."""
    done = threading.Event()
    writer = Writer(Disk(), most_waiting=1, tell=print, chores=done.set)
    writer.start()
    assert done.wait(PATIENCE)
    over = threading.Event()
    writer.stop(over.set)
    assert over.wait(PATIENCE)


def test_one_that_never_began_ends_at_once() -> None:
    """A daemon that stops before it runs waits for nothing."""
    over: list[int] = []
    Writer(Disk(), most_waiting=1, tell=print).stop(lambda: over.append(1))
    assert over == [1]


def test_the_end_is_told_when_the_file_has_its_name(tmp_path: Path) -> None:
    """Whoever wants to know finds the file."""
    found: list[list[str]] = []
    writer = Writer(Disk(), most_waiting=10**9, tell=print)
    writer.begin(plan(tmp_path, kind="flac"))
    writer.add(STEM, 1.0, second(0.0))
    writer.end(STEM, 1.0, {}, lambda: found.append(files(tmp_path)))
    writer.do_all()
    writer.tell_of(STEM, {"later": True})
    writer.do_all()
    assert found == [["flac", "json"]]
    assert "later" in (tmp_path / f"{STEM}.json").read_text()


class FailingWrites(Disk):
    """A disk on which FLAC files cannot be made."""

    def create(self, path: Path) -> int:
        """Make any other file."""
        if ".flac" in path.name:
            BrokenDisk("create").create(path)
        return super().create(path)


def test_where_flac_fails_the_wav_file_stays(tmp_path: Path) -> None:
    """A recording is never lost for the sake of its format."""
    told: list[str] = []
    writer = Writer(FailingWrites(), most_waiting=10**9, tell=told.append)
    writer.begin(plan(tmp_path, kind="flac"))
    writer.add(STEM, 1.0, second(0.0))
    writer.end(STEM, 1.0, {}, nothing)
    writer.do_all()
    assert files(tmp_path) == ["json", "wav"]
    assert len(told) == 1


def test_flac_whose_end_has_no_room_leaves_the_wav_file(tmp_path: Path) -> None:
    """The library tells of no error where the last block of a file could not be written."""
    told: list[str] = []
    random = Random(5)
    noise = [
        (number / 50, side, random.randbytes(320)) for number in range(50) for side in (HEARD, SENT)
    ]  # which FLAC makes no smaller

    def record(folder: Path, most: int) -> list[str]:
        folder.mkdir()
        writer = Writer(Disk(), most_waiting=10**9, tell=told.append)
        writer.begin(plan(folder, kind="flac"))
        writer.add(STEM, 1.0, noise)
        writer.end(STEM, 1.0, {}, nothing)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
        try:
            writer.do_all()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        return files(folder)

    assert record(tmp_path / "roomy", 10**6) == ["flac", "json"]
    size = next((tmp_path / "roomy").glob("*.flac")).stat().st_size
    for missing in (1, 50, 200):
        told.clear()
        assert record(tmp_path / str(missing), size - missing) == ["json", "wav"]
        assert len(told) == 1


def test_a_conversion_that_fails_midway_leaves_the_wav_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the disk fills up while FLAC is made, what there was is kept, and nothing half done."""
    told: list[str] = []
    writer = Writer(Disk(), most_waiting=10**9, tell=told.append)

    def full(*_: Any) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("echo.recording.flac.Conversion.step", full)
    writer.begin(plan(tmp_path, kind="flac"))
    writer.add(STEM, 1.0, second(0.0))
    writer.end(STEM, 1.0, {}, nothing)
    writer.do_all()
    assert files(tmp_path) == ["json", "wav"]
    assert "No space left" in told[0]
