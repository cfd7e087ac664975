"""Recorded speech, streamed as calls by a client that shares no code with Autobahn, comes back as it went."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.daemon import Daemon
from tests.frames import connected_message
from tests.speech.recordings import FRAME_SECONDS, RATES, recording_bytes, recording_frames
from tests.speech.streamed import Streamed, assert_came_back_unharmed, assert_explained


def test_speech_comes_back_as_it_went(installed: Path) -> None:
    """
    Three calls at once, at 8, 16 and 24 kHz, each hear themselves: identical, in order, complete, in time.

    The daemon runs with its default rate; each call names its own in its first message.
    """
    with Daemon(path=installed) as daemon:
        calls = asyncio.run(stream_all(f"ws://127.0.0.1:{daemon.port}/socket?rates=three"))

        assert [call.rate for call in calls] == list(RATES)
        for call in calls:
            assert_came_back_unharmed(call)
            assert_explained(daemon, call)
        assert daemon.health()["calls_now"] == 0


def test_the_recordings_are_speech_that_needs_padding() -> None:
    """Each recording lasts about 2.4 s, is no silence, and ends within a frame."""
    for rate in RATES:
        audio, frames = recording_bytes(rate), recording_frames(rate)
        assert 2.3 < len(audio) / 2 / rate < 2.5
        assert {len(frame) for frame in frames} == {rate // 25}
        assert 0 < sum(map(len, frames)) - len(audio) < rate // 25
        assert len(set(frames)) > 0.8 * len(frames)  # so that one taken for another is seen


async def stream_all(url: str) -> list[Streamed]:
    """Stream the recordings at all rates at the same time."""
    return await asyncio.gather(*(stream(url, rate) for rate in RATES))


async def stream(url: str, rate: int) -> Streamed:
    """Be the provider for one call: its handshake, its first message, a frame each 20 ms, a Close frame."""
    # what the provider's published media module sends: its subprotocol, and "http" as the origin's scheme
    subprotocols, origin = [Subprotocol("WSBRIDGE")], Origin("http://127.0.0.1")
    async with connect(url, subprotocols=subprotocols, origin=origin, proxy=None) as socket:
        port = socket.local_address[1]
        call = Streamed(rate, port, socket.subprotocol, sent_at=[], came=[], came_at=[], texts=0)
        frames = recording_frames(rate)
        async with asyncio.timeout(10):
            await asyncio.gather(send(socket, call, frames), receive(socket, call, len(frames)))
    return call


async def send(socket: ClientConnection, call: Streamed, frames: list[bytes]) -> None:
    """Send the first message, with the space before it, and then the frames when they are due."""
    await socket.send(" " + connected_message(call.rate, caller="447700900123", language="en-GB"))
    began = time.monotonic()
    for number, frame in enumerate(frames):
        # the pace of a call, held by deadlines so that no delay adds up
        await asyncio.sleep(began + number * FRAME_SECONDS - time.monotonic())
        call.sent_at.append(time.monotonic())
        await socket.send(frame)


async def receive(socket: ClientConnection, call: Streamed, count: int) -> None:
    """Take ``count`` binary messages, close, and take what was still on its way."""
    async for message in socket:
        if isinstance(message, str):
            call.texts += 1
            continue
        call.came_at.append(time.monotonic())
        call.came.append(message)
        if len(call.came) == count:
            await socket.close()
