"""Callers that are joined: what each hears of the others, how late, and nothing of themselves."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
import time
from typing import Self

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]
from websockets.asyncio.client import ClientConnection, connect

from echo.audio.format import RATES
from tests.apps.calling import Phone, answering
from tests.apps.sound import delays, sounding
from tests.frames import connected_message
from tests.speech.recordings import recording_bytes, recording_path


def test_two_phones_are_joined(phone: Phone) -> None:
    """Speech goes both ways, as it is."""
    with answering("--app", "bridge") as (_, url):
        silence, sentence = np.zeros(32000, "<i2"), np.frombuffer(recording_bytes(16000), "<i2")
        turns = ((silence, sentence, silence, silence), (silence, silence, silence, sentence))
        for number, parts in enumerate(turns):
            path = phone.folder / f"said-{number}.wav"
            soundfile.write(path, np.concatenate(parts), 16000)
            phone.dial(url, 16000, "--audio", str(path), "--tail", "1")
        for call in phone.heard():
            assert sounding(call.pcm, 16000) == sounding(recording_bytes(16000), 16000)


@pytest.mark.parametrize("silent", [0, 1])
def test_the_ear_is_not_kept_waiting(phone: Phone, silent: int) -> None:
    """
    What one says is heard by the other within 60 ms, as it was, at each rate: joined, or mixed where there is a third.

    The other returns all that they hear, so what the caller hears of it went through the bridge and back again.
    """
    with answering("--app", "bridge") as (daemon, url), Partners(daemon.port, silent):
        for rate in RATES:
            words = ("--audio", str(recording_path(rate)), "--tail", "0.5")
            phone.dial(f"{url}?room={rate}", rate, *words)
        ways = []
        for call in phone.heard():
            said = recording_bytes(call.rate)
            late = delays(call.pcm, said, call.rate)
            assert len(late) > 0.8 * len(
                delays(said, said, call.rate)
            )  # the mix leaves out what comes too late
            ways.append(min(late) * 0.02 / 2)
        assert sorted(ways)[1] < 0.06


class Partners:
    """In the room of each rate somebody who returns what they hear, and ``silent`` others who say nothing."""

    def __init__(self, port: int, silent: int) -> None:
        self._url = f"ws://127.0.0.1:{port}/socket"
        self._silent = silent
        self._ready = threading.Barrier(2)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._talk()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    async def _talk(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            talks = []
            for rate in RATES:
                for place in range(1 + self._silent):
                    socket = await stack.enter_async_context(
                        connect(self._url, proxy=None, close_timeout=0.5)
                    )
                    await socket.send(connected_message(rate, room=str(rate)))
                    talk = say_nothing if place else return_everything
                    talks.append(group.create_task(talk(socket, rate)))
            self._ready.wait()
            await self._over.wait()
            for each in talks:
                each.cancel()


async def return_everything(socket: ClientConnection, _rate: int) -> None:
    """Say what is heard."""
    async for frame in socket:
        if isinstance(frame, bytes):
            await socket.send(frame)


async def say_nothing(socket: ClientConnection, rate: int) -> None:
    """Say silence, every 20 ms."""
    began = time.monotonic()
    for number in itertools.count(1):
        await socket.send(bytes(rate // 25))
        await asyncio.sleep(began + number * 0.02 - time.monotonic())


@pytest.mark.parametrize("count", [2, 3])
def test_the_bridge_adds_little(count: int) -> None:
    """What one says is sent to the others within 60 ms, joined or mixed, in the median of two seconds."""
    with answering("--app", "bridge") as (daemon, _):
        taken = asyncio.run(conversation(f"ws://127.0.0.1:{daemon.port}/socket", count))
        assert len(taken) > 80
        assert sorted(taken)[len(taken) // 2] < 0.06


async def conversation(url: str, count: int) -> list[float]:
    """Let one of ``count`` callers speak for two seconds; how long each frame took to the second one."""
    async with contextlib.AsyncExitStack() as stack:
        callers = [connect(url, proxy=None, close_timeout=0.5) for _ in range(count)]  # not all of them read
        sockets = [await stack.enter_async_context(each) for each in callers]
        for socket in sockets:
            await socket.send(connected_message(16000))
        sent: dict[bytes, float] = {}
        taken: list[float] = []

        async def listen() -> None:
            async for frame in sockets[1]:
                if isinstance(frame, bytes) and frame in sent:
                    taken.append(time.monotonic() - sent[frame])  # noqa: PERF401  one after the other, as they come

        listening = asyncio.create_task(listen())
        began = time.monotonic()
        for number in range(150):
            await asyncio.sleep(began + number * 0.02 - time.monotonic())
            frame = (number + 1).to_bytes(2, "little") * 320
            for place, socket in enumerate(sockets):
                if place == 0:
                    sent[frame] = time.monotonic()
                await socket.send(frame if place == 0 else bytes(640))
        await asyncio.sleep(0.2)
        listening.cancel()
        return taken[50:]


def test_three_phones_hear_each_other(phone: Phone) -> None:
    """Tones of three callers, at three rates: each hears the other two, and of their own less than -50 dB."""
    tones = (440, 620, 950)
    with answering("--app", "bridge") as (daemon, url):
        for rate, hz in zip(RATES, tones, strict=True):
            phone.dial(f"{url}?room=7", rate, "--tone", str(hz), "--duration", "5", "--tail", "0.1")
        for call, own in zip(phone.heard(), tones, strict=True):
            spectrum = {hz: level_at(call.between(2, 4), call.rate, hz) for hz in tones}
            others = [level for hz, level in spectrum.items() if hz != own]
            assert min(others) > -20
            assert spectrum[own] < min(others) - 50
        assert "in the room 7, where 3 are now" in daemon.log


def level_at(pcm: bytes, rate: int, hz: float) -> float:
    """How strong one frequency is, in dBFS."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64) / 32768
    window = np.blackman(len(samples))
    wave = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / rate)
    return float(20 * np.log10(np.abs(np.sum(samples * window * wave)) * np.sqrt(2) / np.sum(window) + 1e-9))
