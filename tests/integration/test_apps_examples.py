"""The examples of docs/apps.rst, as they stand there, over real sockets, judged by what the phone's caller hears."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest
from websockets.asyncio.server import ServerConnection, serve

from echo.soundfiles import decode
from tests.apps.calling import Phone, answering, call_all
from tests.apps.sound import dbfs, likeness, sounding, strongest
from tests.conftest import ROOT, pip
from tests.daemon import free_port
from tests.speech.recordings import recording_bytes, recording_path
from tests.test_docs import blocks


def example(name: str) -> dict[str, str]:
    """An example of docs/apps.rst, by the name of its file."""
    return {name: blocks("docs/apps.rst", "python")[name]}


def test_the_tutorial(phone: Phone) -> None:
    """Its first app does what it is said to, and its class answers in its place once the file is changed."""
    with answering("--app", "./mine.py", files=example("mine.py")) as (daemon, url):
        phone.dial(url, 16000, "--silence", "--dtmf", "2:5", "--duration", "4", "--expect", "speech")
        (call,) = phone.heard()
        assert call.report["passed"]
        assert strongest(call.between(0.1, 0.25), 16000) == pytest.approx(1000, abs=15)
        assert strongest(call.between(2.1, 2.25), 16000) == pytest.approx(440, abs=15)
        for line in blocks("docs/apps.rst", "text")["mine-lines"].splitlines():
            assert line.partition("] ")[2] in daemon.log
        (daemon.folder / "mine.py").write_text(example("listens.py")["listens.py"])
        phone.dial(url, 16000, "--duration", "2", "--dtmf", "1.5:#", "--expect", "echo")
        (call,) = phone.heard()
        assert call.report["ended"]["reason"] == "they have had enough"
        assert "call 2, mine: this call says of itself: {'uuid': " in daemon.log
        daemon.wait_for_log("frames, ended by echo (close code 1000: they have had enough)")


def test_an_app_that_is_installed(phone: Phone, tmp_path: Path) -> None:
    """The tutorial's package, installed by pip, answers by the name of its entry point, and may be chosen by it."""
    package, there = tmp_path / "greeter", tmp_path / "there"
    package.mkdir()
    (package / "mine.py").write_text(example("mine.py")["mine.py"])
    (package / "pyproject.toml").write_text(blocks("docs/apps.rst", "toml")["pyproject.toml"])
    pip("install", "--no-deps", "--no-build-isolation", "--target", there, package)
    path = os.pathsep.join([str(ROOT), str(there)])
    with answering("--app", "silence", "--apps", "greeter", PYTHONPATH=path) as (daemon, url):
        phone.dial(f"{url}?app=greeter", 16000, "--silence", "--duration", "2", "--dtmf", "0.5:5")
        (call,) = phone.heard()
        assert strongest(call.between(0.1, 0.25), 16000) == pytest.approx(1000, abs=15)
        assert "call 1, greeter: they pressed 5" in daemon.log


def test_the_transcriber(phone: Phone) -> None:
    """It tells how long was spoken, from a thread."""
    with answering("--app", "./transcriber.py", files=example("transcriber.py")) as (daemon, url):
        phone.dial(url, 16000, "--audio", str(recording_path(16000)), "--duration", "5")
        phone.heard()
        daemon.wait_for_log("call 1, transcriber: they said: 3 seconds of speech")
        assert "took" not in daemon.log


def test_the_announcer(phone: Phone) -> None:
    """It begins anew for a key, and hangs up once it was heard."""
    with answering("--app", "./announcer.py", files=example("announcer.py")) as (daemon, url):
        for call in call_all(phone, url, "--silence", "--dtmf", "1:3", "--duration", "9"):
            wanted = decode(str(recording_path(16000)), call.rate, "", 60)
            correlation, at, _ = likeness(call.between(1.2, 9), wanted)
            assert correlation > 0.99
            assert 0.2 < at / call.rate < 1
            assert dbfs(call.between(1.1, 1.4)) < -90
            assert call.report["ended"]["reason"] == "the app has finished"
        assert daemon.log.count("announcer: interrupted by 3") == 3


