"""Tiny frames, as fast as one core sends them; who is closed comes back at once."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from functools import partial

from tests.attacks import ATTACKS
from tests.daemon import Daemon
from tests.fire.row import Finding, Row, Terms
from tests.fire.scene import Attackers, under_fire
from tests.pressure import Outcome
from tests.raw_client import ConnectionEnded

#: Seconds.
CLOSED_WITHIN = 2.0

FLOODS = {"one-byte": "1-byte messages", "ping": "empty pings", "empty-fragments": "empty fragments"}


def again(name: str, port: int, seconds: float) -> tuple[list[Outcome], int]:
    """Attack for so long, from the beginning each time it is over: the outcomes, and how often we were refused."""
    outcomes: list[Outcome] = []
    refused = 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            outcomes.append(ATTACKS[f"D-{name}"](port))
        except (ConnectionEnded, OSError):  # refused, or not even that
            refused += 1
    return outcomes, refused


def _attack(name: str, seconds: float, daemon: Daemon, attackers: Attackers) -> Iterator[Finding]:
    outcomes, refused = attackers.run(again, name, daemon.port, seconds)
    ends = [math.inf if seen.cut_after is None else seen.cut_after for seen in outcomes]
    yield Finding("attacks", len(outcomes))
    yield Finding("refused", refused)
    yield Finding("attacker closed after", max(ends, default=math.inf), CLOSED_WITHIN, "s")
    yield Finding("closed without 1008", sum(seen.close_code != 1008 for seen in outcomes), 0)


def _run(name: str, terms: Terms) -> Iterator[Finding]:
    seconds = terms.pick(8.0, 0.5)
    yield from under_fire(terms, seconds, partial(_attack, name, seconds - 0.3))


ROWS = tuple(
    Row(f"flood-{name}", f"{title}, as fast as one core sends", partial(_run, name))
    for name, title in FLOODS.items()
)
