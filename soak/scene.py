"""The daemon, the innocent calls beside it and the hostile ones between them, sampled each second."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bench.processes import on_core, stolen
from soak.plan import Hostile, Plan, hostiles
from soak.second import Second
from soak.verdict import Ending
from tests.attacks import ATTACKS
from tests.daemon import TREE, Watched
from tests.fire.row import Terms
from tests.fire.scene import Attackers

#: Seconds in which the daemon lets go of all calls, once they are over, and of what hostile ones have left.
SETTLED_WITHIN = 90.0

#: Seconds until an attack that does not end by itself is not waited for any longer.
ATTACK_ENDS = 80.0


class Innocents:
    """The phone's process; gives what it tells, a line each."""

    def __init__(self, url: str, plan: Plan, core: int | None) -> None:
        words = [url, str(plan.calls), str(plan.rate), str(plan.lasts)]
        with on_core(core):
            self._process = subprocess.Popen(
                [sys.executable, "-m", "soak.innocents", *words], stdout=subprocess.PIPE, text=True, cwd=TREE
            )

    def __enter__(self) -> Iterator[dict[str, Any]]:
        return self._told()

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def _told(self) -> Iterator[dict[str, Any]]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield json.loads(line)


class Hostiles:
    """Begins the hostile calls when they are due, one after the other, in a process that stands back."""

    def __init__(self, plan: Plan, attackers: Attackers, port: int) -> None:
        self._due: list[Hostile] = hostiles(plan, tuple(ATTACKS))
        self._attackers = attackers
        self._port = port
        self.begun = 0

    def begin_due(self, at: float) -> None:
        """Begin those whose time has come, ``at`` seconds after the first call began."""
        while self._due and self._due[0].at <= at:
            self._attackers.begin(_attack, self._due.pop(0).name, self._port)
            self.begun += 1

    def wait(self) -> None:
        """Wait until those that were begun are over."""
        with contextlib.suppress(TimeoutError):
            self._attackers.begin(_nothing).result(ATTACK_ENDS)


class Soak:
    """
    One soak.

    Attributes:
        seconds: what was sampled so far.
    """

    def __init__(self, plan: Plan, terms: Terms, told: Callable[[Second], None]) -> None:
        """Prepare; ``told`` is given each second."""
        self.seconds: list[Second] = []
        self._plan = plan
        self._terms = terms
        self._told = told

    def run(self) -> Ending:
        """Make all calls, and tell how it ended."""
        core = self._terms.server_core
        with Watched(*self._terms.options, core=core) as daemon, Attackers(self._terms) as attackers:
            before = daemon.descriptors()
            hostile = Hostiles(self._plan, attackers, daemon.port)
            url = f"ws://127.0.0.1:{daemon.port}/socket"
            with Innocents(url, self._plan, self._terms.other_core) as told:
                report = self._sample(daemon, hostile, told)
            hostile.wait()
            return _ending(daemon, before, report)

    def _sample(self, daemon: Watched, hostile: Hostiles, told: Iterator[dict[str, Any]]) -> dict[str, Any]:
        """Look at the daemon whenever the phone tells of a second; returns the phone's report."""
        last = stolen()
        for line in told:
            if "report" in line:
                report: dict[str, Any] = line["report"]
                return report
            hostile.begin_due(line["at"])
            now = stolen()
            self.seconds.append(_second(daemon, line, round(now - last, 2), hostile.begun))
            last = now
            self._told(self.seconds[-1])
        raise RuntimeError("the phone has ended without a report; what it wrote is above")


def _second(daemon: Watched, line: dict[str, Any], stolen_now: float, hostile: int) -> Second:
    figures = daemon.figures()
    return Second(
        rss=daemon.rss(),
        descriptors=daemon.descriptors(),
        calls=int(figures["echo_calls_live"]),
        lag_ms=round(1000 * figures["echo_reactor_lag_seconds"], 2),
        stolen=stolen_now,
        hostile=hostile,
        **line,
    )


def _ending(daemon: Watched, before: int, report: dict[str, Any]) -> Ending:
    """Wait until the daemon holds what it held before, or has had its time; then end it."""
    until = time.monotonic() + SETTLED_WITHIN
    while (left := _left(daemon, before)) != (0, 0) and time.monotonic() < until:
        time.sleep(0.5)
    log = daemon.log
    return Ending(
        problems=_problems(report),
        lost=int(report["frames"]["lost"]),
        calls=left[0],
        descriptors=left[1],
        exceptions=log.count("Traceback") + log.count("Unhandled"),
        status=daemon.stop(),
    )


def _left(daemon: Watched, before: int) -> tuple[int, int]:
    return int(daemon.health()["calls_now"]), max(0, daemon.descriptors() - before)


def _problems(report: dict[str, Any]) -> Sequence[str]:
    told = [f"{each['calls']} {each['fate']}: {each['reason']}" for each in report["reasons"]]
    missing = report["calls"]["wanted"] - report["calls"]["completed"] - report["calls"]["failed"]
    return [*told, f"{missing} not completed"] if missing else told


def _attack(name: str, port: int) -> None:
    """Run one attack; that it is cut short is what it is for."""
    with contextlib.suppress(Exception):
        ATTACKS[name](port)


def _nothing() -> None:
    """Be over: what was begun before is over, too."""
