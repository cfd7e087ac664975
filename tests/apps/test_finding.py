"""Apps of others are found: by their names, in files that may change, and with a sentence where they cannot be used."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from echo.apps import finding
from echo.apps.echo import Echo
from echo.apps.finding import AppFile, find, is_file, name_of
from echo.apps.reflect import Reflect
from echo.apps.table import APPS, NAMES
from echo.errors import AppError
from tests.apps.caller import Caller

ANSWERS = """
from echo.apps import App

class Answers(App):
    def audio(self, frame):
        self.call.send({answer!r} * 320)
"""


DERIVED = """
from echo.apps import App

class Base(App):
    pass

class Mine(Base):
    def audio(self, frame):
        self.call.send(b"ab" * 320)

app = Mine
"""


def tools() -> Any:
    """What apps work with."""
    return Caller(lambda _: None).tools


@pytest.mark.parametrize("name", NAMES)
def test_what_comes_with_echo_is_found(name: str) -> None:
    """Each app of the table can be made, without a file."""
    assert find(name, Path("/nowhere"), tools()) is not None


def test_bare_apps_stay_bare() -> None:
    """Echo and reflect are found as they are: nothing stands between a frame and its way back."""
    assert find("echo", Path(), tools()) is Echo
    assert find("reflect", Path(), tools()) is Reflect
    assert dict(APPS) == {"echo": Echo, "reflect": Reflect}


def test_an_unknown_name_is_told() -> None:
    """There is one sentence for it."""
    with pytest.raises(AppError, match=r"^there is no app oracle$"):
        find("oracle", Path(), tools())


@pytest.mark.parametrize(
    ("name", "file", "called"),
    [
        ("echo", False, "echo"),
        ("./mine.py", True, "mine"),
        ("/opt/my/app.py", True, "app"),
        ("mine.py", True, "mine"),
    ],
)
def test_a_path_is_told_from_a_name(name: str, *, file: bool, called: str) -> None:
    """What ends in .py or has a slash is a file, and calls may ask for it by its name without them."""
    assert (is_file(name), name_of(name)) == (file, called)


def write(path: Path, answer: bytes) -> Path:
    """Write an app that answers each frame in its own way."""
    path.write_text(ANSWERS.format(answer=answer))
    return path


def answer_of(maker: AppFile, a_tools: Any) -> bytes:
    """What a call that begins now is answered."""
    caller = Caller(maker, is_maker=True, tools=a_tools)
    caller.step(bytes(640))
    return caller.connection.audio[0][:2]


def test_a_file_is_loaded_again_when_it_changes(tmp_path: Path) -> None:
    """The next call is answered by what is in the file now, however quickly it was written."""
    its_tools = tools()
    maker = find(str(write(tmp_path / "mine.py", b"ab")), Path(), its_tools)
    assert isinstance(maker, AppFile)
    assert answer_of(maker, its_tools) == b"ab"
    write(tmp_path / "mine.py", b"cde"[:2])
    assert answer_of(maker, its_tools) == b"cd"
    assert f"{tmp_path}/mine.py was loaded again" in its_tools.log.at("info")


def test_a_file_that_takes_long_to_load_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All calls wait for it: what an app imports belongs into those seconds too."""
    its_tools = tools()
    write(tmp_path / "mine.py", b"ab")
    maker = AppFile(tmp_path / "mine.py", its_tools)
    engine = ModuleType("an_engine")
    engine.load = lambda: its_tools.reactor.advance(0.5)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "an_engine", engine)
    (tmp_path / "mine.py").write_text("import an_engine\nan_engine.load()\ndef mine(frame): return frame")
    answer_of(maker, its_tools)
    told = f"{tmp_path}/mine.py was loaded again, which took 500 ms and kept all calls waiting"
    assert told in its_tools.log.at("warn")


def test_a_relative_path_begins_in_the_folder(tmp_path: Path) -> None:
    """The folder is where the daemon was started."""
    write(tmp_path / "mine.py", b"ab")
    assert not find("./mine.py", tmp_path, tools()).lossless


