"""Applications that make no mistake but in time; and those that are late on purpose, which is none."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from websockets.exceptions import ConnectionClosed

from tests.phone.applications.audio import numbered
from tests.phone.applications.base import STEP, Call, application, until


async def delayed(call: Call, delay: Callable[[int], float]) -> None:
    """
    Echo each frame some time after it came.

    Args:
        call: to answer.
        delay: of a frame by its index, in seconds.
    """
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def send() -> None:
        while True:
            due, frame = await waiting.get()
            await until(due)
            await call.send(frame)

    sender = asyncio.create_task(send())
    try:
        async for index, frame in numbered(call):
            waiting.put_nowait((loop.time() + delay(index), frame))
    finally:
        sender.cancel()


@application
async def late(call: Call) -> None:
    """Echo as late as the socket's address asks for, ``late?ms=37``: no mistake."""
    seconds = float(call.asked["ms"]) / 1000
    await delayed(call, lambda _: seconds)


@application
async def growing_delay(call: Call) -> None:
    """Fall behind by 300 ms a second, as a resampler with a wrong ratio does."""
    await delayed(call, lambda index: index * STEP * 0.3)


@application
async def waves(call: Call) -> None:
    """Be early and late by turns, by 30 ms: jitter, but no mistake."""
    await delayed(call, lambda index: 0.03 * (index // 10 % 2))


@application
async def choppy(call: Call) -> None:
    """Send a frame each 30 ms, as who sleeps too long: too slow to be heard without breaks."""
    await call.begun()
    began = asyncio.get_running_loop().time()
    with contextlib.suppress(ConnectionClosed):
        for index in range(10_000):
            await until(began + index * 0.03)
            await call.send((1000 + index % 2000).to_bytes(2, "little") * (call.size // 2))


@application
async def bursts(call: Call) -> None:
    """Send 70 s of speech at once: the queue of the provider holds 61."""
    await call.begun()
    for index in range(3500):
        await call.send((1000 + index % 2000).to_bytes(2, "little") * (call.size // 2))
    await call.nothing()


@application
async def long_speech(call: Call) -> None:
    """Send a minute of speech at once: there is room for it."""
    await call.begun()
    for index in range(3000):
        await call.send((1000 + index % 2000).to_bytes(2, "little") * (call.size // 2))
    await call.nothing()
