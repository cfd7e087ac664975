"""Our daemon without calls: how soon it answers, what it holds, and what it does while nothing happens."""

from __future__ import annotations

import contextlib
import http.client
import statistics
import time
from dataclasses import dataclass

from bench.loading import Mode, Shape, load
from bench.processes import START_SECONDS, FailedError, free_port
from bench.rows import Place
from bench.servers import OURS, PEERS

#: The system counts CPU in hundredths of a second: in less than this, one of them would be more than the goal.
REST_SECONDS = 20.0


@dataclass(frozen=True)
class Rest:
    """
    What was seen.

    Attributes:
        start: seconds from the start of the process to the first NCCO, the median of some starts.
        memory: resident, in bytes.
        share: of a core, without calls.
    """

    start: float
    memory: int
    share: float


def measure_rest(place: Place, seconds: float, starts: int) -> Rest:
    """Start the daemon so often, and look at the last one for so long."""
    times, port = [], free_port()
    for number in range(starts):
        begun = time.monotonic()
        with PEERS[OURS].start(port, place.server) as server:
            _first_ncco(port, begun + START_SECONDS)
            times.append(time.monotonic() - begun)
            if number < starts - 1:
                continue
            time.sleep(1.0)  # what is put off until after the start is no part of rest
            shape = Shape(Mode.IDLE, 0, seconds, 0.0)
            sample = load(PEERS[OURS], shape, port, server.pid, place.load)
    return Rest(statistics.median(times), sample.rss_before, sample.share)


def _first_ncco(port: int, deadline: float) -> None:
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError), contextlib.closing(connection):
            connection.request("GET", "/ncco")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.005)
    raise FailedError("no NCCO")
