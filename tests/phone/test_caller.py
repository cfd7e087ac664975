"""Tests of echo.phone.caller: what an order makes the caller say."""

from __future__ import annotations

import io
import os
import sys
import wave
from pathlib import Path
from typing import Any

import pytest

from echo.audio.format import AudioFormat
from echo.audio.signal import Numbered, Pcm, Silence, Tone
from echo.errors import PhoneError
from echo.phone.caller import PlainCaller, speech, speech_can_be_made
from echo.phone.order import CallOrder

AUDIO = AudioFormat(16000)
URL = "ws://x.example/"


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A WAV file of 60 ms."""
    path = tmp_path / "hello.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes(range(1, 241)) * 8)
    return path


@pytest.mark.parametrize(
    ("asked", "kind", "talked", "duration"),
    [
        ({}, Numbered, "the built-in signal", 10.0),
        ({"duration": 3.0}, Numbered, "the built-in signal", 3.0),
        ({"tone": 440.0}, Tone, "a tone of 440 Hz", 10.0),
        ({"silence": True}, Silence, "silence", 10.0),
    ],
)
def test_what_is_said(asked: dict[str, Any], kind: type, talked: str, duration: float) -> None:
    """The signal, a tone and silence have no end of their own, so they last for the default or as told."""
    said = PlainCaller(CallOrder(URL, **asked)).speech(AUDIO)

    assert isinstance(said.source, kind)
    assert (said.talked, said.duration, said.pipe) == (talked, duration, None)


def test_a_file_is_played_to_its_end(sound: Path) -> None:
    """A file is named without its folder, and lasts as long as it is."""
    said = speech(CallOrder(URL, audio=str(sound)), AUDIO)

    assert isinstance(said.source, Pcm)
    assert (said.talked, said.duration) == ("hello.wav", None)
    assert [len(said.source.frame(number) or b"") for number in range(4)] == [640, 640, 640, 0]


def test_a_file_is_read_once(sound: Path) -> None:
    """What was looked at before the call is not read again for it, where the rate is the same."""
    asked = CallOrder(URL, audio=str(sound))
    speech_can_be_made(asked)
    sound.unlink()

    assert speech(asked, AUDIO).source.frame(0)


def test_audio_that_cannot_be_played_is_told_before_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file or a pipe that is not there is one sentence before anybody is called; of a pipe nothing is read."""
    with pytest.raises(PhoneError, match="cannot be read: No such file"):
        speech_can_be_made(CallOrder(URL, audio=str(tmp_path / "x.wav")))
    speech_can_be_made(CallOrder(URL))
    speech_can_be_made(CallOrder(URL, audio="-"))
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(PhoneError, match="no standard input"):
        speech_can_be_made(CallOrder(URL, audio="-"))


def test_a_tone_that_the_rate_cannot_carry() -> None:
    """A tone above half the rate of the call, which an NCCO may have set, is one sentence."""
    with pytest.raises(PhoneError, match="4000"):
        speech(CallOrder(URL, tone=5000.0), AudioFormat(8000))


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """``-`` says what comes in by a pipe, to its end, and hands the pipe over to be closed."""
    reading, writing = os.pipe()
    os.write(writing, bytes(range(64)) * 10)
    os.close(writing)
    with io.TextIOWrapper(os.fdopen(reading, "rb")) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        said = speech(CallOrder(URL, audio="-"), AUDIO)
        assert said.pipe is not None
        said.pipe._thread.join(10)

        assert (said.talked, said.duration) == ("standard input", None)
        assert said.source.frame(0) == bytes(range(64)) * 10
        assert said.source.frame(1) is None
        said.pipe.close()


def test_no_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without one, as a service may be, is told so."""
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(PhoneError, match="no standard input"):
        speech(CallOrder(URL, audio="-"), AUDIO)


def test_a_plain_caller_does_nothing_else() -> None:
    """What is heard and read changes nothing."""
    plain = PlainCaller(CallOrder(URL))
    plain.hears(bytes(640))
    plain.reads("{}")
    plain.acts(0.0, None)  # type: ignore[arg-type]  # it is not looked at

    assert vars(plain) == {"_order": CallOrder(URL)}