def test_the_screener(phone: Phone) -> None:
    """Who presses seven is let through; who does not is asked three times."""
    with answering("--app", "./screener.py", files=example("screener.py")) as (daemon, url):
        phone.dial(url, 16000, "--tone", "440", "--dtmf", "1:7", "--duration", "3")
        phone.dial(
            url, 16000, "--silence", "--dtmf", "1:1", "--dtmf", "2:2", "--dtmf", "3:3", "--duration", "9"
        )
        person, machine = phone.heard()
        assert strongest(person.between(1.5, 2.9), 16000) == pytest.approx(440, abs=2)
        assert machine.report["ended"]["reason"] == "the app has finished"
        assert "screener: a person" in daemon.log
        assert "screener: a machine, or somebody in a hurry" in daemon.log


class Service:
    """A speech service in a thread: takes PCM and gives PCM back; or does not read for a while."""

    def __init__(self, talk: Callable[[ServerConnection], Any]) -> None:
        self.port = free_port()
        self._talk = talk
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with serve(self._talk, "127.0.0.1", self.port, compression=None):
            self._ready.set()
            await self._over.wait()


async def return_everything(socket: ServerConnection) -> None:
    """Give back what comes, as it comes."""
    async for piece in socket:
        await socket.send(piece)


def test_the_relay(phone: Phone) -> None:
    """What the service gives back is heard as it is, at each rate."""
    with (
        Service(return_everything) as service,
        answering("--app", "./relay.py", files=example("relay.py"), SERVICE=str(service.port)) as (
            daemon,
            url,
        ),
    ):
        for call in call_all(phone, url, "--tail", "1.5", audio=True):
            assert sounding(call.pcm, call.rate) == sounding(recording_bytes(call.rate), call.rate)
        assert "failed" not in daemon.log


def test_the_relay_ends_with_its_service(phone: Phone) -> None:
    """A service that says something and leaves is heard to the end, and then the call is hung up."""

    async def say_and_leave(socket: ServerConnection) -> None:
        await socket.recv()
        for at in range(0, len(recording_bytes(16000)), 6400):
            await socket.send(recording_bytes(16000)[at : at + 6400])

    with (
        Service(say_and_leave) as service,
        answering("--app", "./relay.py", files=example("relay.py"), SERVICE=str(service.port)) as (
            daemon,
            url,
        ),
    ):
        phone.dial(url, 16000, "--silence", "--duration", "6")
        (call,) = phone.heard()
        assert sounding(call.pcm, 16000) == sounding(recording_bytes(16000), 16000)
        assert call.report["ended"]["reason"] == "the app has finished"
        assert "relay: the service has left" in daemon.log
        assert "failed" not in daemon.log


def test_the_relay_holds_a_talkative_service_back(phone: Phone) -> None:
    """A service that gives a minute of audio at once is read as the caller hears, and the daemon keeps little of it."""
    sent: list[int] = []

    async def flood(socket: ServerConnection) -> None:
        for _ in range(40_000):
            await socket.send(bytes(640))
            sent.append(640)

    with (
        Service(flood) as service,
        answering("--app", "./relay.py", files=example("relay.py"), SERVICE=str(service.port)) as (
            daemon,
            url,
        ),
    ):
        before = daemon.rss()
        phone.dial(url, 16000, "--silence", "--duration", "3", "--tail", "0.2")
        (call,) = phone.heard()
        call.assert_sound()
        assert sum(sent) < 15_000_000  # the sockets hold some megabytes
        assert daemon.rss() - before < 20_000_000


def test_the_relay_holds_the_caller_back(phone: Phone) -> None:
    """A service that does not read for a while loses nothing: the provider waits meanwhile."""
    taken: list[bytes] = []

    async def sleepy(socket: ServerConnection) -> None:
        socket.transport.pause_reading()
        await asyncio.sleep(2)
        socket.transport.resume_reading()
        async for piece in socket:
            assert isinstance(piece, bytes)
            taken.append(piece)

    with (
        Service(sleepy) as service,
        answering("--app", "./relay.py", files=example("relay.py"), SERVICE=str(service.port)) as (_, url),
    ):
        phone.dial(url, 16000, "--audio", str(recording_path(16000)), "--tail", "2")
        phone.heard()
        assert recording_bytes(16000) in b"".join(taken)
