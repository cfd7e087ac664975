"""Tests of echo.phone.line.call: the caller's frames on their clock, against a socket that remembers."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from echo.errors import PhoneError
from echo.phone.line.call import MediaCall
from echo.phone.line.ears import SocketEnd
from echo.phone.line.manner import Line, Manner
from echo.phone.line.plan import CallPlan
from echo.phone.line.texts import TextStyle
from echo.phone.listening.far_end import DOCUMENTED
from echo.phone.listening.hearing import Hearing
from tests.phone.line.stage import AUDIO, SIGNAL, RecordingNotes, Stage


def test_the_first_text_comes_before_any_audio() -> None:
    """The provider's first message is the text."""
    stage = Stage()

    assert [way for way, _ in stage.notes.passages] == ["said", "said"]
    assert stage.notes.passages[0] == ("said", '{"a": 1}')
    assert stage.call.ready.called


def test_frames_leave_every_20_ms() -> None:
    """Each frame leaves when it is due, to the millisecond of the clock's steps, from the beginning on."""
    stage = Stage()
    stage.advance(0.2)

    assert [at for at, _ in stage.socket.audio] == pytest.approx(
        [100, 100.02, 100.04, 100.06, 100.08], abs=0.0011
    )
    assert [frame for _, frame in stage.socket.audio] == [SIGNAL.frame(n) for n in range(5)]
    assert max(stage.call.lateness) <= 0.0011


def test_the_clock_does_not_drift() -> None:
    """After a timer that came 70 ms late all that is due leaves at once, and the next one is on time again."""
    stage = Stage(duration=1)
    stage.clock.advance(0.07)
    stage.advance(0.02)

    assert [at for at, _ in stage.socket.audio] == pytest.approx(
        [100, 100.07, 100.07, 100.07, 100.08], abs=0.0011
    )
    assert max(stage.call.lateness) == pytest.approx(0.05)


def test_the_caller_listens_on_and_hangs_up() -> None:
    """Two seconds after its last frame the phone goes without a Close frame, as the provider does."""
    stage = Stage()
    stage.advance(2.05)
    assert stage.socket.ends == []
    stage.advance(0.1)

    assert stage.socket.ends == ["drop"]
    assert stage.call.finished
    ended = stage.call.ended
    assert ended is not None
    assert (ended.by, ended.code) == ("caller", None)
    assert stage.clock.getDelayedCalls() == []


def test_the_caller_may_say_goodbye() -> None:
    """With hangup=close there is a Close frame."""
    stage = Stage(hangup="close")
    stage.advance(2.2)

    assert stage.socket.ends == ["close"]
    assert stage.call.ended is not None
    assert stage.call.ended.code == 1000


def test_a_limit_ends_the_call() -> None:
    """An NCCO's limit ends a call that has more to say."""
    stage = Stage(duration=9, longest=0.5)
    stage.advance(0.6)

    assert stage.socket.ends == ["drop"]
    assert not stage.call.finished


def test_keys_are_pressed_at_their_times() -> None:
    """Each key is a text message of its own, when it is due."""
    stage = Stage(keys=((0.0, "1"), (0.05, "#")), style=TextStyle(legacy=True))
    stage.advance(0.1)

    assert stage.socket.texts[1:] == [
        (100.0, {"digit": "1", "duration": 260}),
        (pytest.approx(100.06, abs=0.0011), {"digit": "#", "duration": 260}),
    ]
    assert stage.call.keys_pressed == 2


def test_what_is_heard_is_played_by_the_same_clock() -> None:
    """Each 20 ms have their frame of audio or of silence, and commands are answered."""
    stage = Stage()
    frame = SIGNAL.frame(0)
    stage.call.audio(frame, 1, 100.005)
    stage.hear('{"action": "notify", "payload": {"x": 1}}')
    stage.hear('{"action": "clear"}')
    stage.advance(0.1)

    events = [text["event"] for _, text in stage.socket.texts if "event" in text]
    assert events == ["websocket:cleared"]
    assert len(stage.notes.played_frames) == 6
    assert ("heard", frame) in stage.notes.passages


def test_a_notify_is_answered_when_it_is_reached() -> None:
    """The mark waits behind the audio before it."""
    stage = Stage()
    for _ in range(3):
        stage.call.audio(SIGNAL.frame(0), 1, 100.0)
    stage.hear('{"action": "notify", "payload": {"x": 1}}')
    stage.advance(0.05)
    assert len(stage.socket.texts) == 1
    stage.advance(0.05)

    assert stage.socket.texts[1][1] == {"event": "websocket:notify", "payload": {"x": 1}}


