"""What becomes of recordings: mended, removed, held back."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from pathlib import Path

import pytest

from echo.audio.wav import HEADER_BYTES, wav_header
from echo.recording.disk import Disk
from echo.recording.keeping import SWEEP, Keeper, Rules
from tests.recording.disks import BrokenDisk, SmallDisk, sides

NOW = 1_800_000_000.0
DAY = 86_400
STEM = "20260101T000000Z-call-1-0000000"


class Kept:
    """A folder that is looked after, with a clock that can be moved."""

    def __init__(self, folder: Path, rules: Rules = Rules(), disk: Disk | None = None) -> None:  # noqa: B008  frozen
        self.folder = folder
        self.now = 0.0
        self.told: list[str] = []
        self.keeper = Keeper(
            folder,
            disk or Disk(),
            rules,
            clock=lambda: self.now,
            wall_clock=lambda: NOW,
            tell=self.told.append,
        )

    def put(self, name: str, data: bytes = b"x", age: float = 0.0) -> Path:
        """Put a file there that was changed so many seconds ago."""
        path = self.folder / name
        path.write_bytes(data)
        os.utime(path, (NOW - age, NOW - age))
        return path

    @property
    def names(self) -> set[str]:
        """What is there."""
        return {path.name for path in self.folder.iterdir()}


@pytest.mark.parametrize("torn", [0, 1, 3])
@pytest.mark.parametrize("promised", [0, 400, 4000])
def test_what_a_killed_daemon_left_is_mended(tmp_path: Path, torn: int, promised: int) -> None:
    """All that stands in the file is there again, whatever the header says, and up to the last whole sample."""
    kept = Kept(tmp_path)
    kept.put(f"{STEM}1.wav.part", wav_header(8000, 2, promised) + b"\1\0\2\0" * 800 + bytes(torn))
    kept.put(f"{STEM}1.json.part", b'{"call": {"number": 1}, "state": "recording"}')
    kept.keeper.mend()
    assert kept.names == {f"{STEM}1.wav", f"{STEM}1.json"}
    assert sides(tmp_path / f"{STEM}1.wav") == (b"\1\0" * 800, b"\2\0" * 800, 8000)
    told = json.loads((tmp_path / f"{STEM}1.json").read_bytes())
    assert told["call"] == {"number": 1}
    assert (told["state"], told["seconds"], told["file"]) == ("interrupted", 0.1, f"{STEM}1.wav")
    assert len(kept.told) == 1


def test_a_recording_that_is_on_is_left_alone(tmp_path: Path) -> None:
    """A file that another daemon holds is still being written."""
    kept = Kept(tmp_path)
    path = kept.put(f"{STEM}1.wav.part", wav_header(8000, 2, 0) + bytes(400))
    with path.open("rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        kept.keeper.mend()
        assert kept.names == {path.name}
    kept.keeper.mend()
    assert f"{STEM}1.wav" in kept.names


def test_a_description_that_was_cut_is_written_anew(tmp_path: Path) -> None:
    """A half-written description costs what it said, and not the audio."""
    kept = Kept(tmp_path)
    kept.put(f"{STEM}1.wav.part", wav_header(8000, 2, 0) + bytes(4000))
    kept.put(f"{STEM}1.json.part", b'{"call": ')
    kept.put(f"{STEM}1.flac.part", b"fLaC")
    kept.keeper.mend()
    assert kept.names == {f"{STEM}1.wav", f"{STEM}1.json"}
    assert json.loads((tmp_path / f"{STEM}1.json").read_bytes())["seconds"] == 0.125


def test_one_that_was_described_already_keeps_that(tmp_path: Path) -> None:
    """A daemon that was killed between its last two steps loses nothing."""
    kept = Kept(tmp_path)
    kept.put(f"{STEM}1.wav.part", wav_header(8000, 2, 0) + bytes(4000))
    kept.put(f"{STEM}1.json", b'{"state": "complete", "texts": [1]}')
    kept.keeper.mend()
    told = json.loads((tmp_path / f"{STEM}1.json").read_bytes())
    assert (told["state"], told["texts"]) == ("complete", [1])


@pytest.mark.parametrize("data", [b"", b"RIFF", bytes(HEADER_BYTES - 1)])
def test_an_empty_file_goes_once_it_is_not_just_being_made(tmp_path: Path, data: bytes) -> None:
    """A file without a header holds nothing; a new one may get it in a moment."""
    kept = Kept(tmp_path)
    kept.put(f"{STEM}1.wav.part", data, age=0)
    kept.put(f"{STEM}2.wav.part", data, age=60)
    kept.keeper.mend()
    assert kept.names == {f"{STEM}1.wav.part"}


def test_what_is_not_ours_is_never_touched(tmp_path: Path) -> None:
    """Other files stay, however old or large, and whatever they look like."""
    kept = Kept(tmp_path, Rules(days=1, most=1))
    names = {"notes.wav", "x.wav.part", f"{STEM}1.wav.txt", f"a-{STEM}1.wav", f"{STEM}1.mp3", f"{STEM}1.part"}
    for name in names:
        kept.put(name, b"x" * 100_000, age=100 * DAY)
    kept.keeper.mend()
    kept.keeper.sweep()
    assert kept.names == names


def test_what_only_looks_like_ours_is_not_touched_either(tmp_path: Path) -> None:
    """A folder, a link or a pipe by the name of a recording: neither followed, nor removed, nor waited for."""
    kept = Kept(tmp_path, Rules(days=1, most=1))
    elsewhere = kept.put("notes.wav", wav_header(8000, 2, 0) + bytes(400), age=100 * DAY)
    (tmp_path / f"{STEM}1.wav").mkdir()
    (tmp_path / f"{STEM}2.wav").symlink_to(elsewhere)
    (tmp_path / f"{STEM}3.wav.part").symlink_to(elsewhere)
    os.mkfifo(tmp_path / f"{STEM}4.wav.part")
    before = kept.names
    kept.keeper.chores()
    assert (kept.names, kept.told) == (before, [])


@pytest.mark.parametrize("kind", ["pipe", "link", "nested", "list"])
def test_a_description_that_is_none_is_not_read(tmp_path: Path, kind: str) -> None:
    """The recording is mended, and described anew."""
    kept = Kept(tmp_path)
    kept.put(f"{STEM}1.wav.part", wav_header(8000, 2, 0) + bytes(4000))
    path = tmp_path / f"{STEM}1.json.part"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to(kept.put("other.json", b'{"call": 1}'))
    else:
        path.write_bytes(b"[" * 100_000 if kind == "nested" else b"[]")
    kept.keeper.mend()
    told = json.loads((tmp_path / f"{STEM}1.json").read_bytes())
    assert set(told) == {"version", "state", "file", "seconds"}


def test_old_ones_go(tmp_path: Path) -> None:
    """After so many days a recording is removed with its description."""
    kept = Kept(tmp_path, Rules(days=7))
    for number, age in ((1, 8 * DAY), (2, 6 * DAY)):
        for kind in ("wav", "json"):
            kept.put(f"{STEM}{number}.{kind}", age=age)
    kept.keeper.sweep()
    assert kept.names == {f"{STEM}2.wav", f"{STEM}2.json"}


def test_the_oldest_go_when_there_is_too_much(tmp_path: Path) -> None:
    """Beyond the size that all may take together, those of the earliest dates are removed."""
    kept = Kept(tmp_path, Rules(most=350_000))
    for day in (3, 1, 2, 4):
        kept.put(f"2026010{day}T000000Z-call-1-00000000.flac", b"x" * 100_000)
    kept.put("20260105T000000Z-call-1-00000000.wav.part", b"x" * 100_000)
    kept.keeper.sweep()
    assert {name[:8] for name in kept.names} == {"20260103", "20260104", "20260105"}
    assert kept.keeper.may_write()


def test_where_those_that_are_on_are_too_much_nothing_more_is_written(tmp_path: Path) -> None:
    """What nobody may remove counts too: then recording pauses, and says so."""
    kept = Kept(tmp_path, Rules(most=50_000))
    kept.put(f"{STEM}1.wav.part", b"x" * 100_000)
    kept.keeper.sweep()
    assert not kept.keeper.may_write()
    assert kept.told == ["nothing is recorded: record_max_mb is reached"]


def test_room_for_others_is_left_free(tmp_path: Path) -> None:
    """Below the floor nothing is written; it is looked at once a second, and told when it changes."""
    disk = SmallDisk(5_000_000)
    kept = Kept(tmp_path, Rules(free=5_000_000), disk)
    assert kept.keeper.may_write()
    disk.room = 4_999_999
    assert kept.keeper.may_write()
    kept.now = 1.0
    assert not kept.keeper.may_write()
    kept.now = 2.0
    disk.room = 10_000_000
    assert kept.keeper.may_write()
    assert kept.told == ["nothing is recorded: 4 MB are free", "recordings go on: 10 MB are free"]


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    """Also where nothing has to be left free; recordings go on once it is there again."""
    folder = tmp_path / "gone"
    kept = Kept(folder)
    assert not kept.keeper.may_write()
    folder.mkdir()
    kept.now = 1.0
    assert kept.keeper.may_write()
    assert kept.told[0] == f"nothing is recorded: {folder}: No such file or directory"
    assert kept.told[1].startswith("recordings go on: ")


def test_chores_are_done_each_ten_seconds(tmp_path: Path) -> None:
    """The folder is looked through at the start, and then not more often than needed."""
    kept = Kept(tmp_path, Rules(days=1))
    old = f"{STEM}1.wav"
    for moment, is_removed in ((0.0, True), (SWEEP / 2, False), (SWEEP, True)):
        kept.put(old, age=2 * DAY)
        kept.now = moment
        kept.keeper.chores()
        assert (old not in kept.names) == is_removed


class Foreign(Disk):
    """A disk where one file is somebody else's."""

    def remove(self, path: Path) -> None:
        """Remove any other."""
        if "0101T" in path.name:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        super().remove(path)


