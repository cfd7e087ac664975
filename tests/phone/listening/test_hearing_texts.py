"""Commands in a call: when they are answered, and what they do to what is heard."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from echo.audio.format import AudioFormat
from echo.audio.signal import Tone
from echo.phone.listening.far_end import DOCUMENTED
from tests.phone.listening.applications import Call, Reply, first_then, mute

LOUD_TONE = Tone(AudioFormat(16000), 500.0, level_dbfs=-20.0)


def notify(number: int) -> str:
    """A notify command."""
    return json.dumps({"action": "notify", "payload": {"n": number}})


def test_clear_is_answered_even_with_nothing_to_clear() -> None:
    """At once, and the text is kept with its answer."""
    made = Call(first_then('{"action":"clear"}', mute), seconds=0.5)
    made.make()
    assert [event for _, event in made.events] == [{"event": "websocket:cleared"}]
    kept = made.hearing.texts.kept[0]
    assert (kept.text, kept.answer) == ('{"action":"clear"}', "websocket:cleared")
    assert kept.at == pytest.approx(0.001)


def test_a_notify_is_answered_when_playback_reaches_it() -> None:
    """Behind ten frames that were sent at once it takes 200 ms; behind nothing it takes none."""
    replies = [Reply(LOUD_TONE.frame(index) or b"") for index in range(10)]
    script = {0: [*replies, Reply(notify(1))], 40: [Reply(notify(2))]}
    made = Call(lambda index, _: script.get(index, []), seconds=1.0)
    made.make()
    first, second = made.events
    assert first[1] == {"event": "websocket:notify", "payload": {"n": 1}}
    assert first[0] == pytest.approx(0.22)
    assert second[1] == {"event": "websocket:notify", "payload": {"n": 2}}
    assert second[0] == pytest.approx(0.801)
    assert [text.answer for text in made.hearing.texts.kept] == ["websocket:notify"] * 2


@pytest.mark.parametrize("answers", [True, False])
def test_a_notify_that_is_cleared_is_dropped_or_answered(answers: bool) -> None:
    """The documents leave it open; the option chooses. The audio is gone in either case."""
    replies = [Reply(LOUD_TONE.frame(index) or b"") for index in range(10)]
    script = {
        0: [*replies, Reply(notify(1))],
        2: [Reply('{"action":"clear"}')],
        20: [Reply(LOUD_TONE.frame(0) or b"")],
    }
    far_end = replace(DOCUMENTED, answer_cleared=answers)
    made = Call(lambda index, _: script.get(index, []), seconds=1.0, far_end=far_end)
    made.make()
    told = [str(event["event"]) for _, event in made.events]
    assert told == ["websocket:notify"] * answers + ["websocket:cleared"]
    assert made.hearing.texts.kept[0].answer == ("websocket:notify" if answers else None)
    assert made.hearing.playback.played == 3
    assert (made.hearing.playback.underruns, made.hearing.arrivals.gaps) == (0, 0)


def test_a_text_that_is_no_command_is_ignored() -> None:
    """It is kept with its reason, and nothing is sent back."""
    made = Call(first_then("hello"), seconds=0.5)
    made.make()
    assert made.events == []
    assert made.hearing.texts.unknown == 1
    assert made.hearing.echoes.lost == 0
