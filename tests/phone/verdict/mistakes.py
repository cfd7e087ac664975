"""
Applications with one mistake each, and what is said of it.

They meet the documented far end; :mod:`tests.phone.verdict.bridged` has what the published module makes of some.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from echo.audio.format import AudioFormat
from echo.audio.signal import Tone
from echo.phone.listening.content import swapped
from tests.phone.listening.applications import (
    App,
    Reply,
    burst,
    changed,
    first_then,
    in_pieces,
    late_by,
    later_and_later,
    mute,
    recut,
    stalled,
    without,
)

TONE = Tone(AudioFormat(16000), 500.0, level_dbfs=-20.0)
CONNECTED = '{"event":"websocket:connected","content-type":"audio/l16;rate=16000"}'

#: The 44 bytes of a WAV file of unknown length.
HEADER = b"RIFF\xff\xff\xff\x7fWAVEfmt " + bytes([16, 0, 0, 0, 1, 0, 1, 0]) + bytes(20)

ENDS = "the provider ends the call over it"


class Mistake(NamedTuple):
    """
    A mistake.

    Attributes:
        make: makes the application; some keep state.
        check: the one that fails.
        told: its sentence.
    """

    make: Callable[[], App]
    check: str
    told: str


def tone(index: int) -> bytes:
    """Audio of the application's own."""
    return TONE.frame(index) or b""


def swapping(place: int) -> App:
    """An echo in which a frame comes after its successor."""
    kept: list[bytes] = []

    def swaps(index: int, frame: bytes) -> list[Reply]:
        if index == place:
            kept.append(frame)
            return []
        return [Reply(frame), *(Reply(kept.pop()) for _ in range(len(kept)))]

    return swaps


