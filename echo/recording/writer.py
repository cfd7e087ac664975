"""
The one thread that writes recordings. Whoever has something for it never waits: what does not fit is left out.

The reactor puts work here, and takes note of nothing but whether there was room. A disk that stalls fills the queue
up to its bound, and no further; calls never notice.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Final

from echo.audio.tracks import Item
from echo.recording.disk import Disk
from echo.recording.flac import Conversion
from echo.recording.take import Plan, Take

#: Seconds between two looks at what else there is to do.
_CHORES: Final = 1.0


class Writer:
    """
    Takes work from the reactor, and does it in a thread.

    Attributes:
        done: bytes of audio that are written, or given up; ``put`` less ``done`` is what waits.
    """

    def __init__(
        self,
        disk: Disk,
        *,
        most_waiting: int,
        tell: Callable[[str], None],
        may_write: Callable[[], bool] = lambda: True,
        chores: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Write to ``disk``; the thread begins with :meth:`start`.

        Args:
            disk: where.
            most_waiting: bytes of audio that may wait.
            tell: takes a sentence for the log, in any thread.
            may_write: whether there is room on the disk; asked in the thread.
            chores: what is to be done now and then, in the thread.
        """
        self._disk = disk
        self._most_waiting = most_waiting
        self._tell = tell
        self._may_write = may_write
        self._chores = chores
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._takes: dict[str, Take] = {}
        self._told: set[str] = set()
        #: Pieces of FLAC files to be made.
        self._converting: deque[Callable[[], None]] = deque()
        self._when_stopped: Callable[[], None] = _nothing
        #: Each is changed by one thread only, so neither needs a lock.
        self._put = 0
        self.done = 0
        self._thread: threading.Thread | None = None

    @property
    def waiting(self) -> int:
        """Bytes of audio that wait here."""
        return self._put - self.done

    # From the reactor. None of these waits.

    def start(self) -> None:
        """Begin. A thread that ends with the process: its end must not wait for a disk without a bound."""
        self._thread = threading.Thread(target=self._run, name="recordings", daemon=True)
        self._thread.start()

    def begin(self, plan: Plan) -> None:
        """Begin a recording."""
        self._queue.put(lambda: self._begin(plan))

    def add(self, stem: str, now: float, items: list[Item]) -> bool:
        """Add to a recording what has happened up to ``now``; false where there is no room."""
        size = sum([len(item[2]) for item in items])
        if size and self._put + size - self.done > self._most_waiting:
            return False
        self._put += size
        self._queue.put(lambda: self._add(stem, now, items, size))
        return True

    def end(self, stem: str, now: float, about: dict[str, Any], then: Callable[[], None]) -> None:
        """End a recording; ``then`` is called in the thread, once it has its name."""
        self._queue.put(lambda: self._end(stem, now, about, then))

    def tell_of(self, stem: str, about: dict[str, Any]) -> None:
        """Describe a recording that has ended once more, and forget it."""
        self._queue.put(lambda: self._tell_of(stem, about))

    def stop(self, then: Callable[[], None]) -> None:
        """End the thread once all that was put here is done, and then call ``then``, in the thread."""
        self._when_stopped = then
        self._queue.put(None)
        if self._thread is None:  # it never began, so there is nothing to do
            self.do_all()

    # In the thread.

    def _run(self) -> None:
        self.do(self._chores)
        due = time.monotonic() + _CHORES
        while True:
            work = self._next(due)
            if work is None:
                break
            self.do(work)
            if time.monotonic() >= due:
                due = time.monotonic() + _CHORES
                self.do(self._chores)
        self._convert_all()
        self._when_stopped()

    def _next(self, due: float) -> Callable[[], None] | None:
        """Wait for work until ``due``; what is to be converted comes between, when nothing else waits."""
        try:
            if self._converting:
                return self._queue.get_nowait()
            return self._queue.get(timeout=max(0.0, due - time.monotonic()))
        except Empty:
            return self._converting.popleft() if self._converting else _nothing

    def do(self, work: Callable[[], None]) -> None:
        """Do one piece of work; a bug in it costs that piece, and no other recording."""
        try:
            work()
        except Exception as error:  # noqa: BLE001  the thread has to go on
            self._tell(f"a recording failed: {type(error).__name__}: {error}")

    def do_all(self) -> None:
        """Do what waits, in the caller's own thread: for tests."""
        while not self._queue.empty():
            work = self._queue.get()
            if work is None:
                self._when_stopped()
            else:
                self.do(work)
            self._convert_all()

    def _convert_all(self) -> None:
        while self._converting:
            self.do(self._converting.popleft())

    def _begin(self, plan: Plan) -> None:
        self._takes[plan.stem] = Take(
            plan, self._disk, lambda what, error: self._failed(plan.stem, what, error)
        )

    def _add(self, stem: str, now: float, items: list[Item], size: int) -> None:
        take = self._takes.get(stem)
        if take is None:  # beginning it has failed
            self.done += size
            return
        before = take.held
        try:
            take.add(now, items, may_write=self._may_write())
        finally:
            self.done += size - (take.held - before)

    def _end(self, stem: str, now: float, about: dict[str, Any], then: Callable[[], None]) -> None:
        take = self._takes[stem]
        before = take.held
        try:
            take.end(now, about, may_write=self._may_write())
        finally:
            self.done += before - take.held
        conversion = take.conversion()
        if conversion is None:
            self._finish(take, "wav", then)
        else:
            self._convert(take, conversion, then)

    def _convert(self, take: Take, conversion: Conversion, then: Callable[[], None]) -> None:
        """Convert a piece, and go on behind whatever else waits."""
        try:
            is_going_on = conversion.step()
        except OSError as error:
            self._failed(take.plan.stem, "converting", error)
            conversion.give_up()
            self._finish(take, "wav", then)
            return
        if is_going_on:
            self._converting.append(lambda: self._convert(take, conversion, then))
        else:
            self._finish(take, "flac", then)

    def _finish(self, take: Take, kind: str, then: Callable[[], None]) -> None:
        take.finish(kind)
        then()

    def _tell_of(self, stem: str, about: dict[str, Any]) -> None:
        """Describe a recording once more, for the last time."""
        self._told.discard(stem)
        self._takes.pop(stem).tell(about)

    def _failed(self, stem: str, what: str, error: OSError) -> None:
        """Tell of a disk that fails, once for each recording."""
        if stem not in self._told:
            self._told.add(stem)
            self._tell(
                f"recording {stem}: {what} failed: {error.strerror or error}; what is missing is silence"
            )


def _nothing() -> None:
    """Do nothing."""
