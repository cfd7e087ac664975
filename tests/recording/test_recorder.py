"""From calls to files: what is fetched when, and what is told of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from echo.apps.echo import Echo
from echo.audio.format import AudioFormat
from echo.call.record import CallRecord
from echo.call.report import Ending
from echo.call.session import CallSession
from echo.call.terms import CallTerms
from echo.limits import STANDARD
from echo.recording.disk import Disk
from echo.recording.recorder import PATIENCE, Recorder
from echo.recording.writer import Writer
from echo.webhook.facts import EventFacts
from tests.doubles import CONNECTED, RecordingConnection, RecordingLog
from tests.recording.disks import files, sides

SINCE = 1_800_000_000.0
HUNG_UP = Ending("provider", 1006, "hung up")


class ThreadlessClock(Clock):
    """A reactor's clock whose other threads are this one."""

    def callFromThread(self, function: Any, *args: Any) -> None:
        """Do it now."""
        function(*args)


class Studio:
    """Calls that are recorded, by a clock that is moved and a writer that writes when it is told to."""

    def __init__(self, folder: Path, *, most_waiting: int = 10**9, form: str = "wav") -> None:
        self.folder = folder
        self.clock = ThreadlessClock()
        self.log = RecordingLog()
        self.writer = Writer(Disk(), most_waiting=most_waiting, tell=self.log.warn)
        self.writer.start = lambda: None  # type: ignore[method-assign]  # no thread
        self.recorder = Recorder(
            reactor=self.clock,
            writer=self.writer,
            folder=folder,
            log=self.log,
            wall_clock=lambda: SINCE,
            random=bytes,
            records_all=True,
            form=form,
        )
        self.recorder.start()
        self.terms = CallTerms(
            STANDARD, AudioFormat(16000), None, Echo, self.log, lambda: SINCE, recorder=self.recorder
        )

    def call(self, number: int = 1) -> CallSession:
        """Begin a call."""
        return CallSession(number, "192.0.2.7:1", RecordingConnection(), self.terms, self.clock.seconds)

    def talk(self, call: CallSession, frames: int) -> bytes:
        """Let the peer send so many frames at its pace, and the writer write each half second."""
        said = []
        for number in range(frames):
            said.append(bytes((1 + number % 200, 3)) * 320)
            call.receive_audio(said[-1], self.clock.seconds())
            self.clock.advance(0.02)
            if number % 25 == 0:
                self.writer.do_all()
        return b"".join(said)

    def told(self) -> dict[str, Any]:
        """What stands beside the only recording."""
        (path,) = self.folder.glob("*.json")
        told: dict[str, Any] = json.loads(path.read_bytes())
        return told


@pytest.mark.parametrize("form", ["wav", "flac"])
def test_a_call_becomes_a_file(tmp_path: Path, form: str) -> None:
    """What was heard and sent is in a file named by us as soon as the call is over."""
    studio = Studio(tmp_path, form=form)
    call = studio.call()
    call.receive_text(CONNECTED, 0.0)
    said = studio.talk(call, 150)
    call.lost(HUNG_UP)
    studio.writer.do_all()
    assert sides(tmp_path / f"20270115T080000Z-call-1-00000000.{form}") == (said, said, 16000)
    assert studio.recorder.finished == 1
    assert "call 1 is recorded: 20270115T080000Z-call-1-00000000" in studio.log.at("info")


def test_a_second_of_a_call_is_on_the_disk_within_two(tmp_path: Path) -> None:
    """Whenever the process dies, no more than two seconds are lost."""
    studio = Studio(tmp_path)
    call = studio.call()
    longest = 0.0
    for _ in range(40):
        studio.talk(call, 7)
        studio.writer.do_all()
        parts = list(tmp_path.glob("*.wav.part"))
        written = len(sides(parts[0])[0]) / 32000 if parts else 0.0
        longest = max(longest, studio.clock.seconds() - written)
    assert longest < 1.5


def test_what_is_known_stands_beside_it(tmp_path: Path) -> None:
    """Who called, when, what became of the call, texts and counters."""
    studio = Studio(tmp_path)
    call = studio.call()
    call.record = CallRecord("CON-1", headers={"caller-id": "44"})
    call.receive_text(CONNECTED, 0.0)
    studio.talk(call, 50)
    call.receive_text(b'{"event":"websocket:dtmf","digit":"5"}', 1.0)
    call.lost(HUNG_UP)
    studio.writer.do_all()
    told = studio.told()
    assert told["began"] == "2027-01-15T08:00:00.000Z"
    assert told["who"]["headers"] == {"caller-id": "44"}
    assert (told["call"]["frames_in"], told["call"]["frames_out"]) == (50, 50)
    assert told["call"]["ending"]["by"] == "provider"
    assert [text["at"] for text in told["texts"]] == [0.0, 1.0]
    assert (told["seconds"], told["state"]) == (1.0, "complete")
    assert told["left_out"] == {"queue_seconds": 0.0, "disk_seconds": 0.0, "ahead_seconds": 0.0}


