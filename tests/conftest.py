"""
What holds for every test, and the built package that some of them need.

trial's test cases watch for timers and logged errors that a test leaves behind; here plain functions get the
same strictness. Random tests are repeatable: Hypothesis draws the same examples each time.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import unittest
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from twisted.logger import ILogObserver, LogEvent, LogLevel, globalLogPublisher
from zope.interface import implementer

from tests.room import Room

ROOT = Path(__file__).resolve().parent.parent

# A deadline for one example would measure the machine, not echo.
settings.register_profile("echo", derandomize=True, deadline=None)
settings.load_profile("echo")


def _is_test_case(cls: type | None) -> bool:
    return cls is not None and issubclass(cls, unittest.TestCase)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Run trial's test cases before plain functions.

    A trial TestCase starts and stops the reactor. pytest-twisted starts it for the first function of any kind
    and keeps it running: from then on a test case that waits for a Deferred would fail to start it.
    """
    items.sort(key=lambda item: not _is_test_case(getattr(item, "cls", None)))


@implementer(ILogObserver)
class ErrorCollector:
    """A log observer that keeps the errors."""

    def __init__(self) -> None:
        self.events: list[LogEvent] = []

    def __call__(self, event: LogEvent) -> None:
        """Keep it, if it is an error."""
        if event["log_level"] >= LogLevel.error:
            self.events.append(event)


def _cancel_timers() -> list[str]:
    """Cancel what waits in the reactor, and tell what it was."""
    # importing the reactor would install one
    reactor = sys.modules.get("twisted.internet.reactor")
    timers = reactor.getDelayedCalls() if reactor else []
    told = [str(timer) for timer in timers]
    for timer in timers:
        timer.cancel()
    return told


@pytest.fixture(scope="session")
def trial_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where trial's test cases run, as ``_trial_temp`` is under trial: their mktemp() makes folders there."""
    return tmp_path_factory.mktemp("trial")


@pytest.fixture(autouse=True)
def logged_errors(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, trial_folder: Path
) -> Iterator[list[LogEvent]]:
    """
    Fail a test function that leaves a timer in the reactor, or an error in Twisted's log.

    A test that provokes an error asks for this fixture, looks at the events and clears the list.
    """
    if _is_test_case(request.cls):
        monkeypatch.chdir(trial_folder)
        yield []
        return
    collector = ErrorCollector()
    globalLogPublisher.addObserver(collector)
    yield collector.events
    globalLogPublisher.removeObserver(collector)
    timers = _cancel_timers()
    assert not collector.events, f"errors were logged: {collector.events}"
    assert not timers, f"timers were left in the reactor: {timers}"


def pip(*arguments: str | Path, python: str | Path = sys.executable) -> None:
    """Run pip without any index; what it says is shown if it fails."""
    command = [python, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check", "--no-index"]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source tree, for builds: they leave build/ and *.egg-info behind."""
    copy = tmp_path_factory.mktemp("tree") / "echo-voice"
    left_out = (".*", "build", "dist", "*.egg-info", "__pycache__", "_trial_temp*", "node_modules")
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*left_out))
    # as after a run of twistd in a checkout; it must never be shipped
    (copy / "twisted/plugins/dropin.cache").write_bytes(b"stale")
    return copy


@pytest.fixture(scope="session")
def sdist(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive (``.tar.gz``) of the tree."""
    folder = tmp_path_factory.mktemp("sdist")
    build = "import setuptools.build_meta as backend, sys; backend.build_sdist(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, folder], cwd=tree, capture_output=True, check=True)
    return next(folder.glob("*.tar.gz"))


@pytest.fixture(scope="session")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source archive as a distributor would."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, sdist)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A folder with echo as its wheel installs it, without its dependencies; built once for a run of the tests.

    With this folder as PYTHONPATH a process runs the installed echo, not the source tree.
    """
    folder = tmp_path_factory.mktemp("installed")
    pip("install", "--no-deps", "--target", folder, wheel)
    return folder


@pytest.fixture
def room() -> Iterator[Room]:
    """An empty room."""
    made = Room()
    yield made
    made.close()
    assert made.turns.fileno() == -1
    assert not made.reactor.readers
    assert not made.reactor.writers
    assert not made.reactor.getDelayedCalls()
