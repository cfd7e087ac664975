"""Peers that send audio and never read what comes back, under each way of meeting them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.attacks import never_read
from tests.daemon import Daemon
from tests.fire.row import Finding, Row, Terms
from tests.fire.scene import Attackers, Peak, under_fire
from tests.frames import BINARY, encode_frame
from tests.pressure import Outcome

#: Bytes for each attacker.
MOST_ADDED = 256_000

ATTACKERS, ATTACKERS_SHORT = 20, 4

#: A phone's audio, and the largest messages as often as the limits let them pass.
_KINDS = ((640, 50.0), (8000, 150.0))


def all_at_once(port: int, attackers: int, seconds: float) -> list[Outcome]:
    """Let so many attackers send for so long and read nothing."""

    def attack(number: int) -> Outcome:
        size, pace = _KINDS[number % len(_KINDS)]
        frame = encode_frame(BINARY, bytes(size))
        return never_read(port, frame=frame, per_second=pace, seconds=seconds, patience=2)

    with ThreadPoolExecutor(attackers) as pool:
        return list(pool.map(attack, range(attackers)))


def _attack(count: int, most: float, daemon: Daemon, attackers: Attackers) -> Iterator[Finding]:
    with Peak(daemon) as peak:
        outcomes = attackers.run(all_at_once, daemon.port, count, most)
    ends = [math.inf if seen.cut_after is None else seen.cut_after for seen in outcomes]
    yield Finding("memory for each attacker", peak.growth / 1000 / count, MOST_ADDED / 1000, "kB")
    yield Finding("the last attacker gone after", max(ends), most, "s")


def _run(when_slow: str, terms: Terms) -> Iterator[Finding]:
    limits = terms.limits
    # by the limits; and in the short form what a machine adds that does other work
    most = limits.stuck_timeout + limits.linger_timeout + terms.pick(0, 4)
    count = int(terms.pick(ATTACKERS, ATTACKERS_SHORT))
    yield from under_fire(
        terms, most - terms.pick(-1, 3), partial(_attack, count, most), "--when-slow", when_slow
    )


ROWS = tuple(
    Row(f"unread-{name}", f"sends and never reads, ``--when-slow {name}``", partial(_run, name))
    for name in ("drop", "pause", "close")
)
