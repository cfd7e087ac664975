"""Peers that leave badly, by halves, or stay and say nothing: each is gone by the documented deadline."""

from __future__ import annotations

import contextlib
import math
import socket
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from echo.limits import Limits
from tests.attacks import ATTACKS, close_unread, silent_after_upgrade
from tests.attacks_http import SLOW, slow
from tests.daemon import Daemon
from tests.fire.row import Finding, Row, Terms
from tests.fire.scene import Attackers, under_fire
from tests.frames import BINARY, connected_message
from tests.pressure import Outcome, Watch, await_cut
from tests.raw_client import ConnectionEnded, RawClient

#: Seconds that a look at the kernel's tables and a busy core may add to a deadline.
_MARGIN, _MARGIN_SHORT = 1.0, 3.0

#: Of each kind at once.
_EACH, _EACH_SHORT = 5, 2


def reset(port: int, pid: int | None = None, *, patience: float = 5) -> Outcome:
    """Open a call, send audio, and reset the connection in the midst of a frame."""
    client = RawClient(port)
    client.upgrade()
    client.send_text(connected_message())
    client.send_frame(BINARY, bytes(640))
    client.send(b"\x82\xfe\x02\x80half")
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    local_port = client.local_port
    client.socket.close()
    watch = Watch(pid)
    with RawClient(port) as other:  # looks for the server's end of the one that is gone
        other.local_port = local_port
        await_cut(other, watch, patience)
        return watch.outcome(other)


def half_open(port: int, pid: int | None = None, *, patience: float = 5) -> Outcome:
    """Open a call, end our direction as a peer does that goes without a Close frame, and stay."""
    with RawClient(port) as client:
        client.upgrade()
        client.send_text(connected_message())
        client.socket.shutdown(socket.SHUT_WR)
        watch = Watch(pid)
        await_cut(client, watch, patience)
        return watch.outcome(client)


def kinds(limits: Limits) -> dict[str, tuple[Callable[..., Outcome], float]]:
    """Each way to leave or to stay, with the seconds after which it is over by the limits."""
    goodbye = limits.close_timeout + limits.linger_timeout
    request = limits.request_timeout + limits.linger_timeout
    start, drip = SLOW["silent"]
    return {
        "Close, not reading": (partial(close_unread, patience=goodbye + 3), limits.linger_timeout),
        "reset": (reset, 0),
        "half-open": (half_open, limits.linger_timeout),
        "silent after connect": (partial(slow, start=start, drip=drip, patience=request + 3), request),
        "silent after upgrade": (
            partial(silent_after_upgrade, patience=limits.first_message_timeout + goodbye + 3),
            limits.first_message_timeout + goodbye,
        ),
        "silent in a call": (
            partial(ATTACKS["S-silent-after-first"], patience=limits.idle_timeout + 5),
            limits.idle_timeout,
        ),
    }


def all_of_them(port: int, limits: Limits, each: int) -> dict[str, list[float]]:
    """Let each kind of peer come, some of each at once: after how many seconds they were gone."""
    chosen = kinds(limits)

    def attack(kind: str) -> tuple[str, float]:
        with contextlib.suppress(ConnectionEnded, OSError):
            seen = chosen[kind][0](port)
            return kind, math.inf if seen.cut_after is None else seen.cut_after
        return kind, math.inf

    found: dict[str, list[float]] = {}
    with ThreadPoolExecutor(each * len(chosen)) as pool:
        for kind, after in pool.map(attack, list(chosen) * each):
            found.setdefault(kind, []).append(after)
    return found


def _attack(terms: Terms, daemon: Daemon, attackers: Attackers) -> Iterator[Finding]:
    limits, each = terms.limits, int(terms.pick(_EACH, _EACH_SHORT))
    found = attackers.run(all_of_them, daemon.port, limits, each)
    for kind, (_, seconds) in kinds(limits).items():
        yield Finding(
            f"{kind}: gone after", max(found[kind]), seconds + terms.pick(_MARGIN, _MARGIN_SHORT), "s"
        )


def _run(terms: Terms) -> Iterator[Finding]:
    limits = terms.limits
    seconds = max(seconds for _, seconds in kinds(limits).values()) + 2
    yield from under_fire(terms, seconds, partial(_attack, terms))


ROWS = (
    Row(
        "leaving",
        "Close and never read; resets; half-open; silent after connect, after upgrade, in a call",
        _run,
    ),
)