#: Each with its name.
MISTAKES = {
    "320 bytes": Mistake(
        lambda: recut(320),
        "frame-size",
        (
            f"Message 0 has 320 bytes where a frame at 16000 Hz has 640: {ENDS}; cut audio into messages of "
            "exactly 640 bytes. 320 bytes are a frame at 8000 Hz: take the rate from the content-type of the "
            "first text message."
        ),
    ),
    "1280 bytes": Mistake(
        lambda: recut(1280),
        "frame-size",
        (
            f"Message 0 has 1280 bytes where a frame at 16000 Hz has 640: {ENDS}; cut audio into messages of "
            "exactly 640 bytes."
        ),
    ),
    "a short message later": Mistake(
        lambda: lambda index, frame: [Reply(frame[:500] if index == 100 else frame)],
        "frame-size",
        (
            f"Message 100 has 500 bytes where a frame at 16000 Hz has 640: {ENDS}; cut audio into messages of "
            "exactly 640 bytes."
        ),
    ),
    "fragments": Mistake(
        lambda: in_pieces(3),
        "fragments",
        (
            f"Message 0 came in 3 WebSocket fragments: {ENDS}; send each frame as one unfragmented message, past "
            "proxies that split it."
        ),
    ),
    "odd bytes": Mistake(
        lambda: changed(lambda frame: frame[:-1]),
        "samples",
        (
            f"Message 0 has 639 bytes, so it ends in half a sample: {ENDS}; keep an odd byte and put it before the"
            " next message."
        ),
    ),
    "an odd stream": Mistake(
        lambda: recut(640, b"\0"),
        "samples",
        (
            "The audio comes back an odd number of bytes late, so every sample is torn in two: what follows is "
            "heard as loud noise; keep an odd byte and put it before the next message."
        ),
    ),
    "swapped bytes": Mistake(
        lambda: changed(swapped),
        "byte-order",
        (
            "What was said comes back with the two bytes of every sample swapped: the caller hears loud noise; "
            "samples are little-endian here, although the type is called L16."
        ),
    ),
    "a WAV header": Mistake(
        lambda: first_then(HEADER),
        "content",
        (
            "Message 0 is the header of a WAV file, sent as audio: the caller hears nothing more, since the "
            "provider ends the call over its size; leave the header out and send the samples alone."
        ),
    ),
    "a WAV header in the stream": Mistake(
        lambda: recut(640, HEADER),
        "content",
        (
            "Message 0 is the header of a WAV file, sent as audio: the caller hears a click or noise; leave the "
            "header out and send the samples alone."
        ),
    ),
    "an Ogg file": Mistake(
        lambda: changed(lambda frame: b"OggS\0" + frame[5:]),
        "content",
        (
            "Message 0 is a page of an Ogg file, sent as audio (200 messages of that kind): the caller hears a "
            "click or noise; decode the file and send 16-bit little-endian samples."
        ),
    ),
    "leaked JSON": Mistake(
        lambda: first_then(CONNECTED.encode()),
        "content",
        (
            "Message 0 is JSON text, sent as audio: the caller hears nothing more, since the provider ends the "
            "call over its size; tell text messages from binary ones by their type, and send no text back as "
            "audio."
        ),
    ),
    "leaked JSON, filled up": Mistake(
        lambda: first_then(CONNECTED.encode().ljust(640, b"\0")),
        "content",
        (
            "Message 0 is JSON text, sent as audio: the caller hears a click or noise; tell text messages from "
            "binary ones by their type, and send no text back as audio."
        ),
    ),
    "echoed text": Mistake(
        lambda: first_then(CONNECTED),
        "commands",
        (
            'The text message {"event":"websocket:connected","content-type":"audio/l16;rat ... (+9 characters) is'
            " the provider's own message, sent back: the provider ignores it; send only clear and notify "
            "commands, and no text of the provider's back."
        ),
    ),
    "texts": Mistake(
        lambda: lambda _, frame: [Reply(frame), Reply("hello")],
        "commands",
        (
            "The text message hello is no command: the text is not JSON from line 1, column 1 on: the provider "
            "ignores it; send only clear and notify commands, and no text of the provider's back. 200 of 200 text"
            " messages are no commands."
        ),
    ),
    "a burst": Mistake(
        lambda: burst(4000, tone),
        "overflow",
        (
            "928 messages came when 3072 waited already and were dropped: the caller misses 18.6 s; stay less "
            "than 61 s ahead of what is played, for instance by sending a frame every 18 to 20 ms."
        ),
    ),
    "a growing delay": Mistake(
        lambda: later_and_later(50),
        "delay",
        (
            "The delay went from 25.5 ms to 175 ms during the call, and the caller waits longer and longer; drop "
            "audio that is late instead of queueing it, and catch up after a stall."
        ),
    ),
    "a delay that outgrows the call": Mistake(
        lambda: later_and_later(900),
        "delay",
        (
            "The delay went from 442 ms to 2.4 s during the call, and the caller waits longer and longer; drop "
            "audio that is late instead of queueing it, and catch up after a stall."
        ),
    ),
    "a stall": Mistake(
        lambda: stalled(100, 15),
        "delay",
        (
            "The delay went from 1.00 ms to 301 ms during the call, and the caller waits longer and longer; drop "
            "audio that is late instead of queueing it, and catch up after a stall."
        ),
    ),
    "closes at once": Mistake(
        lambda: first_then(1000, mute),
        "stays",
        (
            "The application closed the call after 1.00 ms, with code 1000: the caller hears nothing and is cut "
            "off; keep the socket open for the whole call, and see in the application's log whether it failed."
        ),
    ),
    "fails in mid-call": Mistake(
        lambda: lambda index, frame: [Reply(1011 if index == 100 else frame)],
        "stays",
        (
            "The application closed the call after 2.0 s, with code 1011, while the caller was still talking: the"
            " caller is cut off; look at what the application logged at that moment."
        ),
    ),
    "never sends": Mistake(
        lambda: mute,
        "echo",
        (
            "Nothing came back: the application sent no audio in 6.0 s; send each binary message back as it "
            "comes."
        ),
    ),
    "loses frames": Mistake(
        lambda: without(lambda index: index % 10 == 3),
        "echo",
        "180 of 200 frames said came back: 20 lost; send each message back once, in order, as it came.",
    ),
    "repeats and alters": Mistake(
        lambda: lambda index, frame: [Reply(tone(0) if index == 5 else frame)] * (1 + (index == 9)),
        "echo",
        "199 of 200 frames said came back: 1 altered, 1 heard again; "
        "send each message back once, in order, as it came.",
    ),
    "has another order": Mistake(
        lambda: swapping(7),
        "echo",
        "200 of 200 frames said came back: 1 out of order; send each message back once, in order, as it came.",
    ),
    "talks of its own": Mistake(
        lambda: lambda index, _: [Reply(tone(index))],
        "echo",
        "None of 200 messages that came is what was said; send each message back as it comes.",
    ),
    "cuts elsewhere": Mistake(
        lambda: recut(640, bytes(44)),
        "echo",
        (
            "What was said comes back cut at other places: each frame begins 44 bytes late; send the bytes of "
            "each message back together."
        ),
    ),
    "is slower than the phone listens": Mistake(
        lambda: late_by(3.0),
        "echo",
        (
            "149 of 200 frames said came back: 51 lost. Of these the last 51 were still on the way when the call "
            "ended, since an echo takes 3.0 s: listen longer (--tail)."
        ),
    ),
}
