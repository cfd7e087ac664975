"""The most calls that one core carries with nothing lost and a p99 under 20 ms: doubling, then bisecting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.loading import Mode, Sample, Shape, measure
from bench.processes import FailedError
from bench.rows import Place
from bench.servers import PEERS

#: A frame: an echo that takes longer than the next frame is no longer that of a call.
P99_MS = 20.0

FRAME_MS = 20.0

#: Where the search begins, and where it gives up.
FIRST, MOST = 100, 12800

#: How near the answer must be, as a share of it.
NEAR = 0.05

#: How often a number is tried before it is given up: others use the machine as well. Fewer times where it was the
#: server that had no more to give.
TRIES, TRIES_OF_A_FULL_SERVER = 4, 2


@dataclass(frozen=True)
class Found:
    """
    The answer of a search.

    Attributes:
        calls: the most that were carried; 0 when not even the first were.
        p99: with so many, in ms.
        failed_at: the fewest that were not carried; 0 when all that were tried were.
        limit: what kept more from being carried: server, load, machine; "" when nothing did.
    """

    calls: int
    p99: float | None
    failed_at: int
    limit: str

    @property
    def limit_in_words(self) -> str:
        """For the table."""
        if not self.failed_at:
            return "nothing: no more were tried"
        return f"{self.limit or 'server'} was the limit at {self.failed_at}"


def is_kept_up(sample: Sample) -> bool:
    """Whether the load sent what it was asked for: a frame that leaves a frame late is a lighter load."""
    return sample.lateness is not None and sample.lateness["p99"] < FRAME_MS


def is_carried(sample: Sample | None) -> bool:
    """Whether nothing was lost, and in time."""
    if sample is None or not sample.is_intact or sample.trips is None:
        return False
    return sample.trips["p99"] < P99_MS and is_kept_up(sample)


def limit(sample: Sample | None) -> str:
    """What kept these calls from being carried; a server that fell over is the limit itself."""
    if sample is None:
        return "server"
    return "load" if sample.is_quiet and not is_kept_up(sample) else sample.limit


def attempt(probe: Callable[[int], Sample | None], calls: int) -> Sample | None:
    """Load the server with so many calls until they are carried, or have failed often enough."""
    for tried in range(1, TRIES + 1):
        sample = probe(calls)
        if is_carried(sample) or (tried >= TRIES_OF_A_FULL_SERVER and limit(sample) == "server"):
            break
    return sample


def search(probe: Callable[[int], Sample | None], first: int = FIRST, most: int = MOST) -> Found:
    """
    Double until the calls are not carried, then bisect.

    Args:
        probe: loads the server with so many calls; None when it fell over.
        first: the number to begin with.
        most: the largest number to try.
    """
    good, good_sample, bad, bad_sample = 0, None, 0, None
    calls = first
    while calls <= most:
        sample = attempt(probe, calls)
        if is_carried(sample):
            good, good_sample = calls, sample
        else:
            bad, bad_sample = calls, sample
        if bad and bad - good <= max(1, NEAR * good):
            break
        calls = (good + bad) // 2 if bad else 2 * calls
    p99 = good_sample.trips["p99"] if good_sample and good_sample.trips else None
    return Found(good, p99, bad, limit(bad_sample) if bad else "")


def measure_capacity(
    peer: str,
    place: Place,
    seconds: float,
    done: Callable[[int, Sample | None], None],
    options: Sequence[str],
) -> Found:
    """Search the most calls of one server; our daemon lets so many in, all at once, only when told to."""
    many = ["--max-calls", str(2 * MOST), "--upgrades-burst", str(2 * MOST)] if PEERS[peer].is_ours else []

    def probe(calls: int) -> Sample | None:
        shape = Shape(Mode.PACED, calls, seconds, warmup=1.0)
        try:
            sample = measure(
                PEERS[peer],
                shape,
                server_core=place.server,
                load_core=place.load,
                options=[*many, *options],
            )
        except FailedError:
            sample = None
        done(calls, sample)
        return sample

    return search(probe)
