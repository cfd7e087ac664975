"""One campaign: prepare, measure, keep, show."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from bench import building
from bench.capacity import measure_capacity
from bench.figures import machine
from bench.loading import Sample
from bench.processes import cores, run
from bench.rest import REST_SECONDS, measure_rest
from bench.results import Results
from bench.rows import Place, Plan, measure_rows
from bench.servers import PEERS, YARDSTICK, prepare


def tell(what: str) -> None:
    """Say what goes on, to those who wait."""
    print(what, file=sys.stderr, flush=True)


def versions(peers: Sequence[str]) -> str:
    """Of what the peers run on, beside our own libraries."""
    told = []
    if {"picows", "websockets", "autobahn"} & set(peers):
        names = ("picows", "uvloop", "websockets", "autobahn", "twisted")
        code = "import importlib.metadata as m, sys; print(*(f'{n} {m.version(n)}' for n in sys.argv[1:]), sep=', ')"
        told.append("peers on " + run([building.python_peers(), "-c", code, *names]).strip())
    if {"ws", "websocket"} & set(peers):
        modules = building.node_peers() / "node_modules"
        told.append(f"Node {run(['node', '--version']).strip().removeprefix('v')}")
        for name in ("ws", "bufferutil", "websocket"):
            package = json.loads((modules / name / "package.json").read_text(encoding="utf-8"))
            told.append(f"npm {name} {package['version']}")
    if YARDSTICK in peers and (compiler := shutil.which("cc")):
        told.append(run([compiler, "--version"]).partition("\n")[0])
    return ", ".join(told)


def about(plan: Plan, peers: Sequence[str], placement: str) -> dict[str, str]:
    """Where, when and how it is measured."""
    rounds = f"{plan.rounds} rounds of {plan.seconds:g} s after {plan.warmup:g} s of warming up"
    rounds += ", with a load that never sleeps" if plan.spin else ""
    told = dict(machine())
    told["versions"] += ", " + versions(peers)
    return told | {"measured": f"{rounds}, interleaved; {placement}"}


def campaign(
    plan: Plan,
    options: Sequence[str],
    *,
    rest: bool = False,
    capacity: Sequence[str] = (),
    keep: Callable[[Results], None] = lambda _: None,
) -> Results:
    """
    Measure a plan.

    Args:
        plan: rows, peers, rounds.
        options: of our daemon.
        rest: whether to look at our daemon without calls, too.
        capacity: whose most calls are searched.
        keep: is given what was found so far, now and then: half an hour is not to be lost by an interruption.

    Raises:
        MissingError: when there is no C compiler, without which there is neither load nor yardstick.
    """
    building.load_program()
    missing = prepare(sorted({*plan.peers, *capacity}))
    for name, why in missing.items():
        tell(f"{PEERS[name].title} is skipped: {why}")
    peers = tuple(name for name in plan.peers if name not in missing)
    server, load, placement = cores()
    place = Place(server, load)
    plan = replace(plan, peers=peers)
    found = Results(about(plan, peers, placement), missing=missing)
    for row in plan.rows:
        found.rows |= measure_rows(replace(plan, rows=(row,)), place, tell_sample, options)
        keep(found)
    if rest:
        found.rest = measure_rest(place, max(REST_SECONDS, 2 * plan.seconds), 3)
    for peer in capacity:
        if peer not in missing:
            found.capacity[peer] = measure_capacity(peer, place, plan.seconds, tell_probe(peer), options)
            keep(found)
    return found


def tell_sample(row: str, peer: str, sample: Sample) -> None:
    """One line for a sample."""
    trips = sample.trips or {}
    p99 = f"p99 {trips['p99']:.2f} ms" if trips else ""
    wrong = "" if sample.is_intact else f"{sample.lost} lost, {sample.ended} ended {sample.first_end}"
    tell(
        f"{row:<12}{peer:<12}{sample.us_per_frame:7.2f} us a frame  {p99:<16}{sample.limit} {wrong}".rstrip()
    )


def tell_probe(peer: str) -> Callable[[int, Sample | None], None]:
    """Make what tells of each probe of a search."""

    def told(calls: int, sample: Sample | None) -> None:
        trips = sample.trips if sample else None
        seen = f"p99 {trips['p99']:.2f} ms, {sample.lost} lost" if sample and trips else "fell over"
        tell(f"{'search':<12}{peer:<12}{calls:6} calls: {seen}")

    return told
