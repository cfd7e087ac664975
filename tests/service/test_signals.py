"""Tests of echo.service.signals: whatever comes, and whenever, it ends in good order."""

from __future__ import annotations

import atexit
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from echo.service import signals as signals_module
from echo.service.signals import Signals

NUMBERS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Loop:
    """As much of a reactor as signals need: it does later what is brought to it from elsewhere."""

    def __init__(self) -> None:
        self.sigTerm: Any = None
        self.sigInt: Any = None
        self.sigBreak: Any = None
        self.waiting: list[Callable[[], None]] = []

    def callFromThread(self, call: Callable[[], None]) -> None:
        """Keep it for the next turn."""
        self.waiting.append(call)

    def turn(self) -> None:
        """Do what waits."""
        waiting, self.waiting = self.waiting, []
        for call in waiting:
            call()


class Process:
    """A process with its signals, and what they led to."""

    def __init__(self, pidfile: Path | None = None) -> None:
        self.loop = Loop()
        self.did: list[str] = []
        twistd = {"pidfile": str(pidfile)} if pidfile else {}
        self.signals = Signals(
            self.loop,
            twistd,
            leave=lambda status: self.did.append(f"left with {status}"),
            last_words=lambda: self.did.append("log written"),
        )
        self.signals.install()

    def serve(self) -> None:
        """Let the reactor run, as the daemon does."""
        self.signals.serve(lambda: self.did.append("stop"), lambda: self.did.append("reload"))

    def receive(self, *numbers: signal.Signals) -> None:
        """Send signals to this very process, and let the reactor have its turn."""
        for number in numbers:
            signal.raise_signal(number)
        self.loop.turn()


@pytest.fixture(autouse=True)
def _signals_are_restored() -> Iterator[None]:
    """Put the signals' own actions back after a test."""
    before = {number: signal.getsignal(number) for number in NUMBERS}
    yield
    atexit.unregister(signals_module._ignore_all)
    for number, action in before.items():
        signal.signal(number, action)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_each_request_to_stop_is_brought(number: signal.Signals) -> None:
    """The first and the second, within the reactor, and never in the midst of something."""
    process = Process()
    process.serve()

    signal.raise_signal(number)
    assert process.did == []
    process.loop.turn()
    process.receive(number)

    assert process.did == ["stop", "stop"]


def test_hangup_reloads() -> None:
    """SIGHUP asks to read the settings again."""
    process = Process()
    process.serve()

    process.receive(signal.SIGHUP, signal.SIGHUP)

    assert process.did == ["reload", "reload"]


def test_what_comes_too_early_is_kept() -> None:
    """A stop or a reload that is asked for while the daemon starts is done once it runs."""
    process = Process()
    process.receive(signal.SIGHUP, signal.SIGTERM)
    assert process.did == []

    process.serve()

    assert process.did == ["stop", "reload"]


def test_a_start_that_hangs_can_be_ended(tmp_path: Path) -> None:
    """The second request to stop before the daemon runs ends the process at once, with 0 and without a pid file."""
    pidfile = tmp_path / "twistd.pid"
    pidfile.write_text(str(os.getpid()))
    process = Process(pidfile)

    process.receive(signal.SIGINT, signal.SIGTERM)

    assert process.did == ["log written", "left with 0"]
    assert not pidfile.exists()


def test_an_end_that_hangs_can_be_hurried() -> None:
    """When all calls are gone, one more signal is enough: whatever Twisted or Python still wait for."""
    process = Process()
    process.serve()
    process.receive(signal.SIGTERM)
    process.signals.nothing_is_left()

    process.receive(signal.SIGHUP, signal.SIGTERM)

    assert process.did == ["stop", "log written", "left with 0"]


def test_a_signal_that_was_brought_too_late_does_nothing() -> None:
    """What waits for the reactor when the end has come is forgotten."""
    process = Process()
    process.serve()
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGHUP)

    process.signals.nothing_is_left()
    process.loop.turn()

    assert process.did == []


def test_the_reactor_puts_nothing_of_its_own_in_their_place() -> None:
    """What Twisted installs as the reactor starts are these as well."""
    process = Process()
    process.serve()

    for action in (process.loop.sigTerm, process.loop.sigInt, process.loop.sigBreak):
        action(signal.SIGTERM, None)
    process.loop.turn()

    assert process.did == ["stop"] * 3


def test_the_hangup_of_our_own_terminal_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who closes the window in which the daemon runs does not expect it to stay; with a terminal it reloads."""
    is_there = True
    monkeypatch.setattr(os, "isatty", lambda _: is_there)
    process = Process()
    process.serve()
    process.receive(signal.SIGHUP)

    is_there = False
    process.receive(signal.SIGHUP)

    assert process.did == ["reload", "stop"]


def test_a_closed_standard_input_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is not even a descriptor, there is no terminal to be hung up."""

    def closed(_: int) -> bool:
        raise OSError

    monkeypatch.setattr(os, "isatty", closed)
    process = Process()
    process.serve()

    process.receive(signal.SIGHUP)

    assert process.did == ["reload"]


def test_at_the_very_end_signals_are_ignored() -> None:
    """While Python takes itself apart no signal changes the exit status."""
    Process()

    signals_module._ignore_all()

    assert [signal.getsignal(number) for number in NUMBERS] == [signal.SIG_IGN] * 3
