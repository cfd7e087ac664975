"""Tests of echo.phone.reactor: the wishes of Ctrl-C, and what it does to a real process."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from echo.errors import PhoneError
from echo.phone.leaving import INTERRUPTED, leave
from echo.phone.reactor import Stop, run
from tests.conftest import ROOT

#: Runs ``work`` on a reactor of its own; the test says what that is.
PROGRAM = """
import asyncio, signal, sys
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from echo.errors import PhoneError
from echo.phone.reactor import run

def ready():
    print("ready", flush=True)

{work}

try:
    print("returned", run(work))
except (PhoneError, KeyError) as error:
    print(type(error).__name__, error)
"""


@contextmanager
def process(work: str) -> Iterator[subprocess.Popen[str]]:
    """A process that runs ``work``, once it has said so."""
    command = [sys.executable, "-c", PROGRAM.replace("{work}", work)]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        try:
            assert running.stdout is not None
            assert running.stdout.readline() == "ready\n", ending(running)
            yield running
        finally:
            running.kill()


def ending(running: subprocess.Popen[str]) -> tuple[str, str, int]:
    """What the process still says, and how it ends."""
    assert running.stdout is not None
    assert running.stderr is not None
    return running.stdout.read(), running.stderr.read(), running.wait(20)


class FakeReactor:
    """As much of a reactor as ``run`` needs: it does what waits, then the signals, and has to be stopped."""

    def __init__(self, *signals: signal.Signals) -> None:
        self._waiting: list[Any] = []
        self._signals = signals
        self.stopped = False

    def callWhenRunning(self, call: Any, *arguments: Any) -> None:
        """Keep it."""
        self._waiting.append(lambda: call(*arguments))

    callFromThread = callWhenRunning

    def run(self, *, installSignalHandlers: bool) -> None:
        """Run until stopped."""
        assert not installSignalHandlers
        for number in (None, *self._signals):
            if number is not None:
                signal.raise_signal(number)
            while self._waiting and not self.stopped:
                self._waiting.pop(0)()
        assert self.stopped

    def stop(self) -> None:
        """Note it."""
        self.stopped = True


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Gives the signals back to who had them, and leaves the log to who has it."""
    monkeypatch.setattr("echo.phone.reactor.begin_log", lambda _: None)
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_run_gives_what_the_work_makes(monkeypatch: pytest.MonkeyPatch, signals: None) -> None:
    """The work gets the reactor, with a clock that does not jump, and its result is returned."""
    fake = FakeReactor()
    monkeypatch.setattr("twisted.internet.reactor", fake, raising=False)

    async def work(reactor: Any, stop: Stop) -> str:
        return f"{reactor is fake} {stop.asked} {reactor.seconds is time.monotonic}"

    assert run(work) == "True False True"


def test_run_raises_what_the_work_raises(monkeypatch: pytest.MonkeyPatch, signals: None) -> None:
    """An error of the work is raised by ``run``, after the reactor has ended."""
    monkeypatch.setattr("twisted.internet.reactor", FakeReactor(), raising=False)

    async def work(reactor: Any, stop: Stop) -> str:
        raise KeyError("a bug")

    with pytest.raises(KeyError, match="a bug"):
        run(work)


def test_run_hands_on_a_signal_once(monkeypatch: pytest.MonkeyPatch, signals: None) -> None:
    """A signal asks to stop, and behind it either of them ends the process at once."""
    monkeypatch.setattr("twisted.internet.reactor", FakeReactor(signal.SIGTERM), raising=False)

    async def work(reactor: Any, stop: Stop) -> str:
        asked: Deferred[str] = Deferred()
        stop.on_stop(lambda: asked.callback("asked"))
        return await asked

    assert run(work) == "asked"
    assert {signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)} == {leave}


def test_run_cancels_work_without_a_wish(monkeypatch: pytest.MonkeyPatch, signals: None) -> None:
    """Work that did not say what is to be done is told as interrupted."""
    monkeypatch.setattr("twisted.internet.reactor", FakeReactor(signal.SIGINT), raising=False)

    async def work(reactor: Any, stop: Stop) -> None:
        await Deferred()

    with pytest.raises(PhoneError, match="interrupted"):
        run(work)


def test_everybody_is_asked_to_stop() -> None:
    """All wishes are fulfilled once, those that were taken back excepted."""
    stop, told = Stop(), list[str]()
    forget = stop.on_stop(lambda: told.append("forgotten"))
    stop.on_stop(lambda: told.append("first"))
    stop.on_stop(lambda: told.append("second"))
    forget()
    assert not stop.asked
    stop.ask()
    stop.ask()

    assert told == ["first", "second"]
    assert stop.asked


def test_who_comes_late_is_asked_at_once() -> None:
    """What begins when Ctrl-C was pressed already is ended at once."""
    stop, told = Stop(), list[str]()
    stop.ask()
    stop.on_stop(lambda: told.append("late"))

    assert told == ["late"]


