"""What a call hands to whoever records it."""

from __future__ import annotations

import pytest

from echo.audio.format import AudioFormat
from echo.audio.tracks import CLEARED, HEARD, SENT
from echo.call.flow import WhenSlow
from echo.call.reel import MOST_CHARACTERS, MOST_TEXTS, Reel
from echo.call.report import Ending
from echo.errors import CallEnded
from tests.doubles import CONNECTED, FRAME, RecordingApp, Shelf, Stage

OTHER = b'{"event":"websocket:connected","content-type":"audio/l16;rate=8000"}'


def test_a_call_is_recorded_from_its_first_message() -> None:
    """What is heard, and what is sent back, is there in order with its moment."""
    shelf = Shelf()
    stage = Stage(recorder=shelf)
    stage.read(CONNECTED)
    stage.clock.advance(0.02)
    stage.hear(FRAME)
    (reel,) = shelf.reels
    assert reel.began_at == 1000.0
    assert reel.items == [(1000.02, HEARD, FRAME), (1000.02, SENT, FRAME)]
    assert reel.texts == [(0.0, "in", CONNECTED.decode())]
    assert stage.connection.audio == [FRAME]


def test_the_recording_ends_with_the_call() -> None:
    """Nothing is recorded once the end is agreed on."""
    shelf = Shelf()
    stage = Stage(recorder=shelf)
    stage.hear()
    stage.clock.advance(1.0)
    stage.call.close(1000, "enough")
    stage.clock.advance(1.0)
    stage.hear()
    stage.call.lost(Ending("provider", 1000, ""))
    assert shelf.ended == [1001.0]
    assert len(shelf.reels[0].items) == 2


def test_a_call_that_just_ends_ends_its_recording() -> None:
    """A connection that goes away without a word does too."""
    shelf = Shelf()
    stage = Stage(recorder=shelf)
    stage.hear()
    stage.call.lost(Ending("network", 1006, "gone"))
    assert shelf.ended == [1000.0]


def test_what_was_dropped_is_not_recorded_as_sent() -> None:
    """The right side is what went out, when it did."""
    shelf = Shelf()
    stage = Stage(recorder=shelf, when_slow=WhenSlow.DROP)
    stage.hear(b"\1\1")
    stage.call.congested()
    for number in range(100):
        stage.hear(bytes((2, number)))
    stage.clock.advance(1.0)
    stage.call.drained()
    sent = [(at, pcm) for at, kind, pcm in shelf.reels[0].items if kind == SENT]
    assert [pcm for _, pcm in sent] == stage.connection.audio
    assert len(sent) < 101
    assert {at for at, _ in sent[1:]} == {1001.0}


def test_without_a_recorder_nothing_is_in_the_way() -> None:
    """Frames of a call that is not recorded go straight to its app and its socket."""
    stage = Stage()
    assert stage.call._answer_audio == stage.call.app.audio
    assert stage.call.flow._send == stage.connection.send_audio


def test_an_app_may_ask() -> None:
    """Where not all calls are recorded, one is from when its app wants it until it does not."""
    shelf = Shelf(records_all=False)
    stage = Stage(recorder=shelf)
    stage.hear(b"\1\1")
    assert shelf.reels == []
    assert stage.call.begin_recording()
    assert stage.call.begin_recording()
    stage.hear(b"\2\2")
    stage.call.end_recording()
    stage.hear(b"\3\3")
    (reel,) = shelf.reels
    assert [pcm for _, _, pcm in reel.items] == [b"\2\2", b"\2\2"]
    assert len(shelf.ended) == 1


def test_an_app_may_not_record_where_nobody_does() -> None:
    """Without a recorder the answer is no, and after the end that there is one."""
    stage = Stage()
    stage.hear()
    assert not stage.call.begin_recording()
    ended = Stage(recorder=Shelf())
    ended.hear()
    ended.call.close(1000, "")
    with pytest.raises(CallEnded):
        ended.call.begin_recording()


def test_the_format_is_the_one_that_the_call_tells() -> None:
    """A recording that has no audio yet takes the format of the first text message."""
    shelf = Shelf()
    Stage(recorder=shelf).read(OTHER)
    assert shelf.reels[0].audio == AudioFormat(8000)


def test_audio_before_the_format_is_a_recording_of_its_own() -> None:
    """A file has one rate: where audio came before the call told another one, there are two."""
    shelf = Shelf()
    stage = Stage(recorder=shelf)
    stage.hear()
    stage.read(OTHER)
    stage.hear()
    assert [reel.audio.rate for reel in shelf.reels] == [16000, 8000]
    assert len(shelf.ended) == 1
    assert all(len(reel.items) == 2 for reel in shelf.reels)


def test_an_app_that_takes_over_is_recorded_too() -> None:
    """A call that chooses another app is recorded with that one."""
    shelf = Shelf()
    stage = Stage(recorder=shelf, apps={"other": RecordingApp})
    stage.hear()
    stage.read(b'{"event":"websocket:connected","content-type":"audio/l16;rate=16000","app":"other"}')
    stage.hear()
    assert [kind for _, kind, _ in shelf.reels[0].items] == [HEARD, SENT, HEARD]


def test_texts_that_are_sent_are_kept_and_a_clear_is_noted() -> None:
    """What the other end was told to throw away is known to the recording, however it was told."""
    shelf = Shelf()
    stage = Stage(recorder=shelf)
    stage.hear()
    for text in ('{"action":"clear"}', '{ "action" : "clear" }', '{"action":"notify"}', "clear", "[1]"):
        stage.call.send_text(text)
    kinds = [kind for _, kind, _ in shelf.reels[0].items]
    assert kinds == [HEARD, SENT, CLEARED, CLEARED]
    assert [direction for _, direction, _ in shelf.reels[0].texts] == ["out"] * 5


def test_texts_are_bounded() -> None:
    """Neither many texts nor long ones fill the memory; those that are left out are counted."""
    reel = Reel(AudioFormat(8000), 0.0, lambda *_: None)
    for _ in range(MOST_TEXTS + 5):
        reel.text(1.0, "in", "x")
    assert (len(reel.texts), reel.texts_left_out) == (MOST_TEXTS, 5)
    other = Reel(AudioFormat(8000), 0.0, lambda *_: None)
    other.text(1.0, "in", "x" * MOST_CHARACTERS)
    other.text(1.0, "in", "y")
    assert (len(other.texts), other.texts_left_out) == (1, 1)
