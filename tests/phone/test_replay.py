"""Tests of echo.phone.replay: a traced call is said again, the same at the same times."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock

from echo.audio.format import AudioFormat
from echo.audio.signal import Numbered
from echo.errors import PhoneError
from echo.phone.line.call import MediaCall
from echo.phone.line.plan import CallPlan
from echo.phone.listening.far_end import DOCUMENTED
from echo.phone.listening.hearing import Hearing
from echo.phone.replay import Traced
from echo.phone.trace import Entry, Trace, TraceWriter, read_trace
from tests.phone.line.stage import RecordingNotes, RecordingSocket

AUDIO = AudioFormat(16000)
URL = "ws://127.0.0.1:1/"


class Tracing(RecordingNotes):
    """Notes that are written to a trace."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.writer = TraceWriter(path, URL, AUDIO)

    def passed(self, at: float, way: Any, payload: bytes | str, pieces: int = 1) -> None:
        """Write it."""
        self.writer.write(at, way, "text" if isinstance(payload, str) else "audio", payload, pieces)


class Stage:
    """A call on a clock that is a little late at each step, as real ones are."""

    def __init__(self, notes: RecordingNotes, **plan: Any) -> None:
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


def test_a_replay_does_not_listen() -> None:
    """What is heard changes nothing of what is said."""
    traced = Traced(trace_of(Entry(0.0, "said", "audio", b"12")))
    stage = replayed(trace_of(Entry(0.0, "said", "audio", b"12")))
    traced.hears(bytes(640))
    traced.reads('{"action": "clear"}')
    traced.acts(0.0, stage.call)

    assert traced.frame(0) == b"12"
    assert traced.frame(1) is None
