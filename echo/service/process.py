"""What the daemon does to its own process: clock, descriptors, memory, the end of a start that fails."""

from __future__ import annotations

import contextlib
import gc
import os
import re
import select
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from twisted.python.failure import Failure

from echo.web.view import ProcessFigures

if sys.platform != "win32":  # which has no such limit either
    import resource


#: Bytes of a page of memory.
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0

#: Where /proc/self/stat tells the addresses of the arguments (proc(5), fields 48 and 49), behind the name.
_ARGUMENTS = slice(45, 47)

#: As many as twistd's parent process reads, less the two of the status itself.
_STATUS_BYTES = 98


def use_monotonic_clock(reactor: Any) -> None:
    """
    Let the reactor's timers run on a clock that nobody can set.

    Twisted's run on the wall clock: when that is set back by an hour, no timer fires for an hour, and when it
    is set forward, all fire at once. To be called before anything is scheduled.
    """
    reactor.seconds = time.monotonic


def raise_descriptor_limit() -> int | None:
    """Raise the soft limit on open files to the hard one; returns it, or ``None`` where there is none."""
    if sys.platform == "win32":
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (ValueError, OSError):  # macOS refuses "unlimited" although it is the hard limit
        return soft
    return hard


def open_descriptors() -> int:
    """Count the descriptors that are open; 0 where the system does not say (off Linux)."""
    try:
        with os.scandir("/proc/self/fd") as found:
            return sum(1 for _ in found)
    except OSError:
        return 0


def memory_used() -> int:
    """Tell how many bytes of this process are in memory; 0 where the system does not say (off Linux)."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return 0


def process_figures(started_at: float) -> ProcessFigures:
    """Look what the system says of this process, which was started at ``started_at`` (seconds of the epoch)."""
    most = None if sys.platform == "win32" else resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return ProcessFigures(
        cpu_seconds=time.process_time(),
        started_at=started_at,
        resident_bytes=memory_used() or None,
        descriptors=open_descriptors() or None,
        most_descriptors=most,
    )


def hide_in_command_line(option: str) -> None:
    """
    Put an x for each byte of an option's values in the command line, which everybody on this machine can read (``ps``).

    Linux only; elsewhere nothing happens.
    """
    values = re.compile(rb"((?:^|\0)" + os.fsencode(option) + rb"[=\0])([^\0]*)")
    with contextlib.suppress(OSError, ValueError), Path("/proc/self/mem").open("r+b", buffering=0) as memory:
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        start, end = (int(field) for field in fields[_ARGUMENTS])
        memory.seek(start)
        hidden = values.sub(lambda found: found[1] + b"x" * len(found[2]), memory.read(end - start))
        memory.seek(start)
        memory.write(hidden)


def give_up_starting(twistd: Mapping[str, Any], line: str) -> NoReturn:
    """
    End the process with status 1 and one line, as twistd would after an exception, but without a traceback.

    twistd's pid file goes, and in the background the process that was called, and waits, is told. ``twistd``
    holds twistd's options.
    """
    remove_pidfile(twistd.get("pidfile"))
    pipe = twistd.get("statusPipe")
    if pipe is not None:
        os.write(pipe, b"1 " + line.encode("ascii", "backslashreplace")[:_STATUS_BYTES])
        os.close(pipe)
    raise SystemExit(line)


def remove_pidfile(path: str | None) -> None:
    """Remove the file with our process id, unless it is another process that it names."""
    if not path:
        return
    with contextlib.suppress(OSError, ValueError):
        if int(Path(path).read_text()) == os.getpid():
            Path(path).unlink()


def settle_memory() -> None:
    """
    Exempt what was made at the start, nearly all of it modules, from garbage collection.

    A full collection otherwise walks it each time, and all calls wait for that.
    """
    gc.collect()
    gc.freeze()


#: Calls within calls of C functions, of about 4.5 kB of stack each: half a megabyte, more than a traceback takes.
_DEEP = 120


def take_stack(depth: int = _DEEP) -> int:
    """
    Let the stack of this thread have its full size now.

    It grows by itself, and where there is no memory for that the process ends by a signal, with all calls: where
    memory is missing for anything else, Python raises, and one call or one request ends. The system takes no stack
    back. Returns nothing of use.
    """
    return len(sorted((0,), key=lambda _: take_stack(depth - 1))) if depth else 0


_whole_traceback = Failure.getTraceback


def _traceback(failure: Failure, *words: Any, **named: Any) -> str:
    """Tell a lack of memory in a line: its traceback wants more of it, since it reads sources from the disk."""
    return (
        "MemoryError"
        if isinstance(failure.value, MemoryError)
        else _whole_traceback(failure, *words, **named)
    )


def survive_lacking_memory(reactor: Any) -> None:
    """
    Let the main loop go on where memory is missing.

    Twisted logs what was raised in a pass of its loop, and where that raises, too, the loop ends and all calls with
    it. So a MemoryError is told in a line, and one that comes as far as the loop ends that pass alone: what was to be
    read or written then still is.
    """
    setattr(Failure, "getTraceback", _traceback)  # noqa: B010  its type is narrower than what it takes
    for name in ("runUntilCurrent", "doIteration"):
        if hasattr(reactor, name):
            setattr(reactor, name, _until_memory_lacks(getattr(reactor, name)))


def _until_memory_lacks(work: Callable[..., Any]) -> Callable[..., None]:
    def worked(*words: Any) -> None:
        with contextlib.suppress(MemoryError):
            work(*words)

    return worked


#: Descriptors that the reactor serves before it looks at its timers again, those of the calls among them.
EVENTS_AT_ONCE = 16


class FewAtOnce:
    """
    A poll set that tells of a few at a time; the system tells of the others first, the next time.

    While there are more of them it tells of one descriptor each time, as if it were ready: the calls', which would
    else wait for all others to be served once.

    Attributes:
        first: tells that descriptor; -1 while there is none.
    """

    def __init__(self, poller: Any) -> None:
        """Stand in for ``poller``."""
        self._poller = poller
        self.first: Callable[[], int] = lambda: -1

    def __getattr__(self, name: str) -> Any:
        """Be the poll set in everything else."""
        return getattr(self._poller, name)

    def poll(self, timeout: float, maxevents: int) -> list[tuple[int, int]]:
        """Tell of at most :data:`EVENTS_AT_ONCE`, and of the first."""
        events: list[tuple[int, int]] = self._poller.poll(timeout, min(maxevents, EVENTS_AT_ONCE))
        if len(events) < EVENTS_AT_ONCE:
            return events
        first = self.first()
        if first < 0:
            return events
        return [(first, select.EPOLLIN), *(event for event in events if event[0] != first)]


def serve_few_at_once(reactor: Any) -> None:
    """
    Let the calls that are on have their turn between newcomers.

    A thousand connections that come at once are otherwise all served, at a millisecond each, before anybody's audio
    is; :func:`serve_first` says where they are found. Of Twisted's reactors the one on epoll, which it takes on Linux,
    asks for as many as there are.
    """
    if isinstance(getattr(reactor, "_poller", None), getattr(select, "epoll", ())):
        reactor._poller = FewAtOnce(reactor._poller)  # noqa: SLF001  there is no other way in


def serve_first(reactor: Any, descriptor: Callable[[], int]) -> None:
    """
    Let what reads from ``descriptor`` be served before others where many are ready.

    It is called whether there is anything to read or not, and ``descriptor`` tells -1 while there is none.
    """
    poller = getattr(reactor, "_poller", None)
    if isinstance(poller, FewAtOnce):
        poller.first = descriptor
