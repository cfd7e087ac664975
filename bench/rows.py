"""The rows of the benchmark, and the rounds in which they are measured, one server after the other."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.loading import Mode, Sample, Shape, measure
from bench.processes import FailedError
from bench.servers import OURS, PEERS, RECORDING, YARDSTICK

#: All servers that are somebody else's, and ours.
EACH = ("c", "picows", "ws", "websocket", "websockets", "autobahn", OURS)
VARIANTS = ("echo-tls", "echo-pause", RECORDING, "echo-asyncio", "echo-uvloop")
BOTH = (YARDSTICK, OURS)

#: The samples of each peer, in the order of the rounds.
Samples = dict[str, list[Sample]]


@dataclass(frozen=True)
class Row:
    """
    One load.

    Attributes:
        name: for the command line and the results.
        title: what the tables call it.
        peers: whom it is put on.
        options: of our daemon in this row only.
    """

    name: str
    title: str
    mode: Mode
    calls: int
    peers: tuple[str, ...]
    options: tuple[str, ...] = ()


ROWS: Mapping[str, Row] = {
    row.name: row
    for row in (
        # no call sends a thousand frames a second: the limits on rates are out of the way, and still counted
        Row(
            "closed-100",
            "closed loop, 100 sockets",
            Mode.CLOSED,
            100,
            (*EACH, *VARIANTS),
            ("--limits", "lab"),
        ),
        Row("paced-200", "paced, 200 calls", Mode.PACED, 200, (*EACH, *VARIANTS)),
        Row("paced-500", "paced, 500 calls", Mode.PACED, 500, EACH),
        Row("paced-10", "paced, 10 calls", Mode.PACED, 10, (*BOTH, "picows", "ws")),
        Row("paced-20", "paced, 20 calls", Mode.PACED, 20, BOTH),
        Row("paced-100", "paced, 100 calls", Mode.PACED, 100, BOTH),
        Row("paced-1000", "paced, 1,000 calls", Mode.PACED, 1000, (*BOTH, "picows")),
        # they are dialled as fast as they come, from one address, and say nothing
        Row(
            "idle-2000",
            "2,000 idle calls",
            Mode.IDLE,
            2000,
            EACH,
            ("--upgrades-burst", "4000", "--max-silent-calls", "2000"),
        ),
    )
}


@dataclass(frozen=True)
class Plan:
    """How often and how long each row is measured (seconds), and whether the load never sleeps."""

    rows: tuple[str, ...]
    peers: tuple[str, ...]
    rounds: int
    seconds: float
    warmup: float
    spin: bool = False


@dataclass(frozen=True)
class Place:
    """The cores of server and load, None where they cannot be chosen."""

    server: int | None
    load: int | None


def shape_of(row: Row, plan: Plan) -> Shape:
    """What the load generator is told for a row; idle calls need no long look."""
    if row.mode is Mode.IDLE:
        return Shape(row.mode, row.calls, min(1.0, plan.seconds), 0.0)
    return Shape(row.mode, row.calls, plan.seconds, plan.warmup, plan.spin)


def measure_rows(
    plan: Plan, place: Place, done: Callable[[str, str, Sample], None], options: Sequence[str] = ()
) -> dict[str, Samples]:
    """
    Measure all rows of a plan.

    The machine may be slower in one minute than in the next: each round puts the row on all servers before
    the next round begins, and what is compared stands in the same round.

    Args:
        plan: rows, peers, rounds and seconds.
        place: the cores.
        done: is told of each sample.
        options: of our daemon, in all rows.
    """
    found: dict[str, Samples] = {}
    for name in plan.rows:
        row = ROWS[name]
        peers = [peer for peer in plan.peers if peer in row.peers]
        found[name] = {peer: [] for peer in peers}
        for number in range(plan.rounds):
            # a different one begins each time: what it leaves behind in caches and clocks meets all in turn
            for peer in [*peers[number % len(peers) :], *peers[: number % len(peers)]]:
                if sample := _measure(peer, row, plan, place, options):
                    found[name][peer].append(sample)
                    done(name, peer, sample)
    return found


def _measure(peer: str, row: Row, plan: Plan, place: Place, options: Sequence[str]) -> Sample | None:
    given = [*row.options, *options] if PEERS[peer].is_ours else []
    try:
        return measure(
            PEERS[peer],
            shape_of(row, plan),
            server_core=place.server,
            load_core=place.load,
            options=given,
        )
    except FailedError as error:
        print(f"{PEERS[peer].title}, {row.title}: {error}", file=sys.stderr)
        return None
