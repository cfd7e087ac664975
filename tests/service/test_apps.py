"""The apps that settings name are loaded together, and what is wrong with any of them is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile  # type: ignore[import-untyped]
from twisted.internet.task import Clock

from echo.apps.echo import Echo
from echo.apps.reflect import Reflect
from echo.errors import ConfigurationError
from echo.service.apps import AppShelf, Chosen
from echo.service.settings import resolve
from tests.doubles import RecordingLog

MINE = "def mine(frame):\n    return frame"


class Reactor(Clock):
    """A clock with threads that are never asked for."""

    def getThreadPool(self) -> None:
        """Nobody reads a file here."""
        raise AssertionError("no file is to be read")


def chosen(folder: Path, **given: str) -> Chosen:
    """The apps of these settings."""
    settings = resolve(given, {}, lambda _path: b"")
    return AppShelf(folder, Reactor(), RecordingLog()).choose(settings)


def test_without_a_choice_there_is_one_app() -> None:
    """Calls may choose nothing unless the operator says so."""
    found = chosen(Path())
    assert found.default is Echo
    assert dict(found.allowed) == {}


def test_calls_may_choose_what_is_listed_and_the_default(tmp_path: Path) -> None:
    """By name; a file by its own."""
    (tmp_path / "mine.py").write_text(MINE)
    found = chosen(tmp_path, app="echo", apps="reflect, ./mine.py")
    assert found.default is Echo
    assert set(found.allowed) == {"reflect", "mine", "echo"}
    assert found.allowed["reflect"] is Reflect


def test_what_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """With a sentence for each, by the setting that it came from."""
    (tmp_path / "mine.py").write_text("x = 1")
    with pytest.raises(ConfigurationError) as caught:
        chosen(tmp_path, app="./nothing.py", apps="echo,./mine.py")
    assert [problem.partition(": ")[0] for problem in caught.value.problems] == ["--app", "--apps"]
    assert "cannot be read: No such file or directory" in caught.value.problems[0]
    assert "has to have one app" in caught.value.problems[1]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nowhere.wav", "cannot be read: No such file or directory"),
        (".", "this is not a file"),
        ("words.wav", "this is no WAV, FLAC, Ogg or MP3 file"),
    ],
)
def test_a_sound_that_cannot_be_played_is_told_at_once(tmp_path: Path, name: str, problem: str) -> None:
    """And not by the first call."""
    (tmp_path / "words.wav").write_text("words")
    with pytest.raises(ConfigurationError) as caught:
        chosen(tmp_path, app="play", play_file=name)
    (told,) = caught.value.problems
    assert told.startswith(f"--play-file: {tmp_path}")
    assert problem in told


def test_a_sound_that_can_be_played_is_taken(tmp_path: Path) -> None:
    """Its header is all that is read of it before a call."""
    soundfile.write(tmp_path / "one.wav", [0.0] * 100, 8000)
    assert chosen(tmp_path, app="play", play_file="one.wav").allowed == {}


def test_what_cannot_be_used_changes_nothing(tmp_path: Path) -> None:
    """A reload that is refused leaves the memory of clips and the sounds of those that are on."""
    shelf = AppShelf(tmp_path, Reactor(), RecordingLog())
    good = resolve({}, {}, lambda _path: b"")
    shelf.choose(good)
    memory = shelf._tools(good).memory
    with pytest.raises(ConfigurationError):
        shelf.choose(resolve({"app": "./nothing.py", "max_clips": "7"}, {}, lambda _path: b""))
    assert shelf._tools(good).memory is memory


def test_sound_files_and_threads_survive_a_reload() -> None:
    """What was converted is kept, unless another amount may be."""
    shelf = AppShelf(Path(), Reactor(), RecordingLog())
    tools = [
        shelf._tools(resolve({"max_sounds": most}, {}, lambda _path: b"")) for most in ("64", "64", "32")
    ]
    assert tools[0].load == tools[1].load != tools[2].load
