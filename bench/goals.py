"""What the daemon is to reach, and whether it did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.results import Results
from bench.servers import OURS, RECORDING

#: How much dearer a frame may be of a call that is recorded.
RECORDED = 2.0

#: Ratios of the most calls, and of the cost with many calls, that are asked for.
TIMES_AUTOBAHN, DEARER = 3.0, 1.15


@dataclass(frozen=True)
class Outcome:
    """One goal: what was asked for, what was seen, and whether it is enough."""

    goal: str
    seen: str
    is_met: bool


def _ratio(found: Results, row: str, goal: str, most: float) -> Iterator[Outcome]:
    line = found.line(row, OURS)
    if line:
        yield from _at_most(goal, line.ratio_min, most, median=line.ratio_median)


def _at_most(
    goal: str,
    value: float | None,
    most: float,
    unit: str = "",
    digits: int = 2,
    *,
    median: float | None = None,
) -> Iterator[Outcome]:
    """One outcome, with the median beside ``value`` where that is the best round; none for what was not measured."""
    if value is not None:
        name = f"{goal}: at most {most:g}{unit}"
        beside = "" if median is None else f", median {median:.{digits}f}"
        yield Outcome(name, f"{value:.{digits}f}{unit}{beside}", value <= most)


def _cheaper(found: Results, row: str, title: str, peers: tuple[str, ...]) -> Iterator[Outcome]:
    """Ours is cheaper in the same run than each of these peers that were measured."""
    ours = found.line(row, OURS)
    theirs = {peer: line for peer in peers if (line := found.line(row, peer))}
    if ours and theirs:
        ahead = [peer for peer, line in theirs.items() if line.us_min <= ours.us_min]
        seen = f"not than {', '.join(ahead)}" if ahead else "yes"
        yield Outcome(f"{title}: cheaper than {', '.join(theirs)}", seen, not ahead)


def _costs(found: Results) -> Iterator[Outcome]:
    peers = ("picows", "ws", "websocket", "websockets", "autobahn")
    yield from _ratio(found, "closed-100", "CPU a frame in closed loop, times C", 1.5)
    yield from _cheaper(found, "closed-100", "CPU a frame in closed loop", ("ws", "websocket"))
    for row, title in (("paced-200", "200 calls"), ("paced-500", "500 calls")):
        yield from _ratio(found, row, f"CPU a frame at {title}, times C", 1.25)
        yield from _cheaper(found, row, f"CPU a frame at {title}", peers)


def _trips(found: Results) -> Iterator[Outcome]:
    for row, title in (("paced-200", "200 calls"), ("paced-500", "500 calls")):
        if line := found.line(row, OURS):
            yield from _at_most(f"round trip at {title}, p50", line.p50, 2.0, " ms")
            yield from _at_most(f"round trip at {title}, p99", line.p99_min, 5.0, " ms", median=line.p99)
    ours, ws = found.line("paced-500", OURS), found.line("paced-500", "ws")
    if ours and ws and ours.p99_min and ws.p99_min:
        goal = "round trip at 500 calls, p99: under that of npm ws"
        yield Outcome(goal, f"{ours.p99_min:.2f} ms, npm ws {ws.p99_min:.2f} ms", ours.p99_min < ws.p99_min)
    if line := found.line("paced-10", OURS):
        yield from _at_most("round trip at 10 calls, p50", line.p50, 0.3, " ms")


def _memory(found: Results) -> Iterator[Outcome]:
    if line := found.line("paced-200", OURS):
        yield from _at_most("memory a call, 200 calls", line.memory / 1000, 16, " kB", 1)
    if line := found.line("idle-2000", OURS):
        yield from _at_most("2,000 idle calls", line.grown / 1e6, 40, " MB", 1)


def _capacity(found: Results) -> Iterator[Outcome]:
    ours, plain = found.capacity.get(OURS), found.capacity.get("autobahn")
    if ours and plain and plain.calls:
        times = ours.calls / plain.calls
        told = f"{ours.calls} calls, {times:.1f} times; {ours.limit_in_words}"
        yield Outcome("most calls on one core: three times plain Autobahn's", told, times >= TIMES_AUTOBAHN)


def _rest(found: Results) -> Iterator[Outcome]:
    if rest := found.rest:
        yield from _at_most("CPU at 0 calls", 100 * rest.share, 0.2, " % of a core")
        yield from _at_most("start to first NCCO", rest.start, 1.0, " s")
        yield from _at_most("memory at rest", rest.memory / 1e6, 64, " MB", 1)


def _growth(found: Results) -> Iterator[Outcome]:
    few, many = found.line("paced-100", OURS), found.line("paced-1000", OURS)
    if few and many:
        goal = "CPU a frame at 1,000 calls against 100"
        yield from _at_most(goal, many.us_min / few.us_min, DEARER, " times")


def _recorded(found: Results) -> Iterator[Outcome]:
    plain, recorded = found.line("paced-200", OURS), found.line("paced-200", RECORDING)
    if plain and recorded:
        goal = "CPU a frame at 200 calls, recorded, against those that are not"
        yield from _at_most(goal, recorded.us_min / plain.us_min, RECORDED, " times")


def outcomes(found: Results) -> list[Outcome]:
    """All goals of which enough was measured."""
    parts = (_costs, _trips, _memory, _capacity, _rest, _growth, _recorded)
    return [outcome for part in parts for outcome in part(found)]
