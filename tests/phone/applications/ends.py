"""Applications that leave too early, say nothing, or break the WebSocket protocol (RFC 6455)."""

from __future__ import annotations

from tests.frames import BINARY, TEXT, encode_frame
from tests.phone.applications.audio import numbered
from tests.phone.applications.base import Call, application


def framed(opcode: int, payload: bytes) -> bytes:
    """A frame as a server sends it."""
    return encode_frame(opcode, payload, key=None)


@application
async def closes_at_once(call: Call) -> None:
    """Take the call and hang up."""
    await call.begun()


@application
async def never_sends(call: Call) -> None:
    """Listen and say nothing."""
    await call.nothing()


async def _echo_for_a_second(call: Call) -> None:
    async for index, frame in numbered(call):
        await call.send(frame)
        if index == 50:
            return


@application
async def hangs_up(call: Call) -> None:
    """Close the call properly after a second: an application may do that."""
    await _echo_for_a_second(call)


@application
async def crashes(call: Call) -> None:
    """Fail after a second: the library closes with 1011."""
    await _echo_for_a_second(call)
    raise RuntimeError("as an application that fails")


@application
async def vanishes(call: Call) -> None:
    """End the connection after a second, without a Close frame."""
    await _echo_for_a_second(call)
    call.connection.transport.write_eof()
    call.connection.transport.close()


@application
async def resets(call: Call) -> None:
    """Reset the connection after a second."""
    await _echo_for_a_second(call)
    call.cut()


async def _after_a_second(call: Call, wrong: bytes) -> None:
    """Write something wrong in mid-call, and go on as if nothing had happened."""
    await _echo_for_a_second(call)
    call.write(wrong)
    await call.nothing()


@application
async def masked(call: Call) -> None:
    """Mask a frame, which a server must not (section 5.1)."""
    await _after_a_second(call, encode_frame(BINARY, bytes(640)))


@application
async def garbage(call: Call) -> None:
    """Write a log line to the socket."""
    await _after_a_second(call, b"Traceback (most recent call last):\r\n")


@application
async def broken_text(call: Call) -> None:
    """Send a text that is no UTF-8 (section 8.1)."""
    await _after_a_second(call, framed(TEXT, b'{"action":"cl\xffear"}'))


@application
async def huge(call: Call) -> None:
    """Announce a message of 8 GB."""
    await _after_a_second(call, b"\x82\x7f" + (8_000_000_000).to_bytes(8, "big"))
