"""
Requests, messages and frames that are wrong in ways that nobody has thought of, from a seeded generator.

They come from two thousand addresses of the loopback network, since budgets of one address would keep most of them
out. Each case ends its sending, and waits until the daemon has ended the connection, so that all of them are read.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from random import Random

from tests.attacks import FIRST
from tests.daemon import Daemon
from tests.fire.row import Finding, Row, Terms
from tests.fire.scene import MOST_KEPT, Attackers, under_fire
from tests.frames import TEXT, encode_frame, upgrade_request

#: From so many they come: few enough that all have come once when memory is looked at for the first time.
_ADDRESSES = 2000

#: Connections that are open at once.
_AT_ONCE = 64

#: Seconds after which a connection that the daemon has not ended is hung.
_PATIENCE = 5.0

#: Messages of one call: fewer than its budgets allow, so that all of them are read.
_MESSAGES = 20

#: Before memory is looked at for the first time: what is made once, and kept, is made by then.
_WARMING = 3000

_UPGRADE = upgrade_request("/socket", "127.0.0.1", "dGhlIHNhbXBsZSBub25jZQ==")

_REQUESTS = (
    _UPGRADE,
    b"GET /ncco?from=447700900000&to=442079460000&uuid=aaaaaaaa HTTP/1.1\r\nHost: a\r\n\r\n",
    b'POST /events HTTP/1.1\r\nHost: a\r\nContent-Length: 21\r\n\r\n{"status":"answered"}',
    b"POST /events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"GET /health HTTP/1.0\r\n\r\n",
)

_MESSAGES_OF_A_CALL = (
    {"event": "websocket:dtmf", "digit": "5", "duration": 260},
    {"event": "websocket:connected", "content-type": "audio/l16;rate=16000", "uuid": "a"},
    {"event": "websocket:cleared", "deep": [[[{"a": [1.5, None, True, "\u2028"]}]]]},
)

#: What parsers stumble over.
_STUMBLES = (
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"%",
        b"%00",
        b"%zz",
        b"../",
        b";",
        b":",
        b" ",
    ),
    *(
        b"-1",
        b"+1",
        b"0x10",
        b"1e999",
        b"NaN",
        b"9" * 30,
        b"{",
        b"[" * 40,
        b'"',
        b"\\ud800",
        b"\t",
        b"\x1b[2J",
    ),
    *(b"Content-Length: 1\r\n", b"Transfer-Encoding: identity\r\n", b"Host: b\r\n", b"HTTP/9.9", b"\x80" * 9),
)


def mutated(random: Random, data: bytes) -> bytes:
    """Damage data in one to four places."""
    damaged = bytearray(data)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(damaged) + 1)
        match random.randrange(6):
            case 0:
                damaged[at : at + 1] = bytes([random.randrange(256)])
            case 1:
                damaged[at:at] = random.choice(_STUMBLES)
            case 2:
                del damaged[at : at + random.randint(1, 16)]
            case 3:
                damaged[at:at] = damaged[at : at + 32] * random.randint(1, 8)
            case 4:
                damaged[at : at + 8] = random.randbytes(8)
            case _:
                del damaged[at:]
    return bytes(damaged)


def request(random: Random) -> bytes:
    """A damaged request, at times two of them in one piece."""
    return b"".join(mutated(random, random.choice(_REQUESTS)) for _ in range(random.choice((1, 1, 1, 2))))


def messages(random: Random) -> bytes:
    """A call whose text messages are damaged, the first among them at times."""
    first = FIRST if random.random() < 0.7 else _message(random)
    return _UPGRADE + first + b"".join(_message(random) for _ in range(_MESSAGES))


def _message(random: Random) -> bytes:
    text = json.dumps(random.choice(_MESSAGES_OF_A_CALL)).encode()
    # what is no UTF-8 ends the call: mostly it is, so that the next message is read too
    readable = mutated(random, text).decode(
        "utf-8", "ignore" if random.random() < 0.97 else "surrogateescape"
    )
    return encode_frame(TEXT, readable.encode("utf-8", "surrogateescape"), key=random.randbytes(4))


def frame(random: Random) -> bytes:
    """A call with a damaged frame, or with what is no frame at all."""
    sound = encode_frame(random.randrange(16), random.randbytes(random.choice((0, 1, 125, 126, 640))))
    return _UPGRADE + FIRST + (mutated(random, sound) if random.random() < 0.8 else random.randbytes(700))


def cases(seed: int, count: int) -> Iterator[tuple[bytes, int]]:
    """What goes over each connection, and how many cases it holds: a third each of requests, messages and frames."""
    random = Random(seed)
    done: Counter[str] = Counter()
    while (total := sum(done.values())) < count:
        kind = min(("request", "message", "frame"), key=lambda kind: done[kind])
        size = _MESSAGES if kind == "message" else 1
        done[kind] += size
        make = {"request": request, "message": messages, "frame": frame}[kind]
        yield make(random), min(size, count - total)


def pelt(port: int, seed: int, count: int) -> Counter[str]:
    """Send so many cases, some connections at once: how each connection ended."""
    living: dict[int, tuple[socket.socket, float]] = {}
    poll = select.epoll()
    ends: Counter[str] = Counter()
    for number, (data, size) in enumerate(cases(seed, count)):
        ends["cases"] += size
        place = number % _ADDRESSES
        source = f"127.1.{place // 250}.{1 + place % 250}"
        connection = socket.socket()
        connection.bind((source, 0))
        connection.settimeout(_PATIENCE)
        with contextlib.suppress(OSError):  # ended already: it is seen to below
            connection.connect(("127.0.0.1", port))
            connection.send(data)
            connection.shutdown(socket.SHUT_WR)
        connection.setblocking(False)
        living[connection.fileno()] = connection, time.monotonic()
        poll.register(connection, select.EPOLLIN)
        while len(living) >= _AT_ONCE:
            _reap(poll, living, ends)
    while living:
        _reap(poll, living, ends)
    return ends


def _reap(poll: select.epoll, living: dict[int, tuple[socket.socket, float]], ends: Counter[str]) -> None:
    for descriptor, _ in poll.poll(0.5):
        if _is_over(living[descriptor][0]):
            living.pop(descriptor)[0].close()
            ends["ended"] += 1
    now = time.monotonic()
    for descriptor in [descriptor for descriptor, (_, since) in living.items() if now - since > _PATIENCE]:
        living.pop(descriptor)[0].close()
        ends["hung"] += 1


def _is_over(connection: socket.socket) -> bool:
    try:
        return not connection.recv(65536)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _attack(terms: Terms, count: int, daemon: Daemon, attackers: Attackers) -> Iterator[Finding]:
    attackers.run(pelt, daemon.port, terms.seed + 1, int(terms.pick(_WARMING, 100)))
    before, began = daemon.rss(), time.monotonic()
    ends = attackers.run(pelt, daemon.port, terms.seed, count)
    yield Finding("cases", ends["cases"])
    yield Finding("a second", ends["cases"] / (time.monotonic() - began))
    yield Finding("connections not ended", ends["hung"], 0)
    yield Finding("memory kept", max(0, daemon.rss() - before) / 1e6, MOST_KEPT / 1e6, "MB")


def _run(terms: Terms) -> Iterator[Finding]:
    count = int(terms.pick(100_000, 600))
    # Memory is looked at here, behind the warming; what it was before that is no measure.
    yield from under_fire(terms, terms.pick(150, 1.5), partial(_attack, terms, count), most_kept=None)


ROWS = (Row("malformed", "100,000 malformed requests, messages and frames from a seeded generator", _run),)
