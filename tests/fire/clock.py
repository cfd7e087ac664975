"""The machine's clock is set by an hour, either way, in the midst of calls and of deadlines."""

from __future__ import annotations

import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from tests.attacks import FIRST, silent_after_upgrade
from tests.daemon import TREE
from tests.fire.innocents import MOST_P99, Innocents, judge
from tests.fire.row import Finding, Row, Terms
from tests.fire.scene import Attackers, State, daemon_of, settled
from tests.preload.sitecustomize import UNTOUCHED
from tests.pressure import Outcome

HOUR = 3600.0

#: Where the module lies that the daemon's Python loads at its start.
PRELOAD = TREE / "tests" / "preload"


def silent(port: int, patience: float) -> Outcome:
    """Talk once, and neither speak nor answer from then on."""
    return silent_after_upgrade(port, first=FIRST, patience=patience)


def _run(jump: float, terms: Terms) -> Iterator[Finding]:
    # Deadlines must be seen to pass, and a minute of them is no better proof than seconds.
    idle = int(terms.pick(8, 2))
    options = ("--idle-timeout", str(idle), "--ping-interval", "1")
    with tempfile.TemporaryDirectory() as folder:
        clock = Path(folder, "clock")
        clock.write_bytes(UNTOUCHED)
        told: dict[str, Any] = {"path": f"{PRELOAD}:{TREE}", "environment": {"FAULT_CLOCK": str(clock)}}
        with daemon_of(terms, *options, **told) as daemon, Attackers(terms) as attackers:
            before = State.of(daemon)
            uptime, began = float(daemon.health()["uptime"]), time.monotonic()
            with Innocents(daemon, idle + 2, terms) as innocents:
                gone = attackers.begin(silent, daemon.port, float(idle + 3))
                threading.Event().wait(idle / 4)
                with clock.open("r+b") as file:
                    file.write(struct.pack("d", jump))
                after = gone.result().cut_after
                sample = innocents.seen()
            yield from judge(sample, most_p99=None if terms.is_short else MOST_P99)
            yield Finding(
                "a silent call ended, in parts of its timeout", (after or 99) / idle, 1 + 1.5 / idle
            )
            yield Finding("too early by", max(0.0, idle - 0.5 - (after or 0)), 0, "s")
            passed = float(daemon.health()["uptime"]) - uptime
            yield Finding("the uptime is off by", abs(passed - (time.monotonic() - began)), 1, "s")
            yield from settled(daemon, before)
            yield Finding("exit status", abs(daemon.stop()), 0)


ROWS = (
    Row("clock-forward", "the clock is set forward by an hour", partial(_run, HOUR)),
    Row("clock-back", "the clock is set back by an hour", partial(_run, -HOUR)),
)
