"""The network is bad, or names are not to be had: a proxy in front that harms, and a machine without a resolver."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.daemon import TREE, Daemon
from tests.fault_proxy import FaultProxy, Plan, Way
from tests.fire.clock import PRELOAD
from tests.fire.innocents import MOST_P99, Innocents, judge
from tests.fire.row import Finding, Row, Terms
from tests.fire.scene import Attackers, State, settled, under_fire
from tests.frames import BINARY, connected_message, encode_frame
from tests.raw_client import ConnectionEnded, RawClient

#: Seconds that a look-up of a name takes until it fails.
_LOOK_UP = 5.0

#: Seconds.
MOST_START = 5.0


@dataclass(frozen=True)
class Bad:
    """A plan for the proxy, and how many of 100 frames come back under it: all, or so many at most."""

    plan: Plan
    is_whole: bool


PLANS = {
    "delays": Bad(Plan(Way(delay=(0.0, 0.08)), Way(delay=(0.0, 0.08))), is_whole=True),
    "slices": Bad(Plan(Way(slices=(1, 90)), Way(slices=(1, 90))), is_whole=True),
    "slow slices": Bad(Plan(Way(slices=(100, 900), delay=(0, 0.004)), Way()), is_whole=True),
    "stalls": Bad(Plan(Way(stall_at=20_000, stall=0.6), Way()), is_whole=True),
    "half-closes": Bad(Plan(Way(half_close_at=30_000), Way()), is_whole=False),
    "half-closes back": Bad(Plan(Way(), Way(half_close_at=30_000)), is_whole=False),
    "resets": Bad(Plan(Way(), Way(reset_at=30_000)), is_whole=False),
}

_FRAMES = 100

#: Seconds in which all of them are back, however badly they travel.
_PATIENCE = 6.0


def call(port: int) -> tuple[int, bool, str]:
    """Call through a proxy: how many frames came back, whether each was as it was and in order, and how it ended."""
    frames = [number.to_bytes(2, "little") * 320 for number in range(_FRAMES)]
    returned: list[bytes] = []
    with RawClient(port) as client, contextlib.suppress(ConnectionEnded, TimeoutError, OSError):
        client.upgrade()
        client.send_text(connected_message())
        client.send(b"".join(encode_frame(BINARY, frame) for frame in frames))
        for came in client.frames(_PATIENCE):
            if came.opcode == BINARY:
                returned.append(came.payload)
            if len(returned) == _FRAMES:
                break
    return len(returned), returned == frames[: len(returned)], client.end


def _proxies(seed: int, daemon: Daemon, attackers: Attackers) -> Iterator[Finding]:
    for name, bad in PLANS.items():
        with FaultProxy(daemon.port, bad.plan, seed) as proxy:
            count, is_sound, _ = attackers.run(call, proxy.port)
        yield Finding(f"{name}: altered", not is_sound, 0)
        if bad.is_whole:
            yield Finding(f"{name}: lost", _FRAMES - count, 0)
        else:
            yield Finding(f"{name}: came back before the end", count, _FRAMES - 1)


def _run_proxies(terms: Terms) -> Iterator[Finding]:
    attack = partial(_proxies, terms.seed)
    yield from under_fire(terms, terms.pick(15, 4), attack, "--when-slow", "pause")


def _run_names(terms: Terms) -> Iterator[Finding]:
    began = time.monotonic()
    preload: dict[str, Any] = {"path": f"{PRELOAD}:{TREE}", "environment": {"FAULT_NAMES": str(_LOOK_UP)}}
    with Daemon(*terms.options, core=terms.server_core, **preload) as daemon:
        yield Finding("started after", time.monotonic() - began, MOST_START, "s")
        before = State.of(daemon)
        with Innocents(daemon, terms.pick(3, 0.5), terms) as innocents:
            asked = time.monotonic()
            daemon.get("/ncco")
            yield Finding("the NCCO after", time.monotonic() - asked, 1, "s")
            sample = innocents.seen()
        yield from judge(sample, most_p99=None if terms.is_short else MOST_P99)
        yield from settled(daemon, before)
        yield Finding("exit status", abs(daemon.stop()), 0)


ROWS = (
    Row("proxy", "a proxy in front that delays, slices, stalls, half-closes and resets", _run_proxies),
    Row("names", "no name is resolved (dead DNS)", _run_names),
)
