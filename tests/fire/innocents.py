"""
The calls that have nothing to do with it: paced as a telephone's, by the load generator of the benchmark.

It is a program in C with a clock that does not drift; each frame carries a number and the time at which it left, and
is compared when it comes back. It tells how late its own frames left: where that is much, times are its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from typing import Self

from bench import building
from bench.loading import Mode, Sample, Shape
from bench.processes import on_core
from tests.daemon import Daemon
from tests.fire.row import LATE, WAITED, Finding, Terms
from tests.integration.conftest import wait_until

#: Seconds before the measured span, in the long form.
WARMUP = 1.0

#: ms. Nobody hears an echo that comes so much later, and the next frame is not there yet.
MOST_P99 = 30.0


class Innocents:
    """So many paced calls for so many seconds (and some before, for warming up), in a process of their own."""

    def __init__(self, daemon: Daemon, seconds: float, terms: Terms, *, calls: int = 20) -> None:
        self._warmup = terms.pick(WARMUP, 0.2)
        shape = Shape(Mode.PACED, calls, seconds, self._warmup)
        where = ["--port", str(daemon.port), "--path", "/socket", "--pid", str(daemon.pid)]
        self._command = [str(building.load_program()), *where, *shape.words()]
        self._daemon, self._calls, self._core = daemon, calls, terms.other_core
        self._patience = seconds + 30
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        with on_core(self._core):
            self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        wait_until(self._are_on, timeout=10)
        # The span begins so long after the first frame: from here on an attack is in it.
        threading.Event().wait(self._warmup)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def _are_on(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError("the innocent calls did not begin")
        return int(self._daemon.health()["calls_now"]) >= self._calls

    def seen(self) -> Sample:
        """Wait for the end of the calls: what became of them."""
        assert self._process is not None
        told, _ = self._process.communicate(timeout=self._patience)
        return Sample.of(json.loads(told))


def judge(sample: Sample, *, most_p99: float | None = MOST_P99) -> list[Finding]:
    """Judge what became of them: nothing lost, and within ``most_p99`` ms, where it is judged."""
    assert sample.trips is not None
    assert sample.lateness is not None
    ended = f"innocents ended{' (' + sample.first_end + ')' if sample.ended else ''}"
    return [
        Finding("innocents' p99", sample.trips["p99"], most_p99, "ms"),
        Finding("lost", sample.lost, 0),
        Finding("altered or disordered", sample.altered + sample.disordered, 0),
        Finding(ended, sample.ended, 0),
        Finding(LATE, sample.lateness["p99"], None, "ms"),
        Finding(WAITED, 100 * sample.waited / sample.seconds, None, "%"),
    ]


def stand_back() -> None:
    """Let an attacker have only what the innocents' own process leaves of their core."""
    os.nice(19)
