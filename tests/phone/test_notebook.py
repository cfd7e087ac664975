"""Tests of echo.phone.notebook: what of a call is written down, and where."""

from __future__ import annotations

import errno
import os
import wave
from pathlib import Path
from typing import Any

import pytest

from echo.audio.format import AudioFormat
from echo.audio.level import FLOOR_DBFS
from echo.audio.signal import Tone
from echo.errors import PhoneError
from echo.phone import recording
from echo.phone.line.call import MediaCall
from echo.phone.listening.far_end import DOCUMENTED
from echo.phone.listening.hearing import Hearing
from echo.phone.notebook import Notebook, files_can_be_written, numbered
from echo.phone.order import CallOrder
from echo.phone.show.live import Nobody, Snapshot
from echo.phone.trace.reading import read_trace
from echo.phone.verdict.facts import Ended

AUDIO = AudioFormat(8000)
TONE = Tone(AUDIO, 440, -12)
LOUD = TONE.frame(0) or b""


class Ear:
    """A caller that remembers."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.read: list[str] = []
        self.acted: list[float] = []

    def speech(self, audio: AudioFormat) -> Any:
        """Say nothing."""
        raise NotImplementedError

    def hears(self, frame: bytes) -> None:
        """Keep it."""
        self.heard.append(frame)

    def reads(self, text: str) -> None:
        """Keep it."""
        self.read.append(text)

    def acts(self, at: float, call: MediaCall) -> None:
        """Keep it."""
        self.acted.append(at)


class Onlooker(Nobody):
    """A watcher that remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Snapshot] = []

    def tick(self, snapshot: Snapshot) -> None:
        """Keep it."""
        self.shown.append(snapshot)


class Standing:
    """As much of a call as is looked at."""

    def __init__(self) -> None:
        self.hearing = Hearing(AUDIO, DOCUMENTED, 0.0)
        self.last_said = b""
        self.frames_out = 7
        self.finished = False


def notebook(order: CallOrder, **more: Any) -> Notebook:
    """Notes that nobody looks at."""
    return Notebook(order, AUDIO, more.pop("watcher", Nobody()), more.pop("caller", Ear()), 5.0, **more)


def order(folder: Path) -> CallOrder:
    """An order that asks for every file."""
    return CallOrder("ws://x.example/", record=str(folder / "heard.wav"), trace=str(folder / "call.jsonl"))


def frames_in(path: Path) -> int:
    """How many frames of 20 ms a WAV file has."""
    with wave.open(str(path)) as file:
        frames: int = file.getnframes() // 160
        return frames


def test_everything_is_written_down(tmp_path: Path) -> None:
    """The recording has both sides, the trace every message, with the end as its last line."""
    notes = notebook(order(tmp_path))
    for number in range(3):
        notes.said(number / 50, LOUD)
        notes.played(LOUD)
        notes.played(bytes(320))
    notes.passed(0.0, "said", "{}")
    notes.passed(0.02, "heard", b"1234", 2)
    notes.ended(Ended("application", 1000, "bye", 2.5))

    assert notes.close() == []
    assert (frames_in(tmp_path / "said.wav"), frames_in(tmp_path / "heard.wav")) == (3, 6)
    entries = [*read_trace(tmp_path / "call.jsonl").entries]
    assert [(entry.at, entry.way, entry.kind, entry.payload, entry.pieces) for entry in entries] == [
        (0.0, "said", "text", "{}", 1),
        (0.02, "heard", "audio", b"1234", 2),
        (2.5, "event", "close", {"by": "application", "code": 1000, "reason": "bye"}, 1),
    ]