def test_what_is_told_after_the_end_is_added(tmp_path: Path) -> None:
    """The event that a call is completed comes after its socket is gone, and is in the timeline all the same."""
    studio = Studio(tmp_path)
    call = studio.call()
    call.record = CallRecord("CON-1")
    studio.talk(call, 50)
    call.lost(HUNG_UP)
    call.record.note(EventFacts("CON-1", "a", "completed", SINCE, {}, {}))
    studio.writer.do_all()
    assert studio.told()["timeline"] == []
    studio.clock.advance(2.0)
    studio.writer.do_all()
    assert [each["status"] for each in studio.told()["timeline"]] == ["completed"]


def test_what_there_is_no_room_for_is_silence(tmp_path: Path) -> None:
    """A writer that does not follow costs the recording, once told in the log, and nothing else."""
    studio = Studio(tmp_path, most_waiting=128_000)
    call = studio.call()
    said = studio.talk(call, 1)
    studio.writer.do_all()
    for _ in range(200):
        call.receive_audio(b"\1\1" * 320, studio.clock.seconds())
        studio.clock.advance(0.02)
    said = studio.talk(call, 100)
    call.lost(HUNG_UP)
    studio.writer.do_all()
    left, right, _ = sides(next(tmp_path.glob("*.wav")))
    assert left.endswith(said)
    assert right.endswith(said)
    assert len(left) == 301 * 640
    assert len(studio.log.at("warn")) == 1
    assert studio.told()["left_out"]["queue_seconds"] > 1
    assert call.report().frames_out == 301


def test_calls_are_fetched_from_in_turns(tmp_path: Path) -> None:
    """No two of five neighbours are due at the same time."""
    studio = Studio(tmp_path)
    calls = [studio.call(number) for number in range(1, 6)]
    for call in calls:
        call.receive_audio(b"\1\1", 0.0)
    reels = [call.reel for call in calls if call.reel is not None]
    left = []
    for _ in range(5):
        studio.clock.advance(0.1)
        left.append(sum(bool(reel.items) for reel in reels))
    assert left == [4, 3, 2, 1, 0]


def test_a_call_without_audio_is_a_recording_all_the_same(tmp_path: Path) -> None:
    """Somebody called: that is known, with so much silence."""
    studio = Studio(tmp_path)
    call = studio.call()
    call.receive_text(CONNECTED, 0.0)
    studio.clock.advance(3.0)
    call.lost(HUNG_UP)
    studio.writer.do_all()
    assert files(tmp_path) == ["json", "wav"]
    assert sides(next(tmp_path.glob("*.wav")))[0] == bytes(3 * 32000)


def test_the_daemon_waits_for_what_is_left(tmp_path: Path) -> None:
    """At the end all recordings are finished before the process is."""
    studio = Studio(tmp_path)
    call = studio.call()
    said = studio.talk(call, 60)
    over: Deferred[None] = studio.recorder.stop()
    assert over.called
    assert sides(next(tmp_path.glob("*.wav")))[0] == said
    assert studio.clock.getDelayedCalls() == []


def test_the_daemon_waits_for_a_dead_disk_only_so_long(tmp_path: Path) -> None:
    """A disk that does not come back does not keep the process."""
    studio = Studio(tmp_path)
    studio.writer.stop = lambda _: None  # type: ignore[method-assign,assignment]  # a thread that never ends
    over = studio.recorder.stop()
    studio.clock.advance(PATIENCE)
    assert over.called
    assert len(studio.log.at("warn")) == 1


def test_a_bug_in_one_recording_costs_no_other(tmp_path: Path) -> None:
    """What is wrong with one is told as a failure, and others are fetched from."""
    studio = Studio(tmp_path)
    broken, whole = studio.call(1), studio.call(6)
    studio.talk(broken, 1)
    assert broken.reel is not None
    broken.reel.items.append(None)  # type: ignore[arg-type]  # a bug
    said = studio.talk(whole, 100)
    whole.lost(HUNG_UP)
    studio.writer.do_all()
    assert studio.log.at("failure") == ["call 1: recording failed"]
    assert sides(next(tmp_path.glob("*call-6*.wav")))[0] == said


def test_a_bug_at_the_end_of_a_recording_keeps_no_call(tmp_path: Path) -> None:
    """The call ends as others do."""
    studio = Studio(tmp_path)
    call = studio.call()
    studio.talk(call, 1)
    assert call.reel is not None
    call.reel.items.append(None)  # type: ignore[arg-type]  # a bug
    call.lost(HUNG_UP)
    assert call.report().state == "ended"
    assert studio.log.at("failure") == ["call 1: recording failed"]
