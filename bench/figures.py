"""What was measured, on which machine, whether it can be trusted, and the table in which it is shown."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
import platform
import sys
from array import array
from dataclasses import dataclass
from pathlib import Path

from tests.daemon import cpu_seconds

#: Beyond this the load generator was the bottleneck: a tenth of a frame, for the 99th percentile.
LATE_SECONDS = 0.002

#: Beyond this share of the time without a core, other processes were part of what was measured.
BUSY_SHARE = 0.05


@dataclass(frozen=True)
class Usage:
    """What a process has had of the machine, in seconds."""

    cpu: float = 0.0
    #: Ready to run, without a core: others were at work there, and the figures are theirs as well.
    waited: float = 0.0

    @classmethod
    def of(cls, pid: int | None) -> Usage:
        """Usage since the start of a process; nothing of one that we don't know."""
        if pid is None:
            return cls()
        waited = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1]
        return cls(cpu_seconds(pid), int(waited) / 1e9)

    def __sub__(self, before: Usage) -> Usage:
        return Usage(self.cpu - before.cpu, self.waited - before.waited)


def percentiles(values: array[float]) -> dict[str, float]:
    """p50 to max of ``values`` in milliseconds; empty for none."""
    ordered = sorted(values)
    last = len(ordered) - 1
    marks = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "max": 1.0}
    return {name: round(ordered[round(last * mark)] * 1000, 3) for name, mark in marks.items() if ordered}


def version(distribution: str) -> str:
    """The installed version, or "-"."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "-"


def machine() -> dict[str, str]:
    """Where and with what this was measured."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    libraries = ("echo-voice", "twisted", "autobahn")
    return {
        "machine": f"{len(os.sched_getaffinity(0))} cores, {names[0] if names else platform.machine()}",
        "system": f"{platform.system()} {platform.release()}",
        "versions": ", ".join(
            [f"Python {platform.python_version()}{_whose()}", *(f"{n} {version(n)}" for n in libraries)]
        ),
        "date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC",
    }


def _whose() -> str:
    """Say whose Python this is: one that was built without optimisations needs more for each frame."""
    owner = "the system's, " if sys.base_prefix == "/usr" else ""
    return f" ({owner}built {platform.python_build()[1]})"


def show(told: dict[str, object]) -> None:
    """Print the report as a table."""
    for name, value in told.items():
        text = "   ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
        print(f"{name:<34}{text}")
