"""What the provider's published module makes of some of the mistakes."""

from __future__ import annotations

from tests.phone.listening.applications import Reply, changed, first_then, in_pieces, recut
from tests.phone.verdict.mistakes import HEADER, Mistake

#: Each with its name.
BRIDGED = {
    "320 bytes": Mistake(
        lambda: recut(320),
        "frame-size",
        (
            "Message 0 has 320 bytes where a frame at 16000 Hz has 640: the provider plays it with a hole behind "
            "it, so the caller hears clicks; cut audio into messages of exactly 640 bytes. 320 bytes are a frame "
            "at 8000 Hz: take the rate from the content-type of the first text message. 400 of 400 messages have "
            "a wrong size."
        ),
    ),
    "1280 bytes": Mistake(
        lambda: recut(1280),
        "frame-size",
        (
            "Message 0 has 1280 bytes where a frame at 16000 Hz has 640: the provider plays its beginning and "
            "loses the rest, so the caller hears scraps; cut audio into messages of exactly 640 bytes. 100 of 100"
            " messages have a wrong size."
        ),
    ),
    "fragments": Mistake(
        lambda: in_pieces(3),
        "fragments",
        (
            "Message 0 came in 3 WebSocket fragments: the provider throws such messages away; send each frame as "
            "one unfragmented message, past proxies that split it."
        ),
    ),
    "a short one and fragments": Mistake(
        lambda: lambda index, frame: [Reply(frame, pieces=2) if index else Reply(frame[:100])],
        "fragments",
        (
            "199 messages came in WebSocket fragments: the provider throws such messages away; send each frame as"
            " one unfragmented message, past proxies that split it."
        ),
    ),
    "odd bytes": Mistake(
        lambda: changed(lambda frame: frame[:-1]),
        "samples",
        (
            "Message 0 has 639 bytes, so it ends in half a sample: what follows is heard as loud noise; keep an "
            "odd byte and put it before the next message."
        ),
    ),
    "a WAV header": Mistake(
        lambda: first_then(HEADER),
        "content",
        (
            "Message 0 is the header of a WAV file, sent as audio: the caller hears a click or noise; leave the "
            "header out and send the samples alone."
        ),
    ),
    "a header with an odd byte": Mistake(
        lambda: first_then(HEADER + b"\0", in_pieces(2)),
        "content",
        (
            "Message 0 is the header of a WAV file, sent as audio: the caller hears a click or noise; leave the "
            "header out and send the samples alone."
        ),
    ),
}