def test_without_an_order_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes of a call that is neither recorded nor traced leave no file."""
    monkeypatch.chdir(tmp_path)
    notes = notebook(CallOrder("ws://x.example/"))
    notes.said(0.0, bytes(320))
    notes.played(bytes(320))
    notes.passed(0.0, "said", "{}")
    notes.ended(Ended("caller", None, "", 1.0))

    assert notes.close() == []
    assert list(tmp_path.iterdir()) == []


def test_the_caller_hears_reads_and_acts() -> None:
    """The caller gets each frame that is played and each text of the application, and is asked at each step."""
    ear = Ear()
    notes = notebook(CallOrder("ws://x.example/"), caller=ear)
    notes.played(b"frame")
    notes.passed(0.1, "heard", "a text")
    notes.passed(0.1, "heard", b"audio")
    notes.passed(0.1, "said", "ours")
    notes.ticked(0.2, Standing())  # type: ignore[arg-type]  # a double of a call

    assert (ear.heard, ear.read, ear.acted) == ([b"frame"], ["a text"], [0.2])


def test_the_live_line_is_told_ten_times_a_second() -> None:
    """Of fifty steps ten are shown, with the levels of what was last said and heard."""
    onlooker, call = Onlooker(), Standing()
    notes = notebook(CallOrder("ws://x.example/"), watcher=onlooker)
    notes.ticked(0.0, call)  # type: ignore[arg-type]  # a double of a call
    call.last_said = LOUD
    notes.played(LOUD)
    for number in range(1, 50):
        notes.ticked(number / 50, call)  # type: ignore[arg-type]  # as above

    assert [round(each.elapsed, 3) for each in onlooker.shown] == [number / 10 for number in range(10)]
    first, *_, last = onlooker.shown
    assert (first.said_level, first.heard_level) == (FLOOR_DBFS, FLOOR_DBFS)
    assert last.said_level == last.heard_level == pytest.approx(-12, abs=0.2)
    assert (last.duration, last.frames_out) == (5.0, 7)


def test_a_second_socket_has_files_of_its_own(tmp_path: Path) -> None:
    """The files of a second socket are numbered, and those of the first stay whole."""
    for number in (1, 2):
        notes = notebook(order(tmp_path), number=number)
        for _ in range(number):
            notes.said(0.0, bytes(320))
            notes.played(bytes(320))
        notes.passed(0.0, "said", f"{number}")
        assert notes.close() == []

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("call-2.jsonl", "call.jsonl", "heard-2.wav", "heard.wav", "said-2.wav", "said.wav")
    ]
    assert (frames_in(tmp_path / "said.wav"), frames_in(tmp_path / "said-2.wav")) == (1, 2)
    assert next(iter(read_trace(tmp_path / "call.jsonl").entries)).payload == "1"
    assert numbered("a/b.tar.gz", 3) == Path("a/b.tar-3.gz")


def test_a_file_that_cannot_be_opened_leaves_none_open(tmp_path: Path) -> None:
    """Where the trace cannot be written the recording is closed again; warnings of open files are errors here."""
    asked = CallOrder("ws://x.example/", record=str(tmp_path / "heard.wav"), trace=str(tmp_path))

    with pytest.raises(PhoneError, match="a regular file is required"):
        notebook(asked)
    with pytest.raises(PhoneError, match="a regular file is required"):
        notebook(CallOrder("ws://x.example/", trace=str(tmp_path)))


def test_a_full_disk_is_told_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails during the call costs the files, and is told in one sentence for each."""

    class Full(recording.Output):
        def append(self, data: bytes | bytearray) -> None:
            self.fail(os.strerror(errno.ENOSPC))

    monkeypatch.setattr("echo.phone.recording.Output", Full)
    monkeypatch.setattr("echo.phone.trace.writing.Output", Full)
    onlooker = Nobody()
    notes = notebook(order(tmp_path), watcher=onlooker)
    notes.said(0.0, bytes(320))
    notes.passed(0.0, "said", "{}")

    problems = notes.close()
    assert len(problems) == 2
    assert onlooker.unwritten == problems
    for problem in problems:
        assert "not all of it could be written: No space left on device" in problem


