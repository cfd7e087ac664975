"""
Attacks on a server that listens on 127.0.0.1: each bounded in time and bytes, each telling what was observed.

They judge nothing: a test compares the figures with the limit that should have held. To see memory and CPU
they want the server's process id. Run as a program, they print one line each:

    python -m tests.attacks --port 8000 --pid 1234 --list
    python -m tests.attacks --port 8000 --pid 1234 ping-header flood-ping
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from tests.attacks_http import ATTACKS_HTTP
from tests.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    close_frame,
    connected_message,
    encode_frame,
    frame_header,
)
from tests.pressure import SMALL_WINDOW, Outcome, Watch, await_cut, pour
from tests.raw_client import ConnectionEnded, RawClient

#: What a header announces that never means to keep its word: 1 TiB.
HUGE = 1 << 40

FIRST = encode_frame(TEXT, connected_message().encode())


def _opened(port: int, path: str, receive_buffer: int | None = None, first: bytes = FIRST) -> RawClient:
    """A call that has said its first words."""
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(RawClient(port, receive_buffer=receive_buffer))
        response = client.upgrade(path)
        if response.status != 101:
            raise ConnectionEnded(f"the upgrade was answered with {response.status}")
        client.send(first)
        stack.pop_all()  # from here on the caller closes it
    return client


# -- A, and every other violation: what a server must refuse at the header of the frame

VIOLATIONS: dict[str, bytes] = {
    "ping-header": frame_header(PING, HUGE),
    "close-header": frame_header(CLOSE, HUGE),
    "pong-header": frame_header(PONG, HUGE),
    "binary-header": frame_header(BINARY, HUGE),
    "text-header": frame_header(TEXT, HUGE),
    "ping-126": frame_header(PING, 126),
    "fragmented-ping": frame_header(PING, 5, final=False),
    "unmasked": frame_header(BINARY, 640, key=None),
    "reserved-bit": frame_header(BINARY, 640, rsv=4),
    "reserved-opcode": frame_header(0x3, 640),
    "lone-continuation": frame_header(CONTINUATION, 640),
    "bad-utf8": frame_header(TEXT, 4000, key=b"\0\0\0\0") + b"\xff\xfe",
    "close-1005": close_frame(1005),
    "after-close": close_frame(1000),
}


def violate(
    port: int,
    pid: int | None = None,
    *,
    header: bytes,
    path: str = "/socket",
    megabytes: int = 400,
    seconds: float = 3,
) -> Outcome:
    """A: break the protocol, then stream junk, reading what comes; how much is taken, when are we cut?"""
    with _opened(port, path) as client:
        watch = Watch(pid)
        client.send(header)
        pour(client, watch, b"\xaa" * 65536, seconds=seconds, at_most=megabytes << 20, read=True)
        return watch.outcome(client)


# -- B: closing without reading


def close_unread(
    port: int,
    pid: int | None = None,
    *,
    path: str = "/socket",
    messages: int = 900,
    size: int = 8000,
    patience: float = 12,
) -> Outcome:
    """B: send audio without reading what comes back, then Close; when is the socket released?"""
    with _opened(port, path, SMALL_WINDOW) as client:
        watch = Watch(pid)
        frame = encode_frame(BINARY, bytes(size))
        pour(client, watch, frame, seconds=4, at_most=messages * len(frame), read=False)
        if watch.cut_after is None:
            client.socket.setblocking(True)
            with contextlib.suppress(ConnectionEnded, TimeoutError):
                client.send(close_frame())
        closing = Watch(pid)
        closing.sent = watch.sent
        await_cut(client, closing, patience)
        return closing.outcome(client)


# -- C: sending without reading

NEVER_READ: dict[str, tuple[bytes, float | None]] = {
    "audio": (encode_frame(BINARY, bytes(range(256)) * 2 + bytes(128)), None),
    "audio-8k": (encode_frame(BINARY, bytes(8000)), None),
    "texts": (encode_frame(TEXT, b'{"event":"websocket:dtmf","digit":"5","duration":260}'), None),
    "pings": (encode_frame(PING, bytes(125)), None),
    # below the limits on rates, so that the bounds on what is queued are what must hold
    "audio-paced": (encode_frame(BINARY, bytes(8000)), 150),
    "texts-paced": (encode_frame(TEXT, b'"' + b"t" * 7000 + b'"'), 150),
    "pings-paced": (encode_frame(PING, bytes(125)), 9),
}


def never_read(
    port: int,
    pid: int | None = None,
    *,
    frame: bytes,
    per_second: float | None = None,
    path: str = "/socket",
    seconds: float = 4,
    patience: float = 0,
) -> Outcome:
    """C: send frames (flat out, or at a pace) and never read; how does memory grow, when are we cut?"""
    with _opened(port, path, SMALL_WINDOW) as client:
        watch = Watch(pid)
        pour(client, watch, frame, seconds=seconds, at_most=1 << 30, read=False, per_second=per_second)
        if watch.cut_after is None:
            await_cut(client, watch, patience)
        return watch.outcome(client)


# -- D: tiny frames

TINY: dict[str, tuple[bytes, bytes]] = {
    # what opens, and what is repeated
    "one-byte": (b"", encode_frame(BINARY, b"\0")),
    "empty-message": (b"", encode_frame(BINARY)),
    "empty-text": (b"", encode_frame(TEXT)),
    "ping": (b"", encode_frame(PING)),
    "pong": (b"", encode_frame(PONG)),
    "empty-fragments": (encode_frame(BINARY, final=False), encode_frame(CONTINUATION, final=False)),
    "two-byte-fragments": (
        encode_frame(BINARY, final=False),
        encode_frame(CONTINUATION, b"\0\0", final=False),
    ),
}


def flood(
    port: int,
    pid: int | None = None,
    *,
    opening: bytes = b"",
    frame: bytes,
    path: str = "/socket",
    seconds: float = 2,
) -> Outcome:
    """D: tiny frames as fast as one core sends them, reading all; when are we cut, with which code?"""
    with _opened(port, path) as client:
        watch = Watch(pid)
        client.send(opening)
        pour(client, watch, frame, seconds=seconds, at_most=64 << 20, read=True)
        return watch.outcome(client)


def unfinished(
    port: int,
    pid: int | None = None,
    *,
    start: bytes,
    drip: float | None = None,
    path: str = "/socket",
    patience: float = 8,
) -> Outcome:
    """Begin a message or a frame and leave it, or add one byte every ``drip`` seconds; when are we cut?"""
    with _opened(port, path) as client:
        watch = Watch(pid)
        client.send(start)
        pace = 1 / drip if drip else -1e9
        pour(client, watch, b"\0", seconds=patience, at_most=1 << 20, read=True, per_second=pace)
        return watch.outcome(client)


# -- F: frames in the segment of the upgrade


def together_with_upgrade(
    port: int, pid: int | None = None, *, path: str = "/socket", frames: int = 5, cut_at: int | None = None
) -> Outcome:
    """F: first message and audio along with the request, split at ``cut_at``; how many return, -1: altered?"""
    sounds = [bytes([number]) * 640 for number in range(frames)]
    together = FIRST + b"".join(encode_frame(BINARY, sound) for sound in sounds)
    with RawClient(port) as client:
        watch = Watch(pid)
        client.upgrade(path, together=together[:cut_at])
        if cut_at is not None:
            client.send(together[cut_at:])
        watch.sent = len(together)
        returned: list[bytes] = []
        for frame in client.frames(1):
            returned += [frame.payload] if frame.opcode == BINARY else []
            if len(returned) == frames:
                break
        intact = returned == sounds[: len(returned)]
        return replace(watch.outcome(client), returned=len(returned) if intact else -1)


def silent_after_upgrade(
    port: int, pid: int | None = None, *, path: str = "/socket", first: bytes = b"", patience: float = 15
) -> Outcome:
    """Open a call, say nothing (or only ``first``), answer no ping, but read all; when are we cut?"""
    with _opened(port, path, first=first) as client:
        watch = Watch(pid)
        await_cut(client, watch, patience, read=True)
        return watch.outcome(client)


#: Every attack by name; each is called with the port and, to see memory and CPU, the server's pid.
ATTACKS: dict[str, Callable[..., Outcome]] = {
    **{f"A-{name}": partial(violate, header=header) for name, header in VIOLATIONS.items()},
    "B-close-unread": close_unread,
    **{
        f"C-never-read-{name}": partial(never_read, frame=frame, per_second=pace, patience=12)
        for name, (frame, pace) in NEVER_READ.items()
    },
    **{f"D-{name}": partial(flood, opening=opening, frame=frame) for name, (opening, frame) in TINY.items()},
    "D-open-fragment": partial(unfinished, start=encode_frame(BINARY, b"\0", final=False)),
    "D-dripped-frame": partial(unfinished, start=frame_header(BINARY, 640), drip=0.5),
    "F-together": together_with_upgrade,
    "F-together-cut": partial(together_with_upgrade, cut_at=1500),
    "S-silent-after-upgrade": silent_after_upgrade,
    "S-silent-after-first": partial(silent_after_upgrade, first=FIRST, patience=70),
    **ATTACKS_HTTP,
}

_TITLES = ("attack", "cut after", "end", "code", "http", "sent", "back", "rss +", "cpu", "lasted")
_LINE = "{:<28} {:>9} {:>6} {:>5} {:>5} {:>10} {:>8} {:>9} {:>6} {:>7}"


def _line(name: str, seen: Outcome) -> str:
    cut = "never" if seen.cut_after is None else f"{seen.cut_after:.2f} s"
    size, growth = f"{seen.sent / 1e6:.3f} MB", f"{seen.rss_growth / 1e6:.1f} MB"
    codes = seen.close_code or "-", seen.status or "-"
    return _LINE.format(
        name, cut, seen.end, *codes, size, seen.returned, growth, f"{seen.cpu:.2f}", f"{seen.lasted:.1f} s"
    )


def main() -> None:
    """Run the attacks that are named, by their beginnings, or all."""
    parser = argparse.ArgumentParser(description="Attack a server of ours on 127.0.0.1.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pid", type=int, help="of the server, to see its memory and CPU")
    parser.add_argument("--list", action="store_true", help="only tell the names")
    parser.add_argument("names", nargs="*", default=[""], help="beginnings of names, as A or H-length")
    options = parser.parse_args()
    chosen = [name for name in ATTACKS if name.startswith(tuple(options.names))]
    print("\n".join(chosen) if options.list else _LINE.format(*_TITLES), flush=True)
    for name in [] if options.list else chosen:
        try:
            print(_line(name, ATTACKS[name](options.port, options.pid)), flush=True)
        except (ConnectionEnded, TimeoutError, OSError) as error:
            print(f"{name:<28} {type(error).__name__}: {error}", flush=True)


if __name__ == "__main__":
    main()
