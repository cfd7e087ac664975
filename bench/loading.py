"""One load against one server: its shape, and what was seen."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from bench import building
from bench.figures import BUSY_SHARE, LATE_SECONDS
from bench.processes import free_port, run, stolen
from bench.servers import Peer

#: A core that is in use for this share of the time has nothing left.
FULL_SHARE = 0.9


#: What a server puts off until it has started is no part of its calls: memory is compared with that of then.
SETTLE_SECONDS = 0.3


class Mode(StrEnum):
    """When a call sends its next frame."""

    PACED = "paced"  # every 20 ms, whatever comes back
    CLOSED = "closed"  # when an echo is back
    IDLE = "idle"  # never


@dataclass(frozen=True)
class Shape:
    """How many calls, how they send, for how long (seconds, after warming up), and whether the load never sleeps."""

    mode: Mode
    calls: int
    seconds: float
    warmup: float = 1.0
    spin: bool = False

    def words(self) -> list[str]:
        """The options of the load generator."""
        told = {"calls": self.calls, "seconds": self.seconds, "warmup": self.warmup}
        words = [word for name, value in told.items() for word in (f"--{name}", str(value))]
        words += ["--spin"] if self.spin else []
        return words if self.mode is Mode.PACED else [*words, f"--{self.mode}"]


@dataclass(frozen=True)
class Sample:
    """
    What one load saw; times in seconds, memory in bytes, round trips and lateness in ms by percentile.

    Attributes:
        frames: echoes in the measured span, which lasted ``seconds``.
        cpu: of the server in that span, all its threads.
        waited: how long the server was ready to run and had no core.
        wakeups: how often the server had gone to sleep.
        stolen: how long the host of a virtual machine kept cores from it, warming up included.
        lost, altered, disordered, ended: of all frames and calls, warming up and the last echoes included.
    """

    calls: int
    seconds: float
    frames: int
    cpu: float
    waited: float
    wakeups: int
    load_cpu: float
    load_waited: float
    lost: int
    altered: int
    disordered: int
    ended: int
    first_end: str
    trips: dict[str, float] | None
    lateness: dict[str, float] | None
    rss_before: int
    rss_after: int
    stolen: float = 0.0

    @classmethod
    def of(cls, told: dict[str, Any]) -> Sample:
        """Take what the load generator printed."""
        server, load = told["server"], told["load"]
        kept = ("calls", "seconds", "frames", "lost", "altered", "disordered", "ended", "first_end")
        figures = ("trips", "lateness", "rss_before", "rss_after")
        return cls(
            cpu=server["cpu"],
            waited=server["waited"],
            wakeups=server["switches"],
            load_cpu=load["cpu"],
            load_waited=load["waited"],
            **{name: told[name] for name in (*kept, *figures)},
        )

    @property
    def us_per_frame(self) -> float:
        """Server CPU for an echoed frame, in microseconds."""
        return 1e6 * self.cpu / max(1, self.frames)

    @property
    def share(self) -> float:
        """Of its core that the server used."""
        return self.cpu / self.seconds

    @property
    def is_intact(self) -> bool:
        """Whether each frame came back once, in order, unchanged."""
        return not (self.lost or self.altered or self.disordered or self.ended)

    @property
    def is_load_late(self) -> bool:
        """Whether frames left late: then times are those of the load generator."""
        return self.lateness is not None and self.lateness["p99"] / 1000 > LATE_SECONDS

    @property
    def is_quiet(self) -> bool:
        """Whether server and load had their cores when they wanted them: nobody else was at work there."""
        return max(self.waited, self.load_waited, self.stolen) <= BUSY_SHARE * self.seconds

    @property
    def limit(self) -> str:
        """What kept more from being carried: "server", "load", "machine" (others were at work), or ""."""
        if not self.is_quiet:
            return "machine"
        if self.is_load_late:
            return "load"
        if self.share > FULL_SHARE:
            return "server"
        return "load" if self.load_cpu / self.seconds > FULL_SHARE else ""


def measure(
    peer: Peer, shape: Shape, *, server_core: int | None, load_core: int | None, options: Sequence[str] = ()
) -> Sample:
    """
    Start a server, load it, end it.

    Raises:
        FailedError: when either does not run.
    """
    with peer.start(free_port(), server_core, options) as server:
        time.sleep(SETTLE_SECONDS)
        return load(peer, shape, server.port, server.pid, load_core)


def load(peer: Peer, shape: Shape, port: int, pid: int, core: int | None) -> Sample:
    """Load a server that runs."""
    where = ["--port", str(port), "--path", peer.path, "--pid", str(pid), *(["--tls"] if peer.tls else [])]
    patience = 60 + shape.seconds + shape.warmup
    before = stolen()
    told = json.loads(run([building.load_program(), *where, *shape.words()], core=core, timeout=patience))
    return replace(Sample.of(told), stolen=stolen() - before)