def test_a_full_trace_is_told_and_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that goes on beyond the bound of a trace is as good as another; one sentence says where it ends."""
    monkeypatch.setattr("echo.phone.trace.writing.MAX_LINES", 2)
    watcher = Nobody()
    notes = notebook(order(tmp_path), watcher=watcher)
    for _ in range(3):
        notes.passed(0.0, "heard", "{}")

    (told,) = notes.close()
    assert told.startswith(f"{tmp_path}/call.jsonl: the trace ends after 0.0 s: it may have ")
    assert watcher.unwritten == []


def test_files_are_looked_at_before_the_call(tmp_path: Path) -> None:
    """Files that can be written pass, and nothing of it is seen: old ones keep what is in them."""
    (tmp_path / "heard.wav").write_bytes(b"RIFF old")
    files_can_be_written(order(tmp_path))
    files_can_be_written(CallOrder("ws://x.example/"))

    assert [path.name for path in tmp_path.iterdir()] == ["heard.wav"]
    assert (tmp_path / "heard.wav").read_bytes() == b"RIFF old"


@pytest.mark.parametrize("option", ["record", "trace"])
def test_files_that_cannot_be_written_are_told_before_the_call(tmp_path: Path, option: str) -> None:
    """A folder that is not there, or in the place of a file, is one sentence."""
    (tmp_path / "said.wav").mkdir()
    for name, told in {"nowhere/a.wav": "No such file or directory", "said.wav": "a regular file"}.items():
        asked: dict[str, Any] = {option: str(tmp_path / name)}
        with pytest.raises(PhoneError, match=told):
            files_can_be_written(CallOrder("ws://x.example/", **asked))
    with pytest.raises(PhoneError, match=r"said\.wav: a regular file is required"):
        files_can_be_written(CallOrder("ws://x.example/", record=str(tmp_path / "heard.wav")))


def test_what_is_played_is_never_written_over(tmp_path: Path) -> None:
    """A recording whose said.wav is the audio that is to be played is refused before anybody is called."""
    played = tmp_path / "said.wav"
    played.write_bytes(b"mine")

    with pytest.raises(PhoneError, match="this file is read for the call"):
        files_can_be_written(CallOrder("ws://a/", audio=str(played), record=str(tmp_path / "heard.wav")))
    assert played.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("option", "content", "problem"),
    [
        ("record", b"import os", "this file is there and is no WAV file, so it is not written over"),
        ("trace", b"RIFF", "this file is there and is no trace, so it is not written over"),
        ("record", b"RIFF....WAVE", None),
        ("record", b"", None),
        ("trace", b'{"version": 1}', None),
    ],
)
def test_what_no_call_has_written_is_not_written_over(
    tmp_path: Path, option: str, content: bytes, problem: str | None
) -> None:
    """A slip of the hand costs nobody's work; an earlier recording or trace makes room, as an empty file does."""
    path = tmp_path / "precious"
    path.write_bytes(content)
    asked: dict[str, Any] = {option: str(path)}
    wanted = CallOrder("ws://a/", **asked)
    if problem is None:
        files_can_be_written(wanted)
    else:
        with pytest.raises(PhoneError, match=problem):
            files_can_be_written(wanted)
    assert path.read_bytes() == content


def test_two_things_are_not_written_to_one_file(tmp_path: Path) -> None:
    """A trace and a recording of the same name would destroy each other."""
    both = str(tmp_path / "call")

    with pytest.raises(PhoneError, match="two things are to be written there"):
        files_can_be_written(CallOrder("ws://a/", trace=both, record=both))


def test_what_is_replayed_is_never_written_over(tmp_path: Path) -> None:
    """The trace that is played again is no place for the new one."""
    played = tmp_path / "call.jsonl"
    played.write_bytes(b"mine")

    with pytest.raises(PhoneError, match="this file is read for the call"):
        files_can_be_written(CallOrder("ws://a/", trace=str(played)), [str(played)])


def test_a_link_to_what_is_not_there_yet_stays(tmp_path: Path) -> None:
    """A look at a file by way of a link leaves the link, and nothing behind it."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "new")
    files_can_be_written(CallOrder("ws://a/", trace=str(link)))

    assert [path.name for path in tmp_path.iterdir()] == ["link"]
    assert link.is_symlink()


@pytest.mark.parametrize(
    ("record", "trace"), [("a", "link"), ("a", "sub/../a"), ("a", "hard"), ("a", "to-said")]
)
def test_two_names_of_one_file_are_seen(tmp_path: Path, record: str, trace: str) -> None:
    """Links and detours do not hide that two things would be written to one file, there already or not."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "to-said").symlink_to("said.wav")
    if trace == "hard":
        (tmp_path / "a").touch()
        (tmp_path / "hard").hardlink_to(tmp_path / "a")

    with pytest.raises(PhoneError, match="two things are to be written there"):
        files_can_be_written(CallOrder("ws://a/", record=str(tmp_path / record), trace=f"{tmp_path}/{trace}"))
