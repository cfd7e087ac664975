"""Applications that send something else than frames, or other frames than they heard."""

from __future__ import annotations

import json
from array import array
from collections.abc import AsyncIterator, Iterator

from tests.phone.applications.base import Call, application


async def recut(call: Call, size: int, head: bytes = b"") -> AsyncIterator[bytes]:
    """Take the caller's audio as one stream with ``head`` before it, and cut it into ``size`` bytes."""
    waiting = bytearray(head)
    async for frame in call.frames():
        waiting += frame
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]


async def numbered(call: Call) -> AsyncIterator[tuple[int, bytes]]:
    """Count the frames from 0."""
    index = 0
    async for frame in call.frames():
        yield index, frame
        index += 1


@application
async def correct(call: Call) -> None:
    """Make no mistake."""
    await call.echo()


@application
async def half_frames(call: Call) -> None:
    """Take 8 kHz for granted: 320 bytes a message."""
    async for part in recut(call, 320):
        await call.send(part)


@application
async def long_frames(call: Call) -> None:
    """Send 40 ms at once: 1280 bytes at 16 kHz."""
    async for part in recut(call, 1280):
        await call.send(part)


@application
async def odd(call: Call) -> None:
    """Send half a sample at the end of each message."""
    async for frame in call.frames():
        await call.send(frame[:-1])


@application
async def torn(call: Call) -> None:
    """Send whole frames, of a stream that is one byte late."""
    async for part in recut(call, 640, b"\0"):
        await call.send(part)


def _halves(frame: bytes) -> Iterator[bytes]:
    """Cut a frame in two; an iterator is sent as one message in fragments."""
    middle = len(frame) // 2
    yield from (frame[:middle], frame[middle:])


@application
async def fragments(call: Call) -> None:
    """Send each frame in fragments."""
    async for frame in call.frames():
        await call.connection.send(_halves(frame))


@application
async def swapped(call: Call) -> None:
    """Believe the name L16: samples in network byte order."""
    async for frame in call.frames():
        samples = array("h", frame)
        samples.byteswap()
        await call.send(samples.tobytes())


def _wav_header(rate: int) -> bytes:
    """The 44 bytes before the samples of a WAV file whose length is not known."""
    numbers = [(16, 4), (1, 2), (1, 2), (rate, 4), (2 * rate, 4), (2, 2), (16, 2)]
    form = b"".join(number.to_bytes(size, "little") for number, size in numbers)
    return b"RIFF\xff\xff\xff\xffWAVEfmt " + form + b"data\xff\xff\xff\xff"


@application
async def wav_header(call: Call) -> None:
    """Send a WAV file, header and all, cut into frames."""
    await call.begun()
    async for part in recut(call, call.size, _wav_header(call.rate)):
        await call.send(part)


@application
async def leaked_json(call: Call) -> None:
    """Echo the first text message as audio: nobody looked at its type."""
    await call.begun()
    await call.send(call.first.encode())
    await call.echo()


@application
async def echoed_text(call: Call) -> None:
    """Echo text messages, too."""
    async for message in call.texts_and_frames():
        await call.send(message)


@application
async def text_for_audio(call: Call) -> None:
    """Send audio as base64 in text messages, as some other providers want it."""
    async for frame in call.frames():
        await call.send(json.dumps({"event": "media", "media": {"payload": frame.hex()}}))


@application
async def drops(call: Call) -> None:
    """Lose a frame each second."""
    async for index, frame in numbered(call):
        if index % 50 != 25:
            await call.send(frame)


@application
async def repeats(call: Call) -> None:
    """Say a frame twice each second."""
    async for index, frame in numbered(call):
        await call.send(frame)
        if index % 50 == 25:
            await call.send(frame)


@application
async def misorders(call: Call) -> None:
    """Swap two frames, once."""
    kept: list[bytes] = []
    async for index, frame in numbered(call):
        kept.append(frame)
        if index != 50:
            for each in reversed(kept):
                await call.send(each)
            kept.clear()


@application
async def alters(call: Call) -> None:
    """Change one sample of a frame, each second."""
    async for index, frame in numbered(call):
        await call.send(frame[:100] + b"\x55\x2a" + frame[102:] if index % 50 == 25 else frame)


@application
async def silent(call: Call) -> None:
    """Answer each frame with silence."""
    async for frame in call.frames():
        await call.send(bytes(len(frame)))


@application
async def commands(call: Call) -> None:
    """Use ``clear`` and ``notify`` as they are meant, while it echoes: no mistake."""
    await call.begun()
    await call.command(action="clear")
    async for index, frame in numbered(call):
        await call.send(frame)
        if index % 25 == 0:
            await call.command(action="notify", payload={"frame": index})
