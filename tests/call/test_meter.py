"""A call that is measured: both sides, in pieces of any size, and nothing that passes is changed."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from echo.audio.format import RATES, AudioFormat
from echo.call.figures import AudioFigures
from echo.call.meter import TOGETHER, CallMeter, Side
from echo.call.metered import Metered
from tests.audio.waves import key, samples, silence, tone
from tests.doubles import CONNECTED, FRAME, RecordingApp, Stage


def pieces(pcm: np.ndarray, size: int) -> list[bytes]:
    """Cut into messages."""
    data = pcm.tobytes()
    return [data[at : at + size] for at in range(0, len(data), size)]


def metered(stage: Stage) -> Metered:
    """What the call's report says."""
    told = stage.call.report().metered
    assert told is not None
    return told


def talk(stage: Stage, frames: list[bytes]) -> None:
    """Let the caller say these, one every 20 ms."""
    for frame in frames:
        stage.hear(frame)
        stage.clock.advance(0.02)


@pytest.mark.parametrize("rate", RATES)
def test_both_sides_are_measured(rate: int) -> None:
    """An echo says what it hears; keys are listened for in what is heard."""
    stage = Stage(make_meter=CallMeter, rate=rate)
    sound = samples(rate, tone(rate, 1000, 440), key("7", rate, 100), silence(rate, 900))
    talk(stage, pieces(sound, stage.call.audio.frame_bytes))

    told = metered(stage)

    assert told.heard == told.said
    assert told.heard.seconds == pytest.approx(2.0)
    assert told.heard.level_dbfs == pytest.approx(-13.4, abs=0.2)
    assert told.heard.silent_seconds == pytest.approx(0.9)
    assert (told.keys, told.key_count) == ("7", 1)
    assert b"".join(stage.connection.audio) == sound.tobytes()


def test_what_an_app_says_is_not_what_it_hears() -> None:
    """Who says nothing is told of so."""
    stage = Stage(make_meter=CallMeter, make_app=RecordingApp)
    talk(stage, [FRAME] * 50)
    assert (metered(stage).heard.seconds, metered(stage).said.seconds) == (1.0, 0)


def test_a_call_without_a_meter_has_no_such_report() -> None:
    """And its frames go where they always went, with nothing in between."""
    stage = Stage()
    assert stage.call.report().metered is None
    assert stage.call.send_audio == stage.call.flow.send_audio


def test_the_format_is_that_of_the_first_text() -> None:
    """A call that says another rate is measured at that rate."""
    stage = Stage(make_meter=CallMeter, rate=8000)
    stage.read(CONNECTED)
    talk(stage, pieces(samples(16000, tone(16000, 1000, 440), key("7", 16000, 100)), 640))
    assert metered(stage).heard.seconds == pytest.approx(1.1)
    assert metered(stage).keys == "7"


def test_an_app_that_the_call_chooses_is_measured_too() -> None:
    """The meter stays in the way when another app takes over."""
    stage = Stage(make_meter=CallMeter, apps={"other": RecordingApp})
    stage.read(b'{"event":"websocket:connected","content-type":"audio/l16;rate=16000","app":"other"}')
    talk(stage, [FRAME] * 50)
    assert (metered(stage).heard.seconds, metered(stage).said.seconds) == (1.0, 0)
    assert ("audio", FRAME) in stage.call.app.told  # type: ignore[attr-defined]  # a RecordingApp


def test_the_clock_of_the_sender_is_measured() -> None:
    """By the times at which its frames arrive: here it is 100 ppm slow."""
    stage = Stage(make_meter=CallMeter)
    chance = Random(1)
    for number in range(1000):
        stage.clock.now = 1000 + number * 0.02 * 1.0001 + chance.random() * 0.001
        stage.hear()
    drift = metered(stage).drift
    assert drift is not None
    assert drift.ppm == pytest.approx(-100, abs=4 * drift.within)


def test_the_last_frames_count_at_the_end() -> None:
    """A call shorter than what is measured at once is in the line of its end all the same."""
    stage = Stage(make_meter=CallMeter, number=TOGETHER - 1)
    talk(stage, [FRAME] * 3)
    stage.call.close(1000, "bye")
    stage.call.lost(stage.call.ending)  # type: ignore[arg-type]  # it has one by now
    (line,) = [line for line in stage.log.at("info") if " ended by " in line]
    assert "queue peak 0 ms; heard -" in line


@pytest.mark.parametrize("size", [1, 3, 100, 640, 641, 8192])
def test_pieces_of_any_size_are_measured_alike(size: int) -> None:
    """What a peer may send beside the contract neither breaks it nor is missed."""
    audio = AudioFormat(16000)
    side = Side(audio, first=5, keys=True)
    for piece in pieces(samples(16000, tone(16000, 980, 440), key("1", 16000, 100)), size):
        side.take(piece)
    side.measure()
    assert side.levels.loudness().seconds == pytest.approx(1.08)
    assert side.keys is not None
    assert side.keys.keys == "1"


def test_what_waits_is_bounded() -> None:
    """A second and one message, however many come at once."""
    side = Side(AudioFormat(8000), first=TOGETHER)
    most = 0
    for _ in range(10_000):
        side.take(bytes(7))
        most = max(most, len(side._waiting))
    assert most < TOGETHER * 320 + 7


def test_calls_are_measured_at_different_times() -> None:
    """A thousand that begin together do not all measure in the same turn."""
    audio = AudioFormat(8000)
    measured_at = []
    for number in range(TOGETHER):
        meter = CallMeter(audio, AudioFigures(320), number)
        way = meter.hearing(_nowhere)
        count = 0
        while not count or meter._heard._waiting:
            way(bytes(320))
            count += 1
        measured_at.append(count)
    assert sorted(measured_at) == list(range(1, TOGETHER + 1))


def _nowhere(_frame: bytes) -> None:
    """Take a frame."""
