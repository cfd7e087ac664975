"""One recording on the disk, from the first frame to its name."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from echo.audio.format import AudioFormat
from echo.audio.tracks import HEARD, SENT, Item
from echo.recording.disk import Disk
from echo.recording.take import Plan, Take
from tests.recording.disks import BrokenDisk, SmallDisk, files, sides

RATE = 8000


def frame(number: int) -> bytes:
    """20 ms that are not silent, and equal no other within a while."""
    return bytes((1 + number % 255, 7)) * 160


class Taken:
    """A recording that is fed in steps of half a second."""

    def __init__(self, folder: Path, disk: Disk | None = None, kind: str = "wav") -> None:
        self.problems: list[str] = []
        plan = Plan(folder, "20260101T000000Z-call-1-00000000", AudioFormat(RATE), 0.0, {"a": 1}, kind)
        self.take = Take(plan, disk or Disk(), lambda what, _: self.problems.append(what))
        self.number = 0

    def go_on(self, half_seconds: int, *, may_write: bool = True) -> None:
        """Let frames be heard and echoed."""
        for _ in range(half_seconds):
            items: list[Item] = []
            for _ in range(25):
                now = self.number / 50
                items += [(now, HEARD, frame(self.number)), (now, SENT, frame(self.number))]
                self.number += 1
            self.take.add(self.number / 50, items, may_write=may_write)

    def end(self) -> None:
        """Let the call end."""
        self.take.end(self.number / 50, {"b": 2})
        self.take.finish()

    @property
    def audio(self) -> bytes:
        """What each side should be."""
        return b"".join(frame(number) for number in range(self.number))


def test_the_file_is_what_was_heard_and_sent(tmp_path: Path) -> None:
    """Another library reads sample for sample what was recorded."""
    taken = Taken(tmp_path)
    taken.go_on(7)
    taken.end()
    assert files(tmp_path) == ["json", "wav"]
    assert sides(taken.take.plan.path("wav")) == (taken.audio, taken.audio, RATE)
    assert taken.problems == []


def test_the_description_says_how_long_it_is(tmp_path: Path) -> None:
    """What is known of the call at its end stands beside the audio."""
    taken = Taken(tmp_path)
    taken.go_on(4)
    taken.end()
    told = json.loads(taken.take.plan.path("json").read_bytes())
    assert told == {
        "b": 2,
        "file": "20260101T000000Z-call-1-00000000.wav",
        "seconds": 2.0,
        "left_out": {"disk_seconds": 0.0, "ahead_seconds": 0.0},
    }


def test_the_file_is_valid_while_the_call_is_on(tmp_path: Path) -> None:
    """At any moment another library opens it, and at most a second is missing."""
    taken = Taken(tmp_path)
    for _ in range(6):
        taken.go_on(1)
        left, right, _ = sides(taken.take.plan.path("wav.part"))
        assert left == right
        assert taken.audio.startswith(left)
        assert len(taken.audio) - len(left) <= 2 * RATE
    assert json.loads(taken.take.plan.path("json.part").read_bytes()) == {"a": 1}


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    """Files are ours alone."""
    taken = Taken(tmp_path)
    taken.go_on(2)
    taken.end()
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_what_does_not_fit_is_silence_and_counted(tmp_path: Path) -> None:
    """A disk that is full for a while leaves a gap; what follows is in its place."""
    disk = SmallDisk(3 * RATE * 4)
    taken = Taken(tmp_path, disk)
    taken.go_on(12)
    assert disk.room == 0
    disk.room = 10**9
    taken.go_on(6)
    taken.end()
    left, right, _ = sides(taken.take.plan.path("wav"))
    for side in (left, right):
        assert len(side) == len(taken.audio)
        assert side[: 4 * RATE] == taken.audio[: 4 * RATE]
        assert side[-2 * RATE * 3 :] == taken.audio[-2 * RATE * 3 :]
    assert 1 < taken.take.seconds_lost < 6
    assert "writing" in taken.problems


def test_a_disk_that_is_full_from_the_beginning_costs_nothing_else(tmp_path: Path) -> None:
    """Where no file can be made there is none, and nothing raises."""
    taken = Taken(tmp_path, SmallDisk(0))
    taken.go_on(4)
    taken.end()
    assert taken.problems


def test_no_file_is_left_where_none_could_be_opened(tmp_path: Path) -> None:
    """A disk that opens nothing holds nothing; all of the audio is counted as lost."""
    taken = Taken(tmp_path, BrokenDisk("create"))
    taken.go_on(4)
    taken.end()
    assert list(tmp_path.iterdir()) == []
    assert taken.take.seconds_lost == pytest.approx(2.0)


def test_a_file_is_tried_again(tmp_path: Path) -> None:
    """A disk that recovers gets the rest of the call, in its place."""
    disk = BrokenDisk("create")
    taken = Taken(tmp_path, disk)
    taken.go_on(4)
    del disk.create  # the class's own is there again
    taken.go_on(4)
    taken.end()
    left, _, _ = sides(taken.take.plan.path("wav"))
    assert len(left) == len(taken.audio)
    assert left[-2 * RATE :] == taken.audio[-2 * RATE :]
    assert left[:RATE] == bytes(RATE)


def test_below_the_floor_nothing_is_written(tmp_path: Path) -> None:
    """Where the disk is to be left to others, the time is silent."""
    taken = Taken(tmp_path)
    taken.go_on(4)
    size = taken.take.plan.path("wav.part").stat().st_size
    taken.go_on(4, may_write=False)
    assert taken.take.plan.path("wav.part").stat().st_size == size
    taken.go_on(2)
    taken.end()
    left, _, _ = sides(taken.take.plan.path("wav"))
    assert len(left) == len(taken.audio)
    assert taken.take.seconds_lost == pytest.approx(2.0)


@pytest.mark.parametrize("verb", ["write", "resize", "rename", "remove", "close", "put"])
def test_no_failure_of_the_disk_goes_further(tmp_path: Path, verb: str) -> None:
    """Whatever the disk does not do is told, and nothing is raised."""
    taken = Taken(tmp_path, BrokenDisk(verb))
    taken.go_on(1)
    taken.take.add(9.0, [])
    taken.end()
    assert taken.problems


def test_the_description_may_be_written_again(tmp_path: Path) -> None:
    """What the provider tells after the end of the socket is added."""
    taken = Taken(tmp_path)
    taken.go_on(2)
    taken.end()
    taken.take.tell({"b": 3})
    assert json.loads(taken.take.plan.path("json").read_bytes())["b"] == 3


def test_flac_holds_the_same(tmp_path: Path) -> None:
    """A FLAC file is sample for sample the WAV file that it was made of, and takes its place."""
    taken = Taken(tmp_path, kind="flac")
    taken.go_on(130)
    taken.take.end(taken.number / 50, {})
    conversion = taken.take.conversion()
    assert conversion is not None
    steps = 1
    while conversion.step():
        steps += 1
    taken.take.finish("flac")
    assert steps == 4
    assert files(tmp_path) == ["flac", "json"]
    assert sides(taken.take.plan.path("flac")) == (taken.audio, taken.audio, RATE)
