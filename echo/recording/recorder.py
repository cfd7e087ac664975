"""
Records calls: fetches from each, twice a second, what has happened, and hands it to the writer.

Calls are fetched from in turns, a few every tenth of a second, so that a thousand of them are never all due at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from echo.call.app import Call
from echo.call.reel import Reel
from echo.call.report import CallReport
from echo.log import Log
from echo.recording import about
from echo.recording.names import stem
from echo.recording.take import Plan
from echo.recording.writer import Writer

#: Calls are fetched from in so many rounds, one each ``_ROUND`` seconds.
_ROUNDS: Final = 5
_ROUND: Final = 0.1

#: Seconds after which a call is described again: what the provider tells of its end has come by then.
_LATE_NEWS: Final = 1.5

#: Seconds that the end of the daemon waits for the disk.
PATIENCE: Final = 3.0


@dataclass
class _Running:
    """
    A recording that is on.

    Attributes:
        seconds_left_out: of audio for which there was no room.
    """

    reel: Reel
    call: Call
    plan: Plan
    since: float
    seconds_left_out: float = 0.0
    is_begun: bool = False


class Recorder:
    """
    Records calls; fulfils ``echo.call.reel.Recorder``.

    Attributes:
        records_all: whether every call is recorded, or only those of which an app wants it.
        finished: how many recordings have been finished.
    """

    def __init__(
        self,
        *,
        reactor: Any,
        writer: Writer,
        folder: Path,
        log: Log,
        wall_clock: Callable[[], float],
        random: Callable[[int], bytes],
        records_all: bool,
        form: str = "wav",
    ) -> None:
        """
        Record into ``folder`` by ``writer``.

        Args:
            reactor: keeps the time, by the clock of the calls.
            writer: writes.
            folder: where.
            log: is told where audio had to be left out.
            wall_clock: gives seconds of the epoch.
            random: gives so many bytes.
            records_all: whether every call is recorded.
            form: ``wav`` or ``flac``.
        """
        self.records_all = records_all
        self.finished = 0
        self._reactor = reactor
        self._writer = writer
        self._folder = folder
        self._log = log
        self._wall_clock = wall_clock
        self._random = random
        self._format = form
        self._running: dict[Reel, _Running] = {}
        self._later: dict[Reel, tuple[Any, Callable[[], None]]] = {}
        self._round = 0
        self._rounds = LoopingCall(self._fetch_some)
        self._rounds.clock = reactor

    def start(self) -> None:
        """Begin to fetch, and to write."""
        self._writer.start()
        self._rounds.start(_ROUND, now=False)

    def stop(self) -> Deferred[None]:
        """Record no more; fires once everything is written, or after :data:`PATIENCE` seconds."""
        if self._rounds.running:
            self._rounds.stop()
        for running in list(self._running.values()):
            running.reel.end(self._reactor.seconds())
        for late, tell in list(self._later.values()):
            late.cancel()
            tell()
        written: Deferred[None] = Deferred()
        self._writer.stop(lambda: self._reactor.callFromThread(_fire, written))
        written.addTimeout(PATIENCE, self._reactor)
        return written.addErrback(lambda _: self._log.warn("the disk does not take the recordings in time"))

    def begin(self, call: Call, now: float) -> Reel:
        """Record ``call`` from ``now`` on, in seconds of its clock."""
        reel = Reel(call.audio, now, self._ended)
        since = self._wall_clock()
        name = stem(since, call.number, self._random(4))
        plan = Plan(self._folder, name, call.audio, now, {}, self._format)
        self._running[reel] = _Running(reel, call, plan, since)
        return reel

    def _fetch_some(self) -> None:
        self._round = (self._round + 1) % _ROUNDS
        now = self._reactor.seconds()
        for running in list(self._running.values()):
            if running.call.number % _ROUNDS == self._round:
                self._fetch_safely(running, now)

    def _fetch_safely(self, running: _Running, now: float) -> None:
        try:
            self._fetch(running, now)
        except Exception:  # noqa: BLE001  a bug of ours must not end the recordings of all other calls
            self._log.failure(f"{running.call.name}: recording failed")

    def _fetch(self, running: _Running, now: float, *, is_last: bool = False) -> None:
        reel = running.reel
        if not running.is_begun:
            if reel.is_blank and not is_last:
                return  # its format may still change
            running.is_begun = True
            running.plan = self._plan(running)
            self._writer.begin(running.plan)
            self._log.info(f"{running.call.name} is recorded: {running.plan.stem}")
        items = reel.items.copy()
        reel.items.clear()
        reel.has_audio = reel.has_audio or bool(items)
        if not self._writer.add(running.plan.stem, now, items):
            self._leave_out(running, sum([len(item[2]) for item in items]))

    def _plan(self, running: _Running) -> Plan:
        """Settle the format: the first text message has told it, or audio came without."""
        reel, plan = running.reel, running.plan
        told = about.begun(reel, running.call.report(), running.since)
        return Plan(plan.folder, plan.stem, reel.audio, plan.began_at, told, plan.format)

    def _leave_out(self, running: _Running, size: int) -> None:
        if not running.seconds_left_out:
            self._log.warn(f"{running.call.name}: its recording has silence, since the disk does not keep up")
        running.seconds_left_out += running.reel.audio.milliseconds(size) / 1000

    def _ended(self, reel: Reel, now: float) -> None:
        running = self._running.pop(reel, None)
        if running is None:  # the daemon ended it already
            return
        try:
            self._finish(running, now)
        except Exception:  # noqa: BLE001  a bug of ours must not keep the call
            self._log.failure(f"{running.call.name}: recording failed")

    def _finish(self, running: _Running, now: float) -> None:
        reel = running.reel
        self._fetch(running, now, is_last=True)
        report = running.call.report()
        self._writer.end(running.plan.stem, now, self._about(running, report), self._count)
        tell = partial(self._tell_again, reel, running, report)
        self._later[reel] = self._reactor.callLater(_LATE_NEWS, tell), tell

    def _tell_again(self, reel: Reel, running: _Running, report: CallReport) -> None:
        """Describe the call once more: the provider tells its end after that of the socket."""
        del self._later[reel]
        self._writer.tell_of(running.plan.stem, self._about(running, report))

    def _about(self, running: _Running, report: CallReport) -> dict[str, Any]:
        told = about.ended(running.reel, report, running.call.record, running.since)
        return told | {"left_out": {"queue_seconds": round(running.seconds_left_out, 3)}}

    def _count(self) -> None:
        self.finished += 1


def _fire(written: Deferred[None]) -> None:
    if not written.called:
        written.callback(None)
