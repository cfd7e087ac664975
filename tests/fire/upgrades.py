"""Upgrades as fast as they come, from one address, each a call as far as its first message."""

from __future__ import annotations

import contextlib
import select
import socket
from collections import Counter
from collections.abc import Iterator
from functools import partial

from tests.attacks import FIRST
from tests.daemon import Daemon
from tests.fire.row import Finding, Row, Terms
from tests.fire.scene import Attackers, Peak, under_fire
from tests.frames import upgrade_request

_KEY = "dGhlIHNhbXBsZSBub25jZQ=="

#: Seconds without any answer after which no more are waited for.
_PATIENCE = 3.0

#: ms. The core is full for as long as it takes to answer them all.
MOST_P99 = 100.0


def storm(port: int, count: int) -> Counter[str]:
    """Ask for so many calls and keep all that are given, to the end: how each was answered."""
    together = upgrade_request("/socket", f"127.0.0.1:{port}", _KEY) + FIRST
    poll = select.epoll()
    waiting: dict[int, socket.socket] = {}
    kept: list[socket.socket] = []
    answers: Counter[str] = Counter()

    def take(patience: float) -> bool:
        events = poll.poll(patience)
        for descriptor, _ in events:
            poll.unregister(descriptor)
            connection = waiting.pop(descriptor)
            kept.append(connection)
            answers[_answer(connection)] += 1
        return bool(events)

    for _ in range(count):
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=5)
            connection.send(together)
        except OSError:
            answers["dropped"] += 1
            continue
        connection.setblocking(False)
        waiting[connection.fileno()] = connection
        poll.register(connection, select.EPOLLIN)
        take(0)
    while waiting and take(_PATIENCE):
        pass
    answers["none"] += len(waiting)
    for connection in [*kept, *waiting.values()]:
        connection.close()
    return answers


def _answer(connection: socket.socket) -> str:
    with contextlib.suppress(OSError):
        words = connection.recv(4096).split(b" ", 2)
        if len(words) == 3:
            return words[1].decode("ascii", "replace")
    return "dropped"


def _attack(count: int, places: int, daemon: Daemon, attackers: Attackers) -> Iterator[Finding]:
    with Peak(daemon) as peak:
        answers = attackers.run(storm, daemon.port, count)
    yield Finding("taken as calls", answers["101"], places)
    for answer in sorted(set(answers) - {"101", "none"}):
        yield Finding({"dropped": "dropped at once"}.get(answer, f"answered {answer}"), answers[answer])
    yield Finding("without any answer", answers["none"], 0)
    yield Finding("memory for each call", peak.growth / 1000 / max(1, answers["101"]), None, "kB")


def _run(terms: Terms) -> Iterator[Finding]:
    count, most = int(terms.pick(5000, 300)), int(terms.pick(2000, 100))
    attack = partial(_attack, count, most - 20)
    # No call that was taken gives its place back before the end, which it would for pings that are not answered.
    options = ("--max-calls", str(most), "--idle-timeout", "60")
    # What the allocator keeps of 2,000 calls is there for the next ones.
    yield from under_fire(terms, terms.pick(12, 2), attack, *options, most_p99=MOST_P99, most_kept=None)


ROWS = (Row("upgrades", "5,000 upgrades as fast as they come, with room for 2,000 calls", _run),)