def test_one_that_cannot_be_removed_keeps_no_other(tmp_path: Path) -> None:
    """Those after it go in its stead, by age as by size, and the log tells of it once."""
    for rules in (Rules(days=1), Rules(most=150_000)):
        kept = Kept(tmp_path, rules, Foreign())
        for day in (1, 2, 3):
            age = 0 if rules.most or day == 3 else 2 * DAY
            kept.put(f"2026010{day}T000000Z-call-1-00000000.wav", b"x" * 50_000 * day, age=age)
        kept.keeper.sweep()
        kept.keeper.sweep()
        left = {"20260101", "20260103"} if rules.days else {"20260101"}
        assert {name[:8] for name in kept.names} == left
        assert kept.told == ["recordings cannot be removed: Operation not permitted"]


@pytest.mark.parametrize("verb", ["files", "remove", "take_over", "free", "write", "rename"])
def test_a_disk_that_fails_is_told_of(tmp_path: Path, verb: str) -> None:
    """No failure goes further than the log."""
    kept = Kept(tmp_path, Rules(days=1, free=1), BrokenDisk(verb))
    kept.put(f"{STEM}1.wav", age=2 * DAY)
    kept.put(f"{STEM}2.wav.part", wav_header(8000, 2, 0) + bytes(400))
    kept.keeper.chores()
    kept.keeper.may_write()
    assert kept.told
    before = list(kept.told)
    kept.now = SWEEP
    kept.keeper.chores()
    assert kept.told == before