def test_a_wish_may_take_itself_back() -> None:
    """A call that ends when it is asked to takes its wish back meanwhile."""
    stop, told = Stop(), list[str]()

    def first() -> None:
        told.append("first")
        forget()

    forget = stop.on_stop(first)
    stop.on_stop(lambda: told.append("second"))
    stop.ask()

    assert told == ["first", "second"]


def test_work_that_heeds_nothing_is_cancelled() -> None:
    """Where nobody ever said what is to be done, the work itself is ended; otherwise never."""
    told: list[str] = []
    unheeded, heeded = Stop(), Stop()
    for stop in (unheeded, heeded):
        stop.unheeded = lambda: told.append("cancelled")
    heeded.on_stop(lambda: told.append("heeded"))()
    unheeded.ask()
    heeded.ask()

    assert told == ["cancelled"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_to_stop(number: signal.Signals) -> None:
    """SIGINT and SIGTERM let the work come to an end of its own and return."""
    work = """
async def work(reactor, stop):
    asked = Deferred()
    stop.on_stop(lambda: asked.callback("what it made"))
    reactor.callLater(0, ready)
    return await asked
"""
    with process(work) as running:
        running.send_signal(number)
        assert ending(running) == ("returned what it made\n", "", 0)


def test_a_signal_before_the_reactor_runs() -> None:
    """No moment is without: a signal that comes while the reactor starts is kept."""
    work = """
async def work(reactor, stop):
    asked = Deferred()
    stop.on_stop(lambda: asked.callback("what it made"))
    signal.raise_signal(signal.SIGINT)
    ready()
    return await asked
"""
    with process(work) as running:
        assert ending(running) == ("returned what it made\n", "", 0)


def test_work_without_a_wish_is_interrupted() -> None:
    """Work that did not say what is to be done is cancelled, and one sentence says so."""
    work = """
async def work(reactor, stop):
    reactor.callLater(0, ready)
    await Deferred()
"""
    with process(work) as running:
        running.send_signal(signal.SIGINT)
        assert ending(running) == ("PhoneError interrupted\n", "", 0)


def test_a_second_signal_ends_the_process() -> None:
    """Where the work does not come to its end, the second Ctrl-C is the last."""
    work = """
async def work(reactor, stop):
    stop.on_stop(ready)
    reactor.callLater(0, ready)
    await Deferred()
"""
    with process(work) as running:
        running.send_signal(signal.SIGINT)
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == INTERRUPTED


def test_an_error_of_the_work_is_raised() -> None:
    """What the work raises comes out of ``run``, and its clock is the one that never jumps."""
    work = """
import time

async def work(reactor, stop):
    ready()
    await deferLater(reactor, 0)
    assert abs(reactor.seconds() - time.monotonic()) < 1
    raise KeyError("a bug")
"""
    with process(work) as running:
        assert ending(running) == ("KeyError 'a bug'\n", "", 0)


def test_what_twisted_says_of_itself_is_not_shown() -> None:
    """Its errors, which an application may bring about, neither stand on standard error nor end the work."""
    work = """
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol

class Stumbling(Protocol):
    def dataReceived(self, data):
        self.transport.writeSequence(None)

async def work(reactor, stop):
    ready()
    port = reactor.listenTCP(0, Factory.forProtocol(Stumbling), interface="127.0.0.1")
    lost = Deferred()

    class Asking(Protocol):
        def connectionMade(self):
            self.transport.write(b"x")

        def connectionLost(self, reason):
            lost.callback("closed")

    TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port).connect(Factory.forProtocol(Asking))
    return await lost
"""
    with process(work) as running:
        assert ending(running) == ("returned closed\n", "", 0)


def test_a_bug_of_ours_that_only_the_log_is_told_of_is_raised() -> None:
    """Neither in a timer nor in a Deferred that nobody looks at is it lost, and the work does not hang."""
    for made in ("moment(None)", "Deferred.fromCoroutine(wrong())"):
        work = """
import gc
from echo.phone.words import moment

async def wrong():
    moment(None)

async def work(reactor, stop):
    ready()
    reactor.callLater(0, lambda: {made})
    reactor.callLater(0.01, gc.collect)
    await Deferred()
""".replace("{made}", made)
        with process(work) as running:
            said, told, status = ending(running)

        assert (said, status) == ("", 1)
        assert told.startswith("Traceback")
        assert told.splitlines()[-1].startswith("TypeError: ")


def test_warnings_stay_where_they_are() -> None:
    """Python's warnings do not go to the log, where nobody reads them."""
    work = """
import warnings

async def work(reactor, stop):
    ready()
    warnings.warn("look out")
"""
    with process(work) as running:
        said, told, status = ending(running)

    assert (said, status) == ("returned None\n", 0)
    assert "UserWarning: look out" in told
