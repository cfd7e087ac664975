"""The place of an attack: a daemon, the innocents beside it, the attackers' process, and whether all is as it was."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ParamSpec, Self, TypeVar

from bench.processes import raise_descriptors
from tests.daemon import Daemon
from tests.fire.innocents import MOST_P99, Innocents, judge, stand_back
from tests.fire.row import Finding, Terms
from tests.integration.conftest import wait_until

P = ParamSpec("P")
T = TypeVar("T")

#: Bytes. Memory that is kept for the next one, and the pages of an allocator, are not given back at once.
MOST_KEPT = 2 * 1024 * 1024

#: Seconds until all is as it was.
SETTLED_WITHIN = 15.0

#: Seconds between two looks at the daemon's memory.
_LOOK_EVERY = 0.05


@dataclass(frozen=True)
class State:
    """What the daemon holds: bytes, descriptors, calls."""

    rss: int
    descriptors: int
    calls: int

    @classmethod
    def of(cls, daemon: Daemon) -> State:
        """Look."""
        calls = int(daemon.health()["calls_now"])
        return cls(daemon.rss(), daemon.descriptors(), calls)


class Peak:
    """The most memory that the daemon took while the block lasted, over what it had at its beginning."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._first = self._most = 0

    def __enter__(self) -> Self:
        self._first = self._most = self._daemon.rss()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_EVERY):
            with contextlib.suppress(OSError):
                self._most = max(self._most, self._daemon.rss())

    @property
    def growth(self) -> int:
        """Bytes."""
        return self._most - self._first


def _begin(core: int | None) -> None:
    stand_back()
    raise_descriptors()
    if core is not None:
        os.sched_setaffinity(0, {core})


class Attackers:
    """
    A process that attacks, on the innocents' core, and only with what those leave of it.

    In the short form, which judges no times, a thread will do.
    """

    def __init__(self, terms: Terms) -> None:
        self._pool: Executor = ThreadPoolExecutor(1)
        if not terms.is_short:
            context = multiprocessing.get_context("spawn")
            core = terms.other_core
            self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin, initargs=(core,))
        self._pool.submit(os.getpid).result()  # it starts now and not in the midst of what is measured

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def begin(self, attack: Callable[P, T], *words: P.args, **named: P.kwargs) -> Future[T]:
        """Attack; the result comes later."""
        return self._pool.submit(attack, *words, **named)

    def run(self, attack: Callable[P, T], *words: P.args, **named: P.kwargs) -> T:
        """Attack, and wait for the result."""
        return self._pool.submit(attack, *words, **named).result()


def settled(daemon: Daemon, before: State, *, most_kept: int | None = MOST_KEPT) -> Iterator[Finding]:
    """Tell whether the registry, the descriptors and the memory are where they were, and the log has no bug in it."""
    now: list[State] = []

    def is_as_before() -> bool:
        with contextlib.suppress(OSError):
            now[:] = [State.of(daemon)]
        return bool(now) and now[0].calls == before.calls and now[0].descriptors <= before.descriptors

    began = time.monotonic()
    with contextlib.suppress(TimeoutError):
        wait_until(is_as_before, timeout=SETTLED_WITHIN)
    if not now:
        yield Finding("the daemon answers no more", 1, 0)
        return
    yield Finding("all gone after", time.monotonic() - began, SETTLED_WITHIN, "s")
    yield Finding("calls left", now[0].calls - before.calls, 0)
    yield Finding("descriptors left", max(0, now[0].descriptors - before.descriptors), 0)
    kept = (now[0].rss - before.rss) / 1e6
    yield Finding("memory kept", max(0.0, kept), None if most_kept is None else most_kept / 1e6, "MB")
    log = daemon.log
    yield Finding("exceptions in the log", log.count("Traceback") + log.count("Unhandled"), 0)


@contextlib.contextmanager
def daemon_of(terms: Terms, *options: str, **named: Any) -> Iterator[Daemon]:
    """A daemon under the terms' limits, on its core; in the long form its start is over: it has echoed before."""
    with Daemon(*terms.options, *options, core=terms.server_core, **named) as daemon:
        if not terms.is_short:
            with Innocents(daemon, 0.5, terms) as calls:
                calls.seen()
            wait_until(lambda: int(daemon.health()["calls_now"]) == 0)
        yield daemon


def under_fire(
    terms: Terms,
    seconds: float,
    attack: Callable[[Daemon, Attackers], Iterator[Finding]],
    *options: str,
    calls: int = 20,
    most_p99: float | None = MOST_P99,
    most_kept: int | None = MOST_KEPT,
) -> Iterator[Finding]:
    """
    Run an attack beside the innocents.

    Args:
        terms: of the row.
        seconds: how long the innocents call: as long as the attack should take.
        attack: yields its own findings; on entry, the innocents are on.
        options: of the daemon, beside those of the terms.
        calls: how many innocents.
        most_p99: ms, judged in the long form only: in the short one times are those of a busy machine.
        most_kept: bytes that may be left of the memory.
    """
    with daemon_of(terms, *options) as daemon, Attackers(terms) as attackers:
        before = State.of(daemon)
        with Innocents(daemon, seconds, terms, calls=calls) as innocents:
            found = list(attack(daemon, attackers))
            sample = innocents.seen()
        yield from judge(sample, most_p99=None if terms.is_short else most_p99)
        yield from found
        yield from settled(daemon, before, most_kept=most_kept)
        yield Finding("exit status", abs(daemon.stop()), 0)
