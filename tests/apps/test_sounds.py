"""Sound files are converted once, in a thread, and kept as long as there is room."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from echo.apps.sounds import Sounds
from echo.errors import SoundError
from tests.apps.caller import Threads
from tests.speech.recordings import RATES, recording_bytes, recording_path


class Shelf:
    """Sounds with their threads and their clock."""

    def __init__(self, folder: Path = Path("/"), most: int = 10**7) -> None:
        self.clock = Clock()
        self.threads = Threads()
        self.read = 0
        self.sounds = Sounds(folder, most, self._in_thread, self.clock)

    def get(self, path: str | Path, rate: int = 16000) -> list[Any]:
        """Ask for a file; what comes of it."""
        got: list[Any] = []
        self.sounds.load(Path(path), rate).addBoth(got.append)
        return got

    def _in_thread(self, work: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        self.read += 1
        return self.threads(work, *arguments)


@pytest.mark.parametrize("rate", RATES)
def test_a_file_at_its_own_rate_is_taken_as_it_is(rate: int) -> None:
    """A mono WAV of 16 bit is played bit by bit."""
    assert Shelf().get(recording_path(rate), rate) == [recording_bytes(rate)]


@pytest.mark.parametrize(
    ("form", "subtype"), [("WAV", "PCM_24"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", None)]
)
@pytest.mark.parametrize("rate", RATES)
def test_other_forms_and_rates(tmp_path: Path, form: str, subtype: str | None, rate: int) -> None:
    """A stereo file at 44.1 kHz becomes mono at the call's rate, as long and as loud as it was."""
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(44100) / 44100)
    path = tmp_path / f"tone.{form.lower()}"
    soundfile.write(path, np.column_stack([wave, wave]), 44100, format=form, subtype=subtype)
    (pcm,) = Shelf().get(path, rate)
    samples = np.frombuffer(pcm, "<i2") / 32768
    assert len(samples) == pytest.approx(rate, rel=0.06)  # MP3 pads
    middle = samples[rate // 4 : rate * 3 // 4]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.3536, rel=0.03)
    assert np.argmax(np.abs(np.fft.rfft(middle * np.hanning(len(middle))))) * 2 == pytest.approx(440, abs=2)


def test_a_file_is_converted_once(tmp_path: Path) -> None:
    """Who asks while it is being read shares the result; later it is only looked at."""
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(1600), 16000)
    shelf = Shelf()
    shelf.threads.held = True
    first, second = shelf.get(path), shelf.get(path)
    shelf.threads.run()
    assert first == second == [bytes(3200)]
    assert first[0] is second[0]
    third = shelf.get(path)
    shelf.threads.run()
    assert third[0] is first[0]
    assert shelf.read == 2


def test_a_file_that_has_changed_is_converted_anew(tmp_path: Path) -> None:
    """The next time that it is played."""
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(1600), 16000)
    shelf = Shelf()
    assert len(shelf.get(path)[0]) == 3200
    soundfile.write(path, np.zeros(800), 16000)
    os.utime(path, ns=(1, 1))
    assert len(shelf.get(path)[0]) == 1600


def test_a_stalled_disk_holds_up_nothing_that_is_known(tmp_path: Path) -> None:
    """After half a second a file is played as it is known; one that is not known has to be waited for."""
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(1600), 16000)
    shelf = Shelf()
    shelf.get(path)
    shelf.threads.held = True
    known, unknown = shelf.get(path), shelf.get(path, 8000)
    shelf.clock.advance(0.5)
    assert (known, unknown) == ([bytes(3200)], [])
    shelf.threads.run()
    shelf.threads.run()
    assert unknown == [bytes(1600)]


def test_the_oldest_makes_room(tmp_path: Path) -> None:
    """No more is kept than was allowed; what was used last stays."""
    for name in "abc":
        soundfile.write(tmp_path / f"{name}.wav", np.zeros(1600), 16000)
    shelf = Shelf(tmp_path, 8000)
    kept = {name: shelf.get(f"{name}.wav")[0] for name in "ab"}
    shelf.get("a.wav")
    shelf.get("c.wav")
    assert shelf.get("a.wav")[0] is kept["a"]
    assert shelf.get("b.wav")[0] is not kept["b"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nothing.wav", "cannot be read: No such file or directory"),
        ("text.wav", "this is no WAV, FLAC, Ogg or MP3 file that can be read"),
        ("folder", "this is not a file"),
        ("fifo", "this is not a file"),
        ("long.wav", "it lasts 2 s where 1 are allowed"),
        ("a\0b", "a file cannot have this name"),
    ],
)
def test_what_cannot_be_played_is_told(tmp_path: Path, name: str, problem: str) -> None:
    """One sentence names the file; who asked gets it, and nobody waits."""
    (tmp_path / "text.wav").write_text("no audio")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    soundfile.write(tmp_path / "long.wav", np.zeros(32000), 16000)
    (failure,) = Shelf(tmp_path, 32000).get(name)
    assert failure.check(SoundError)
    assert problem in failure.getErrorMessage()
