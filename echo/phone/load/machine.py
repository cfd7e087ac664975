"""What a load asks of the machine: descriptors, a collector that does not pause, and an account of what it took."""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from echo.phone.load.counts import Usage

#: Descriptors besides those of the sockets: files, the reactor, a webhook for each of some calls.
_BESIDES = 200

#: Allocations between two looks at the youngest objects, and how many of these make one at older ones. Frames
#: leave no cycles behind; only calls that begin and end do.
_THRESHOLDS = (20_000, 20, 50)

#: Time ready to run without a core, in ns, is the second figure (Linux, Documentation/scheduler/sched-stats.rst).
_SCHEDULED = Path("/proc/self/schedstat")


def usage(now: float) -> Usage:
    """Tell what this process had of the machine so far; ``now`` is the time by the clock of the calls."""
    waited = None
    with suppress(OSError, IndexError, ValueError):
        waited = int(_SCHEDULED.read_text("ascii").split()[1]) / 1e9
    return Usage(now, time.process_time(), waited)


def allow_descriptors(calls: int) -> str | None:
    """
    Raise the limit of open descriptors as far as so many calls at once need it, and may.

    Returns:
        What is wrong, in a sentence, if that is not far enough.
    """
    wanted = calls + _BESIDES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return None
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed >= wanted:
        return None
    return (
        f"{calls} calls at once need {wanted} open files, and {hard} are allowed (ulimit -Hn): "
        "calls will fail for want of them"
    )


@contextmanager
def few_pauses() -> Iterator[None]:
    """Let the garbage collector look at new objects only, and seldom: a look at all of them takes 10 ms and more."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