def test_a_wrong_message_ends_the_call() -> None:
    """The documented far end hangs up over a message that is not one frame, and says why."""
    stage = Stage()
    stage.call.audio(bytes(320), 1, 100.01)

    assert stage.socket.ends == ["drop"]
    assert stage.call.ended is not None
    assert stage.call.ended.by == "phone"
    assert "320 bytes" in stage.call.ended.reason


def test_the_application_may_end_the_call() -> None:
    """Its end stops the clock and is told as its own."""
    stage = Stage()
    stage.advance(0.03)
    stage.call.closed(SocketEnd("application", 1001, "bye"), 100.03)
    stage.advance(0.1)

    assert stage.call.ended is not None
    assert (stage.call.ended.by, stage.call.ended.code, stage.call.ended.reason) == (
        "application",
        1001,
        "bye",
    )
    assert len(stage.socket.audio) == 2
    assert stage.clock.getDelayedCalls() == []


def test_a_person_may_interrupt_once() -> None:
    """Ctrl-C hangs up; a second time does nothing."""
    stage = Stage()
    stage.call.interrupt()
    stage.call.interrupt()

    assert stage.socket.ends == ["drop"]


def test_a_refused_upgrade_fails() -> None:
    """Whoever waits for the call is told why there is none."""
    call = MediaCall(
        Clock(),
        CallPlan(AUDIO, SIGNAL, 1.0),
        lambda began: Hearing(AUDIO, DOCUMENTED, began),
        RecordingNotes(),
    )
    told: list[object] = []
    call.ready.addErrback(lambda failure: told.append(failure.value))
    call.refused("it answered 404")

    assert [str(error) for error in told] == ["it answered 404"]
    assert isinstance(told[0], PhoneError)


class InPairs(Manner):
    """Frames in bursts of two."""

    def due(self, index: int) -> float:
        """Hold every first frame for the second."""
        return (index | 1) * 0.02

    def speak(self, line: Line, frame: bytes, index: int) -> bytes | None:
        """Swallow the first one."""
        return None if index == 0 else super().speak(line, frame, index)


def test_a_manner_decides_when_and_what_leaves() -> None:
    """A fault holds frames back and swallows some; lateness is against the times that it wants."""
    stage = Stage(manner=InPairs())
    stage.advance(0.15)

    assert [at for at, _ in stage.socket.audio] == pytest.approx([100.02, 100.06, 100.06, 100.1], abs=0.0011)
    assert max(stage.call.lateness) <= 0.0011
    assert stage.call.hearing.echoes.said_count == 4


def test_a_step_that_is_a_hair_away_is_not_waited_for_again() -> None:
    """Steps of 0.02 s, added up, fall short of their due times: the clock goes on all the same."""
    stage = Stage(duration=3)
    for _ in range(100):
        stage.clock.advance(0.02)

    assert 100 <= len(stage.socket.audio) <= 101
    assert stage.notes.ticks <= 102


class Faulty(Manner):
    """A manner with a bug in it."""

    def meanwhile(self, line: Line, elapsed: float) -> None:
        """Fail after a while."""
        if elapsed > 0.05:
            raise ZeroDivisionError("a bug")


def test_a_bug_of_ours_ends_the_call_and_is_told_as_one() -> None:
    """An exception in the clock reaches whoever waits for the end, and the call does not hang without a clock."""
    stage = Stage(manner=Faulty())
    told: list[object] = []
    stage.call.over.addErrback(lambda failure: told.append(failure.value))
    stage.advance(0.1)

    assert [str(error) for error in told] == ["a bug"]
    assert stage.socket.ends == ["abort"]
    assert stage.clock.getDelayedCalls() == []


def test_a_bug_in_hearing_is_not_the_application_s() -> None:
    """What our own ears raise is no violation of the application's."""
    stage = Stage()
    told: list[object] = []
    stage.call.over.addErrback(lambda failure: told.append(failure.value))
    stage.call.audio(None, 1, 100.01)  # type: ignore[arg-type]  # a bug

    assert [type(error) for error in told] == [TypeError]


def test_a_caller_who_is_silenced() -> None:
    """Silence leaves as long as somebody has a reason for it, and the caller's own sound after that."""
    stage = Stage(duration=0.2)
    stage.advance(0.05)
    stage.call.silenced = {"mute", "earmuff"}
    stage.advance(0.04)
    stage.call.silenced.discard("mute")
    stage.advance(0.02)
    stage.call.silenced.discard("earmuff")
    stage.advance(0.1)
    silent = [frame == bytes(len(frame)) for _, frame in stage.socket.audio]
    assert silent == [False] * 3 + [True] * 3 + [False] * 4
