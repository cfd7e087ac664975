"""Tests of what echo.phone.line.call notes of a call, and of how long it waits for an echo."""

from __future__ import annotations

from collections import deque

import pytest

from echo.phone.faults.sound import Bursts, FragmentedAudio
from echo.phone.line.ears import SocketEnd
from echo.phone.line.manner import Line, Manner
from tests.phone.line.stage import SIGNAL, Stage


class Bystander(Manner):
    """A provider's side that says a text and presses a key by itself, and answers late or never."""

    def open(self, line: Line, first_text: str) -> None:
        """Say another first text."""
        line.send_text('{"its": "own"}')

    def answer(self, line: Line, text: str) -> None:
        """Never."""

    def meanwhile(self, line: Line, elapsed: float) -> None:
        """Press a key at the beginning."""
        if elapsed == 0:
            line.send_text('{"digit": "7", "duration": 100}')


def test_what_a_manner_says_by_itself_is_noted() -> None:
    """The notes have what left and nothing else, and its keys count with those of the plan."""
    stage = Stage(manner=Bystander(), keys=((0.05, "#"),))
    stage.hear('{"action": "clear"}')
    stage.advance(0.1)

    texts = [payload for way, payload in stage.notes.passages if way == "said" and isinstance(payload, str)]
    assert texts == [
        '{"its": "own"}',
        '{"digit": "7", "duration": 100}',
        '{"event": "websocket:dtmf", "digit": "#", "duration": 260}',
    ]
    assert (stage.call.pressed, stage.call.keys_pressed) == ("7#", 1)


def test_audio_is_noted_as_it_leaves() -> None:
    """In pieces where it left in pieces, and at its time where it is recorded."""
    bursts, fragments = Stage(manner=Bursts()), Stage(manner=FragmentedAudio())
    for each in (bursts, fragments):
        each.advance(0.51)

    assert bursts.notes.said_frames == [(0.5, SIGNAL.frame(n)) for n in range(5)]
    assert fragments.notes.pieces[1:] == [3] * 5
    assert [payload for _, payload in fragments.notes.passages[1:]] == [SIGNAL.frame(n) for n in range(5)]


def test_a_notify_that_is_reached_at_the_end_is_not_answered() -> None:
    """The connection is gone: nothing can be told any more, and nothing is noted as told."""
    stage = Stage()
    stage.advance(0.055)
    for _ in range(2):
        stage.call.audio(SIGNAL.frame(0), 1, 100.055)
    stage.hear('{"action": "notify", "payload": {"x": 1}}')
    stage.clock.rightNow += 1  # a second in which the clock of the call had no turn
    stage.call.closed(SocketEnd("application", 1000, ""), 101.055)

    (notify,) = stage.call.hearing.texts.kept
    assert notify.answer is None
    assert len(stage.notes.played_frames) == 53
    assert len(stage.socket.texts) == 1
    assert [way for way, payload in stage.notes.passages if isinstance(payload, str)] == ["said", "heard"]


def test_an_echo_that_is_awaited_may_be_late() -> None:
    """The phone listens on until the last frame is back, and no longer; without an expectation it does not."""
    for awaits_echo, over in ((True, 3.1), (False, 2.1)):
        stage = Stage(awaits_echo=awaits_echo)
        waiting = deque(stage.socket.audio)
        for _ in range(400):
            stage.advance(0.01, step=0.01)
            waiting.extend(stage.socket.audio)
            stage.socket.audio.clear()
            while stage.call.ended is None and waiting and waiting[0][0] + 3 <= stage.clock.seconds():
                stage.call.audio(waiting.popleft()[1], 1, stage.clock.seconds())

        assert stage.call.ended is not None
        assert stage.call.ended.at == pytest.approx(over, abs=0.03)


def test_a_limit_ends_the_patience_too() -> None:
    """An NCCO's limit is that of the provider."""
    stage = Stage(awaits_echo=True, longest=2.5)
    stage.advance(2.6)

    assert stage.call.ended is not None
    assert stage.call.ended.at == pytest.approx(2.5, abs=0.03)
