"""The process is killed, and started again on the same port while the kernel still remembers its connections."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator

from tests.daemon import Daemon, free_port
from tests.fire.innocents import Innocents, judge
from tests.fire.row import Finding, Row, Terms
from tests.fire.scene import State, settled
from tests.raw_client import RawClient

#: Seconds from the start of the process to its first answer: Python and Twisted are loaded anew.
MOST_START = 5.0


def _run(terms: Terms) -> Iterator[Finding]:
    port = free_port()
    with Daemon(*terms.options, core=terms.server_core, port=port) as daemon, contextlib.ExitStack() as stack:
        calls = [stack.enter_context(RawClient(port)) for _ in range(20)]
        for call in calls:
            call.upgrade()
        began = time.monotonic()
        os.kill(daemon.pid, signal.SIGKILL)
        ends = [call.read_rest(2).end for call in calls]
        yield Finding("calls that were not told at once", ends.count("open"), 0)
        yield Finding("all of them told after", time.monotonic() - began, 1, "s")
        daemon.wait()
        left = {path.name for path in daemon.folder.iterdir()} - {"log"}
        yield Finding("files left behind", len(left), 0)
    began = time.monotonic()
    with Daemon(*terms.options, core=terms.server_core, port=port) as daemon:
        yield Finding("answers again after", time.monotonic() - began, MOST_START, "s")
        before = State.of(daemon)
        with Innocents(daemon, terms.pick(3, 0.5), terms) as innocents:
            sample = innocents.seen()
        yield from judge(sample, most_p99=None)
        yield from settled(daemon, before)
        yield Finding("exit status", abs(daemon.stop()), 0)


ROWS = (Row("killed", "killed with -9 and started again on the same port", _run),)
