"""
The machinery of the attacks: put a connection under pressure, within bounds, and note what becomes of it.

Linux only, as it looks into the kernel's tables: a client that does not read cannot learn from its own socket
that the server has let go.
"""

from __future__ import annotations

import contextlib
import select
import time
from dataclasses import dataclass

from tests.daemon import cpu_seconds, rss
from tests.frames import BINARY, CLOSE, CONTINUATION, PONG, TEXT
from tests.raw_client import ConnectionEnded, Frame, RawClient

#: SO_RCVBUF of those that never read; the kernel doubles it and has a minimum of its own.
SMALL_WINDOW = 4096

#: How much is read after an attack to find a Close frame behind other data, in bytes.
_AFTERMATH = 8 << 20

#: How often the server is looked at, in seconds.
_LOOK_EACH = 0.02


@dataclass(frozen=True)
class Outcome:
    """What one attack observed. Sizes in bytes, times in seconds from its first hostile byte."""

    #: Bytes that were taken off our hands: the kernel's buffers are included (a few MB when nobody reads).
    sent: int
    #: When the connection was over for the server, None if it still was not at the end of the attack.
    cut_after: float | None
    #: "fin", "reset", "gone" (the server's process has closed it, though nothing told us) or "open".
    end: str
    close_code: int | None = None
    #: Of the HTTP response, if any came.
    status: int | None = None
    #: Data frames and pongs that came back.
    returned: int = 0
    #: The server's peak of resident memory over its start, and the CPU that it used; 0 without its pid.
    rss_growth: int = 0
    cpu: float = 0.0
    #: How long the attack lasted.
    lasted: float = 0.0


class Watch:
    """Memory and CPU of the server while an attack runs, the attack's clock and its count of bytes."""

    def __init__(self, pid: int | None) -> None:
        self._pid = pid
        self._rss = self._peak = rss(pid) if pid else 0
        self._cpu = cpu_seconds(pid) if pid else 0.0
        self._started = time.monotonic()
        self._next_look = 0.0
        self.sent = 0
        self.cut_after: float | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def look(self, client: RawClient) -> bool:
        """Take a sample, at most one each 20 ms; True once the server is done with the connection."""
        if self.cut_after is None and (client.end != "open" or self.elapsed >= self._next_look):
            self._next_look = self.elapsed + _LOOK_EACH
            self._sample(client)
        return self.cut_after is not None

    def _sample(self, client: RawClient) -> None:
        if self._pid:
            self._peak = max(self._peak, rss(self._pid))
        if client.end == "open" and client.is_released():
            client.end = "gone"
        if client.end != "open":
            self.cut_after = self.elapsed

    def outcome(self, client: RawClient) -> Outcome:
        """The figures at the end of an attack; what lies unread in the client is looked through."""
        if self.cut_after is None:
            self._sample(client)
        lasted, end, cpu = self.elapsed, client.end, self._cpu_used()
        _read_aftermath(client)
        status, frames = _answered(client)
        return Outcome(
            sent=self.sent,
            cut_after=self.cut_after,
            end=client.end if end == "gone" else end,
            close_code=next((frame.close_code for frame in frames if frame.opcode == CLOSE), None),
            status=status,
            returned=sum(frame.opcode in (TEXT, BINARY, CONTINUATION, PONG) for frame in frames),
            rss_growth=self._peak - self._rss,
            cpu=cpu,
            lasted=lasted,
        )

    def _cpu_used(self) -> float:
        return cpu_seconds(self._pid) - self._cpu if self._pid else 0.0


def _read_aftermath(client: RawClient) -> None:
    """Receive what is already here, without waiting, up to a bound."""
    client.socket.setblocking(False)
    bound = len(client.unread) + _AFTERMATH
    with contextlib.suppress(BlockingIOError):
        while len(client.unread) < bound and client.receive_some():
            pass


def _answered(client: RawClient) -> tuple[int | None, list[Frame]]:
    """The status of the first HTTP response, or the frames, that the client holds whole."""
    with contextlib.suppress(ConnectionEnded, TimeoutError):
        if client.upgraded:
            return None, client.read_rest(0).frames
        client.timeout = 0
        return client.read_response().status, []
    return None, []


def pour(
    client: RawClient,
    watch: Watch,
    pattern: bytes,
    *,
    seconds: float,
    at_most: int,
    read: bool,
    per_second: float | None = None,
) -> None:
    """
    Send ``pattern`` over and over, from its start, until the cut or a bound; reading meanwhile, or never.

    :param seconds: the bound in time, on the clock of ``watch``.
    :param at_most: the bound in bytes.
    :param per_second: patterns to send a second; None for as fast as they are taken.
    """
    repeated = memoryview(pattern * max(1, 65536 // len(pattern)))
    client.socket.setblocking(False)
    sent = 0
    while sent < at_most and watch.elapsed < seconds and not watch.look(client):
        if read:
            with contextlib.suppress(BlockingIOError):
                client.receive_some()
        start, room = sent % len(repeated), at_most - sent
        if per_second is not None:
            room = min(room, (1 + int(watch.elapsed * per_second)) * len(pattern) - sent)
        taken = _send(client, repeated[start : start + room]) if room > 0 else 0
        sent += taken
        if not taken:
            _wait(client, read=read, paced=room <= 0)
    watch.sent += sent
    watch.look(client)


def await_cut(client: RawClient, watch: Watch, patience: float, *, read: bool = False) -> None:
    """Send nothing and watch (and read, if told) until the cut, or until ``patience`` seconds have passed."""
    client.socket.setblocking(False)
    until = watch.elapsed + patience
    while watch.elapsed < until and not watch.look(client):
        if read:
            with contextlib.suppress(BlockingIOError):
                client.receive_some()
        _wait(client, read=read, paced=True)


def _send(client: RawClient, data: memoryview) -> int:
    """Send what is taken at once, and note a reset."""
    try:
        return client.socket.send(data)
    except BlockingIOError:
        return 0
    except (ConnectionResetError, BrokenPipeError):
        client.end = "reset"
        return 0


def _wait(client: RawClient, *, read: bool, paced: bool) -> None:
    """Wait up to 5 ms for news of the connection: its end, data if we read, room if we are not pacing."""
    news = select.POLLRDHUP | (select.POLLIN if read else 0) | (0 if paced else select.POLLOUT)
    poll = select.poll()
    poll.register(client.socket, news)
    seen = poll.poll(5)
    events = seen[0][1] if seen else 0
    if events & (select.POLLHUP | select.POLLERR) and not read:
        client.end = "reset"
    elif events & select.POLLRDHUP and not read:
        client.end = "fin"
