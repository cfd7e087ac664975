"""Thousands of connections whose headers and bodies drip, while the provider goes on asking for the NCCO."""

from __future__ import annotations

import contextlib
import math
import select
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Self

from tests.attacks_http import SLOW
from tests.daemon import Daemon
from tests.fire.row import Finding, Row, Terms
from tests.fire.scene import Attackers, Peak, under_fire

#: ms, 99th percentile.
MOST_NCCO = 100.0

#: Seconds between two bytes of one connection.
_DRIP_EVERY = 0.5

#: Seconds between two requests for the NCCO.
_ASK_EVERY = 0.05

_KINDS = (SLOW["slow-header"], SLOW["slow-body"])


def drip(port: int, connections: int, most: float) -> tuple[float, int]:
    """Open so many connections, and let them drip; after how long the last was gone, and how many never were."""
    living: dict[int, tuple[socket.socket, bytes, float]] = {}
    poll = select.epoll()
    last = 0.0
    for number in range(connections):
        start, drop = _KINDS[number % len(_KINDS)]
        connection = socket.create_connection(("127.0.0.1", port), timeout=5)
        with contextlib.suppress(OSError):  # it was refused already
            connection.send(start)
        connection.setblocking(False)
        living[connection.fileno()] = connection, drop, time.monotonic()
        poll.register(connection, select.EPOLLIN | select.EPOLLRDHUP)
    until = time.monotonic() + most + 3
    while living and time.monotonic() < until:
        round_over = time.monotonic() + _DRIP_EVERY
        while (left := round_over - time.monotonic()) > 0 and living:
            for descriptor, _ in poll.poll(left):
                connection, _, since = living[descriptor]
                if _is_over(connection):
                    del living[descriptor]
                    connection.close()
                    last = max(last, time.monotonic() - since)
        for connection, drop, _ in living.values():
            with contextlib.suppress(OSError):
                connection.send(drop)
    for connection, _, _ in living.values():
        connection.close()
    return (math.inf if living else last), len(living)


def _is_over(connection: socket.socket) -> bool:
    try:
        while data := connection.recv(4096):
            del data
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


class Asking:
    """Asks for the NCCO, over and over, while the block lasts: how long each answer took, and how many were none."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.times: list[float] = []
        self.failed = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._over.wait(_ASK_EVERY):
            began = time.monotonic()
            try:
                status = self._daemon.get("/ncco")[0]
            except OSError:
                status = 0
            self.failed += status != 200
            self.times.append(1000 * (time.monotonic() - began))

    @property
    def p99(self) -> float:
        """Milliseconds."""
        times = sorted(self.times)
        return times[int(len(times) * 0.99)] if times else math.inf


def _attack(
    connections: int, most: float, is_short: bool, daemon: Daemon, attackers: Attackers
) -> Iterator[Finding]:
    with Peak(daemon) as peak, Asking(daemon) as asking:
        last, left = attackers.run(drip, daemon.port, connections, most)
    yield Finding("the last gone after", last, most, "s")
    yield Finding("never gone", left, 0)
    yield Finding("NCCO asked for", len(asking.times))
    yield Finding("without an answer", asking.failed, 0)
    yield Finding("NCCO p99", asking.p99, None if is_short else MOST_NCCO, "ms")
    yield Finding("memory for each attacker", peak.growth / 1000 / connections, None, "kB")


def _run(terms: Terms) -> Iterator[Finding]:
    connections = int(terms.pick(2000, 100))
    most = terms.limits.request_timeout + terms.limits.linger_timeout
    attack = partial(_attack, connections, float(most), terms.is_short)
    # What the allocator keeps of 2,000 requests is there for the next ones.
    yield from under_fire(terms, most + 2, attack, most_kept=None)


ROWS = (Row("slow", "2,000 slow-header and slow-body connections", _run),)
