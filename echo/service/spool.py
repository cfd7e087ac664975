"""
Standard output that nobody waits for: what is written is kept until whoever takes it has taken it.

A log that is written where calls are served stops all of them while a disk is slow, or while whoever reads the pipe
does not; and a full disk makes each line an exception. Here a thread writes. What it has not got rid of is bounded:
beyond that, lines are left out and counted, and the next one that gets through says how many are missing.
"""

from __future__ import annotations

import atexit
import os
import select
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

#: Bytes that may wait: some thousand lines, a minute of a busy daemon.
MOST_WAITING = 1024 * 1024

#: Seconds that the end of the process may wait for what is left.
AT_THE_END = 1.0


class Spool:
    """A text stream as Twisted's log wants one: :meth:`write` and :meth:`flush` return at once, whatever happens."""

    encoding = "utf-8"

    def __init__(self, descriptor: int, most_waiting: int = MOST_WAITING) -> None:
        """Write to ``descriptor``; at most ``most_waiting`` bytes wait. The thread begins with the first line."""
        self._descriptor = descriptor
        self._most_waiting = most_waiting
        self._changed = threading.Condition()
        #: Pieces, each with how many lines are missing if it cannot be written.
        self._waiting: deque[tuple[bytes, int]] = deque()
        #: Bytes that wait, those that are being written among them.
        self._held = 0
        self._missing = 0
        self._thread: threading.Thread | None = None
        self._is_cut = False

    def write(self, text: str) -> None:
        """Take one piece of text, or count it as missing."""
        data = text.encode(self.encoding, "backslashreplace")
        with self._changed:
            if self._held + len(data) > self._most_waiting:
                self._missing += 1
                return
            missing, self._missing = self._missing, 0
            if missing:
                data = _gap(missing) + data
            self._waiting.append((data, missing + 1))
            self._held += len(data)
            if self._thread is None:
                self._begin()
            self._changed.notify_all()

    def flush(self) -> None:
        """Wait for nothing."""

    def drain(self, seconds: float = AT_THE_END) -> None:
        """Wait until everything is written, at most so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._held, seconds)

    def _begin(self) -> None:
        # A daemon's thread: the end of the process must not wait for a disk without a bound.
        thread = threading.Thread(target=self._run, name="log", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no memory for one; the next line tries again
            return
        self._thread = thread

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                data, lines = self._waiting.popleft()
            is_written = self._put(data)
            with self._changed:
                self._held -= len(data)
                if not is_written:
                    self._missing += lines
                self._changed.notify_all()

    def _put(self, data: bytes) -> bool:
        """Write all of it; False when it could not be. A line that was cut is ended first."""
        if self._is_cut:
            data = b"\n" + data
        left = memoryview(data)
        try:
            while left:
                left = left[self._write(left) :]
        except OSError:  # full, beyond a limit, or nobody reads: there is nowhere to say so
            self._is_cut = self._is_cut or 0 < len(left) < len(data)
            return False
        self._is_cut = False
        return True

    def _write(self, data: memoryview) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:  # somebody who shares it has made it so
            select.select([], [self._descriptor], [])
            return 0


def _gap(missing: int) -> bytes:
    return (
        b"%d lines are missing here: the log was not taken in time, or there was no room for it\n" % missing
    )


def spool_standard_output(twistd: Mapping[str, Any]) -> Callable[[], None]:
    """
    Let Twisted's log go through a :class:`Spool` where it goes to standard output.

    twistd takes ``sys.stdout`` for its log when it has made the service, and not before. ``twistd`` holds its
    options: with a file, syslog or a logger of the operator's, that is where the log goes, and nothing is changed.

    Returns:
        What waits, for a second at most, until standard output is written: for whoever ends the process at once.
    """
    elsewhere = twistd.get("syslog") or twistd.get("logger") or twistd.get("logfile") not in {None, "", "-"}
    if elsewhere or not twistd.get("nodaemon"):
        return _flush
    try:
        spool = Spool(sys.stdout.fileno())
        sys.stdout.flush()
    except (AttributeError, OSError, ValueError):  # none, or none of the system's
        return _flush
    atexit.register(spool.drain)
    sys.stdout = spool  # of a text stream, what a log uses
    return spool.drain


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()
