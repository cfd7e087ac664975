"""Attacks by way of HTTP: slow, endless, oversized and contradictory requests to a server on 127.0.0.1."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial

from tests.pressure import SMALL_WINDOW, Outcome, Watch, await_cut, pour
from tests.raw_client import ConnectionEnded, RawClient


def endless_header(port: int, pid: int | None = None, *, megabytes: int = 26, seconds: float = 8) -> Outcome:
    """G: a request whose head never ends; how much is taken, when are we cut?"""
    with RawClient(port) as client:
        watch = Watch(pid)
        client.send(b"GET /socket HTTP/1.1\r\nHost: x\r\nX-Long: ")
        pour(client, watch, b"a" * 65536, seconds=seconds, at_most=megabytes << 20, read=True)
        return watch.outcome(client)


def many_headers(port: int, pid: int | None = None, *, count: int = 5000) -> Outcome:
    """As many short headers as ``count``; how many bytes are taken, what is the answer?"""
    lines = b"".join(b"X-%d: 1\r\n" % number for number in range(count))
    return request(port, pid, data=b"GET /health HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n")


SLOW: dict[str, tuple[bytes, bytes]] = {
    # what is sent at once, and what then drips: never a byte more than the protocol allows
    "slow-header": (b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"a"),
    "slow-body": (b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n", b"a"),
    "slow-chunks": (b"POST /events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "slow-upgrade": (b"GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nX-Slow: ", b"a"),
    "silent": (b"", b""),
    "idle-keepalive": (b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n", b""),
    "head-then-silent": (b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", b""),
}


def slow(
    port: int,
    pid: int | None = None,
    *,
    start: bytes,
    drip: bytes,
    interval: float = 0.5,
    patience: float = 15,
) -> Outcome:
    """Send ``start``, then ``drip`` every ``interval`` seconds; when are we cut, with which answer?"""
    with RawClient(port) as client:
        watch = Watch(pid)
        client.send(start)
        pace = 1 / interval if drip else -1e9
        pour(client, watch, drip or b"\0", seconds=patience, at_most=1 << 20, read=True, per_second=pace)
        return watch.outcome(client)


def half_read(port: int, pid: int | None = None, *, requests: int = 100_000, patience: float = 12) -> Outcome:
    """Pipeline requests and never read the answers; how does memory grow, when are we cut?"""
    with RawClient(port, receive_buffer=SMALL_WINDOW) as client:
        watch = Watch(pid)
        pattern = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
        pour(client, watch, pattern, seconds=patience, at_most=requests * len(pattern), read=False)
        if watch.cut_after is None:
            await_cut(client, watch, patience - watch.elapsed)
        return watch.outcome(client)


def request(
    port: int,
    pid: int | None = None,
    *,
    data: bytes,
    body: bytes = b"",
    megabytes: float = 0,
    seconds: float = 4,
) -> Outcome:
    """Send a request, then ``megabytes`` of ``body`` repeated; what is the answer, how much is taken?"""
    with RawClient(port) as client:
        watch = Watch(pid)
        with contextlib.suppress(ConnectionEnded):
            client.send(data)
        watch.sent = len(data)
        if body:
            pour(client, watch, body, seconds=seconds, at_most=int(megabytes * (1 << 20)), read=True)
        await_cut(client, watch, 0.5, read=True)
        return watch.outcome(client)


def post(size: int | None, *, kind: str = "application/json", path: str = "/events") -> bytes:
    """The head of a POST; without a size it announces chunks."""
    length = "Transfer-Encoding: chunked" if size is None else f"Content-Length: {size}"
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n{length}\r\n\r\n".encode()


_CHUNK = b"10000\r\n" + b"a" * 65536 + b"\r\n"
_FORM = b'--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nx\r\n--b--\r\n'


def _padded(size: int) -> bytes:
    """A JSON object of exactly ``size`` bytes."""
    return b'{"a":"' + b"x" * (size - 8) + b'"}'


BODIES: dict[str, Callable[..., Outcome]] = {
    "length-100M": partial(request, data=post(100 << 20), body=b"a" * 65536, megabytes=100),
    "chunked-100M": partial(request, data=post(None), body=_CHUNK, megabytes=100),
    "one-chunk-100M": partial(request, data=post(None) + b"6400000\r\n", body=b"a" * 65536, megabytes=100),
    "endless-chunk-size": partial(request, data=post(None), body=b"0" * 65536, megabytes=26),
    "endless-trailer": partial(request, data=post(None) + b"0\r\nX: ", body=b"a" * 65536, megabytes=26),
    "length-65536": partial(request, data=post(65536) + _padded(65536)),
    "length-65537": partial(request, data=post(65537) + _padded(65537)),
    "chunked-65537": partial(request, data=post(None) + b"10001\r\n" + _padded(65537) + b"\r\n0\r\n\r\n"),
    "length-too-short": partial(request, data=post(2) + b"{}" + b"garbage" * 1000),
    "length-and-chunked": partial(
        request,
        data=post(None).replace(b"\r\n\r\n", b"\r\nContent-Length: 2\r\n\r\n") + b"2\r\n{}\r\n0\r\n\r\n",
    ),
    "multipart": partial(request, data=post(len(_FORM), kind="multipart/form-data; boundary=b") + _FORM),
    "form": partial(request, data=post(3, kind="application/x-www-form-urlencoded") + b"a=b"),
    "deep-json": partial(request, data=post(60000) + b"[" * 60000),
    "ncco-chunked-100M": partial(request, data=post(None, path="/ncco"), body=_CHUNK, megabytes=100),
    "socket-chunked-100M": partial(request, data=post(None, path="/socket"), body=_CHUNK, megabytes=100),
}

#: Every attack of this module by name, to be called with the port and perhaps the server's pid.
ATTACKS_HTTP: dict[str, Callable[..., Outcome]] = {
    "G-endless-header": endless_header,
    "G-many-headers": many_headers,
    **{f"S-{name}": partial(slow, start=start, drip=drip) for name, (start, drip) in SLOW.items()},
    "S-half-read": half_read,
    **{f"H-{name}": attack for name, attack in BODIES.items()},
}
