"""Tests of echo.phone.replay: a traced call is said again, the same at the same times."""

from __future__ import annotations

import json
import wave
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock

from echo.audio.format import AudioFormat
from echo.audio.signal import Numbered
from echo.errors import PhoneError
from echo.phone.faults.sound import AudioBeforeText, Bursts, FragmentedAudio, OddSizedFrames, Stall
from echo.phone.faults.texts import LargeHeaders, LateAnswers
from echo.phone.line.call import MediaCall, Notes
from echo.phone.line.manner import Manner
from echo.phone.line.plan import CallPlan
from echo.phone.listening.far_end import DOCUMENTED
from echo.phone.listening.hearing import Hearing
from echo.phone.notebook import Notebook
from echo.phone.order import CallOrder
from echo.phone.replay import Traced, read_played
from echo.phone.show.live import Nobody
from echo.phone.trace.form import Entry
from echo.phone.trace.reading import Trace, read_trace
from echo.phone.trace.writing import TraceWriter
from tests.phone.line.stage import RecordingNotes, RecordingSocket

AUDIO = AudioFormat(16000)
URL = "ws://127.0.0.1:1/"


class Tracing(RecordingNotes):
    """Notes that are written to a trace."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.writer = TraceWriter(path, URL, AUDIO)

    def passed(self, at: float, way: Any, payload: bytes | str, pieces: int = 1) -> None:
        """Write it."""
        self.writer.write(at, way, "text" if isinstance(payload, str) else "audio", payload, pieces)


class Stage:
    """A call on a clock that is a little late at each step, as real ones are."""

    def __init__(self, notes: Notes, **plan: Any) -> None:
        self.clock = Clock()
        self.clock.advance(1234.5)
        chosen: dict[str, Any] = {"audio": AUDIO, "tail": 0.2, "first_text": '{"first": "of the order"}'}
        self.call = MediaCall(
            self.clock, CallPlan(**(chosen | plan)), lambda began: Hearing(AUDIO, DOCUMENTED, began), notes
        )
        self.socket = RecordingSocket(self.clock, self.call)
        self.call.socket = self.socket  # type: ignore[assignment]  # a double of it
        self.call.opened(self.clock.seconds())

    def run(self) -> None:
        """Let the call go on to its end, in steps that do not divide 20 ms."""
        for _ in range(2000):
            if self.call.ended is None:
                self.clock.advance(0.0017)

    def sent(self) -> list[tuple[int, object]]:
        """What left, each with its step of 20 ms."""
        left = [*self.socket.texts, *self.socket.audio]
        return sorted(
            ((int((at - 1234.5) / 0.02 + 1e-6), message) for at, message in left), key=lambda each: each[0]
        )


def replayed(trace: Trace, **plan: Any) -> Stage:
    """Play a trace to its end."""
    traced = Traced(trace)
    spoken = traced.speech(AUDIO)
    stage = Stage(RecordingNotes(), source=spoken.source, duration=spoken.duration, manner=traced, **plan)
    stage.run()
    return stage


def written(notes: Tracing) -> Trace:
    """What these notes have written, when the call is over."""
    notes.writer.close()
    return read_trace(notes.path)


def without_time(entry: Entry) -> Entry:
    """A line of a trace as if it had been at the beginning."""
    return replace(entry, at=0.0)


def is_answer(entry: Entry) -> bool:
    """Tell an answer to a command from other texts."""
    return isinstance(entry.payload, str) and "websocket:" in entry.payload


def trace_of(*entries: Entry) -> Trace:
    """A trace with these lines."""
    return Trace(URL, AUDIO, entries, None)


def test_the_same_messages_leave_in_the_same_steps(tmp_path: Path) -> None:
    """Audio, keys and the first text of a traced call are said again, each in the 20 ms in which it was said."""
    notes = Tracing(tmp_path / "call.jsonl")
    keys = ((0.1, "1"), (0.3, "#"))
    first = Stage(notes, source=Numbered(AUDIO), duration=0.5, keys=keys, mutes=((0.2, 0.3),))
    first.run()
    notes.writer.close()

    again = replayed(read_trace(tmp_path / "call.jsonl"))

    assert again.sent() == first.sent()
    assert again.socket.texts[0][1] == {"first": "of the order"}
    assert len(again.socket.audio) == 25
    assert again.call.finished


def test_the_phone_is_not_late_in_a_replay(tmp_path: Path) -> None:
    """What left a little late in the trace is due at its step, so that the replay is as punctual as the call was."""
    notes = Tracing(tmp_path / "call.jsonl")
    Stage(notes, source=Numbered(AUDIO), duration=2).run()
    notes.writer.close()

    again = replayed(read_trace(tmp_path / "call.jsonl"))

    assert len(again.call.lateness) == 100
    assert max(again.call.lateness) < 0.002


def test_sizes_and_bursts_are_those_of_the_trace() -> None:
    """A trace of a fault is played as it was: odd sizes, several frames at once, and a pause."""
    said = [(0.0, b"12"), (0.0, b"345"), (0.4, bytes(1000)), (0.41, b"6")]
    trace = trace_of(*(Entry(at, "said", "audio", payload) for at, payload in said))

    assert replayed(trace).sent() == [(0, b"12"), (0, b"345"), (20, bytes(1000)), (20, b"6")]


def test_answers_are_made_anew() -> None:
    """The answers to the commands of the traced call are left out, and so is what the application said."""
    texts = [
        '{"event": "websocket:connected"}',
        '{"event": "websocket:cleared"}',
        '{"event": "websocket:notify", "payload": {}}',
        '{"event": "websocket:dtmf", "digit": "1"}',
    ]
    trace = trace_of(
        *(Entry(0.1 * number, "said", "text", text) for number, text in enumerate(texts)),
        Entry(0.2, "heard", "text", '{"action": "clear"}'),
        Entry(0.3, "heard", "audio", b"12"),
        Entry(0.3, "said", "audio", None, left_out=2_000_000),
        Entry(0.5, "event", "close", {"code": 1000}),
    )
    stage = replayed(trace, tail=0.5)

    assert [json.dumps(text) for _, text in stage.socket.texts] == [texts[0], texts[3]]
    assert stage.socket.audio == []


def test_a_second_socket_is_told_everything_again() -> None:
    """Where the application connects again, the new socket hears the trace from its first text on."""
    traced = Traced(trace_of(Entry(0.0, "said", "text", '{"a": 1}'), Entry(0.02, "said", "audio", b"12")))
    told = []
    for _ in range(2):
        stage = Stage(RecordingNotes(), source=traced, duration=None, manner=traced)
        stage.run()
        told.append(stage.sent())

    assert told[0] == told[1] == [(0, {"a": 1}), (1, b"12")]


def test_a_trace_in_which_nothing_was_said() -> None:
    """A trace of listening alone cannot be played."""
    with pytest.raises(PhoneError, match="nothing that was said"):
        Traced(trace_of(Entry(0.0, "heard", "audio", b"12")))


def test_of_a_trace_only_what_is_said_again_is_read(tmp_path: Path) -> None:
    """What the application sent, and the answers to it, are neither kept nor gone through during the call."""
    writer = TraceWriter(tmp_path / "x", URL, AUDIO)
    for way, text in (("said", "{}"), ("heard", "{}"), ("said", '{"event": "websocket:cleared"}')):
        writer.write(0.0, way, "text", text)  # type: ignore[arg-type]  # ways, as mypy cannot see
    writer.close()

    assert [(entry.way, entry.payload) for entry in read_played(str(tmp_path / "x")).entries] == [
        ("said", "{}")
    ]


def test_a_replay_does_not_listen() -> None:
    """What is heard changes nothing of what is said."""
    traced = Traced(trace_of(Entry(0.0, "said", "audio", b"12")))
    traced.open(RecordingSocket(Clock()), "")  # type: ignore[arg-type]  # as much of a line as is used
    stage = replayed(trace_of(Entry(0.0, "said", "audio", b"12")))
    traced.hears(bytes(640))
    traced.reads('{"action": "clear"}')
    traced.acts(0.0, stage.call)

    assert traced.frame(0) == b"12"
    assert traced.frame(1) is None


@pytest.mark.parametrize(
    "manner", [Manner, Bursts, Stall, AudioBeforeText, FragmentedAudio, OddSizedFrames, LargeHeaders]
)
def test_a_replay_that_is_traced_is_the_trace(tmp_path: Path, manner: type[Manner]) -> None:
    """Whatever was said, in whichever pieces and order: a trace of a replay differs in times alone."""
    keys = ((0.1, "1"), (0.3, "#"))
    first_text = '{"event": "websocket:connected", "content-type": "audio/l16;rate=16000"}'
    first, again = Tracing(tmp_path / "first.jsonl"), Tracing(tmp_path / "again.jsonl")
    source = Numbered(AUDIO)
    one = Stage(first, source=source, duration=3.2, keys=keys, manner=manner(), first_text=first_text)
    one.run()
    traced = Traced(said := written(first))
    two = Stage(again, source=traced, duration=None, manner=traced)
    two.run()

    assert len([*said.entries]) > 30
    assert [without_time(entry) for entry in written(again).entries] == [
        without_time(entry) for entry in said.entries
    ]
    assert (two.call.pressed, one.call.pressed) == ("1#", "1#")


def test_late_answers_are_traced_when_they_leave(tmp_path: Path) -> None:
    """And not when they were due; one that never left is not in the trace."""
    notes = Tracing(tmp_path / "call.jsonl")
    stage = Stage(notes, source=Numbered(AUDIO), duration=1.8, manner=LateAnswers())
    for text in ('{"action": "clear"}', '{"action": "notify", "payload": {}}'):
        stage.call.text(text.encode(), stage.clock.seconds())
        stage.clock.pump([0.01] * 100)
    stage.run()

    answers = [entry for entry in written(notes).entries if entry.way == "said" and is_answer(entry)]
    assert [round(entry.at, 1) for entry in answers] == [1.2]


def test_what_is_said_is_recorded_at_its_time(tmp_path: Path) -> None:
    """A pause in a trace is as long in said.wav, so that it can be laid over what was heard."""
    trace = trace_of(*(Entry(at, "said", "audio", b"12" * 320) for at in (0.0, 0.02, 0.5)))
    order = CallOrder(URL, record=str(tmp_path / "heard.wav"))
    traced = Traced(trace)
    notes = Notebook(order, AUDIO, Nobody(), traced, None)
    stage = Stage(notes, source=traced, duration=None, manner=traced)
    stage.run()
    notes.close()

    with wave.open(str(tmp_path / "said.wav")) as file:
        said = file.readframes(file.getnframes())
    loud = b"12" * 320
    assert said == loud + loud + bytes(640 * 23) + loud
