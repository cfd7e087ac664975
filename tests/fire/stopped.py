"""The whole process is stopped for seconds, as a hypervisor or a full machine does it, and goes on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from functools import partial

from tests.daemon import Daemon
from tests.fire.row import Finding, Row, Terms
from tests.fire.scene import Attackers, under_fire

CALLS = 50


def _attack(seconds: float, daemon: Daemon, _: Attackers) -> Iterator[Finding]:
    daemon.signal(signal.SIGSTOP)
    try:
        threading.Event().wait(seconds)
    finally:
        daemon.signal(signal.SIGCONT)
    yield Finding("stopped for", seconds, None, "s")


def _run(terms: Terms) -> Iterator[Finding]:
    seconds = terms.pick(5.0, 1.0)
    # The calls go on for as long again: what piled up must have come back by then, and p99 is that of the stop.
    yield from under_fire(
        terms, 2 * seconds + 1, partial(_attack, seconds), "--when-slow", "drop", calls=CALLS, most_p99=None
    )


ROWS = (Row("stopped", "SIGSTOP for 5 s with 50 calls, then SIGCONT", _run),)