def test_a_broken_version_is_told_once_and_the_old_one_stays(tmp_path: Path) -> None:
    """A mistake while editing costs no call: the log has the line, and the last good version answers."""
    its_tools = tools()
    path = write(tmp_path / "mine.py", b"ab")
    maker = AppFile(path, its_tools)
    path.write_text("from echo.apps import App\nclass Mine(App:\n")
    assert answer_of(maker, its_tools) == b"ab"
    assert answer_of(maker, its_tools) == b"ab"
    (line,) = its_tools.log.at("error")
    assert line.startswith(f"{path} cannot be loaded: SyntaxError")
    assert line.endswith("the last good version answers on")
    path.unlink()
    assert answer_of(maker, its_tools) == b"ab"
    write(path, b"ef")
    assert answer_of(maker, its_tools) == b"ef"


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("x = 1", "has to have one app, or to call one of them app; there are: none"),
        ("def one(frame): pass\ndef two(frame): pass", "there are: one, two"),
        (
            "import nowhere_to_be_found",
            "ModuleNotFoundError in line 1: No module named 'nowhere_to_be_found'",
        ),
        ("x = 1\nraise ValueError('so')", "ValueError in line 2: so"),
        ("import sys\nsys.exit('no')", "SystemExit in line 2: no"),
        ("app = 5", "is no app but an int; allowed: a class"),
        ("def (", "SyntaxError"),
        ("def app(): pass", "app is called as app(frame), which fails: too many positional arguments"),
        (
            "from echo.apps import blocking\n@blocking\nasync def mine(call): pass",
            "is a coroutine function and @blocking: one of the two",
        ),
    ],
)
def test_a_file_without_an_app_is_told(tmp_path: Path, source: str, problem: str) -> None:
    """One sentence names the file and what is wrong in it."""
    (tmp_path / "mine.py").write_text(source)
    with pytest.raises(AppError) as caught:
        find("mine.py", tmp_path, tools())
    assert problem in str(caught.value)
    assert str(tmp_path / "mine.py") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["no.py", "./folder", "./pipe.py"])
def test_a_file_that_is_not_there_is_told(tmp_path: Path, name: str) -> None:
    """Nothing is made of it."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    with pytest.raises(AppError, match=r"cannot be read|is no file"):
        find(name, tmp_path, tools())


@pytest.mark.parametrize(
    "source",
    [
        "async def mine(call):\n    call.send(b'ab' * 320)",
        "def mine(frame):\n    return b'ab' * 320",
        DERIVED,
        "import math\ndef _hidden(x): pass\ndef mine(frame):\n    return b'ab' * 320",
    ],
)
def test_each_kind_of_app_in_a_file(tmp_path: Path, source: str) -> None:
    """The one app in a file is found, or what is called app."""
    (tmp_path / "mine.py").write_text(source)
    its_tools = tools()
    maker = AppFile(tmp_path / "mine.py", its_tools)
    assert answer_of(maker, its_tools) == b"ab"


def test_a_file_may_import_its_neighbours(tmp_path: Path) -> None:
    """What lies beside it is found, as for a script."""
    (tmp_path / "neighbour_of_mine.py").write_text("answer = b'xy' * 320")
    (tmp_path / "mine.py").write_text("import neighbour_of_mine as n\ndef mine(frame):\n    return n.answer")
    its_tools = tools()
    assert answer_of(AppFile(tmp_path / "mine.py", its_tools), its_tools) == b"xy"


class Point:
    """An entry point that is loaded as told."""

    def __init__(self, thing: object) -> None:
        self.name = "theirs"
        self._thing = thing

    def load(self) -> object:
        """Load it."""
        if isinstance(self._thing, Exception):
            raise self._thing
        return self._thing


def install(monkeypatch: pytest.MonkeyPatch, thing: object) -> None:
    """Let a package be there that brings an app."""
    monkeypatch.setattr(
        importlib.metadata, "entry_points", lambda group: [Point(thing)] if group == "echo.apps" else []
    )


def test_an_installed_app_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry point of the group echo.apps is an app by its name."""
    install(monkeypatch, lambda _: b"ab" * 320)
    its_tools = tools()
    maker: Any = find("theirs", Path(), its_tools)
    assert answer_of(maker, its_tools) == b"ab"
    assert set(finding.installed()) == {"theirs"}


def test_an_installed_app_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its package raises becomes one sentence."""
    install(monkeypatch, RuntimeError("no licence"))
    with pytest.raises(AppError, match=r"^the app theirs cannot be loaded: RuntimeError: no licence$"):
        find("theirs", Path(), tools())
    install(monkeypatch, 5)
    with pytest.raises(AppError, match=r"^theirs is no app but an int"):
        find("theirs", Path(), tools())


def test_the_group_is_read_by_the_standard_library() -> None:
    """Nothing else is asked, and nothing is loaded, to know the names."""
    assert set(finding.installed()) == {
        point.name for point in importlib.metadata.entry_points(group="echo.apps")
    }
