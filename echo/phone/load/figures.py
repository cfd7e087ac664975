"""The figures of a load: of all calls together, in ten seconds each and from beginning to end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from echo.phone.listening.hearing import Hearing
from echo.phone.load.counts import Counts, Usage
from echo.phone.load.ear import Crossings
from echo.phone.load.histogram import Histogram
from echo.phone.load.outcome import Fate, Fates

#: What is told together, in seconds.
INTERVAL: Final = 10.0

#: Intervals that are kept: a week. After that only the last ones are.
_KEPT = 60480


@dataclass(frozen=True)
class Times:
    """Percentiles of times in seconds; ``None`` where there were none."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    longest: float | None = None
    count: int = 0

    @classmethod
    def of(cls, histogram: Histogram) -> Times:
        """Take them."""
        p50, p95, p99, longest = histogram.percentiles((50, 95, 99, 100))
        return cls(p50, p95, p99, longest, histogram.count)


@dataclass(frozen=True)
class Interval:
    """
    Ten seconds, or what was left at the end.

    Attributes:
        begin: when it began, in seconds since the load did.
        end: when it ended.
        begun: calls that began in it.
        up: calls that were up at its end.
        failed: calls that failed in it.
        counts: what was counted in it.
        trips: the round trips that ended in it.
        late: how late the frames of it left.
        usage: what the phone had of the machine; ``at`` is how long the interval was.
    """

    begin: float
    end: float
    begun: int
    up: int
    failed: int
    counts: Counts
    trips: Times
    late: Times
    usage: Usage


class Figures:
    """
    What is measured and counted.

    Attributes:
        fates: what became of the calls.
        begun: calls that began.
        connected: those of them that were ever up.
        most_up: the most that were up at the same time.
        events_failed: webhooks of events that failed.
        crossings: whether callers heard each other.
        trips: the round trips of this interval; those of all are there once it is closed.
        late: likewise how late frames left.
        all_trips: the round trips of all intervals that are closed.
        all_late: likewise.
        ncco: how long the NCCOs took.
        upgrade: how long the sockets took.
        first_audio: how long the first audio took, from the open socket on.
        silence: how long callers heard nothing whose socket was lost and connected again.
        jitter: the largest of any call, in seconds; ``None`` before any was measured.
        longest_gap: likewise.
        queue_peak: the most messages that waited to be played in any call.
        intervals: those that are closed.
    """

    def __init__(self, usage: Usage) -> None:
        """Begin now; ``usage`` is that of the process so far."""
        self.fates = Fates()
        self.begun = self.connected = self.most_up = self.events_failed = self.queue_peak = 0
        self.crossings = Crossings()
        self.trips, self.late = Histogram(), Histogram()
        self.all_trips, self.all_late = Histogram(), Histogram()
        self.ncco, self.upgrade, self.first_audio = Histogram(), Histogram(), Histogram()
        self.silence = Histogram()
        self.jitter: float | None = None
        self.longest_gap: float | None = None
        self.intervals: list[Interval] = []
        self._calls: dict[Hearing, None] = {}
        self._ended = Counts()
        self._before = Counts()
        self._begun_before = self._failed_before = 0
        self._began = self._last = usage

    @property
    def up(self) -> int:
        """Calls that are up."""
        return len(self._calls)

    @property
    def counts(self) -> Counts:
        """What was counted so far, calls that are up included."""
        counts = Counts()
        for part in (self._ended, *(Counts.of(hearing, over=False) for hearing in self._calls)):
            counts.add(part)
        return counts

    def opened(self, hearing: Hearing, *, again: bool = False) -> None:
        """Note that a call is up, or up ``again``."""
        self._calls[hearing] = None
        self.crossings.join(hearing.echoes)
        self.connected += not again
        self.most_up = max(self.most_up, self.up)

    def ended(self, hearing: Hearing, fate: Fate, reason: str) -> None:
        """Note that a call that was up is over."""
        self.fates.add(fate, reason)
        self.lost(hearing, over=fate == "completed")

    def lost(self, hearing: Hearing, *, over: bool = False) -> None:
        """Note that the socket of a call is gone; unless the call was ``over``, it may get another one."""
        del self._calls[hearing]
        self.crossings.leave(hearing.echoes)
        self._ended.add(Counts.of(hearing, over=over))
        arrivals = hearing.arrivals
        if arrivals.first_at is not None:
            self.first_audio.add(arrivals.first_at - hearing.began)
        if arrivals.messages > 1:
            self.jitter = max(self.jitter or 0.0, arrivals.jitter_max)
            self.longest_gap = max(self.longest_gap or 0.0, arrivals.longest_gap)
        self.queue_peak = max(self.queue_peak, hearing.playback.queue_peak)

    def close_interval(self, usage: Usage) -> Interval:
        """Put down what happened since the last time, and begin anew."""
        counts = self.counts
        interval = Interval(
            begin=self._last.at - self._began.at,
            end=usage.at - self._began.at,
            begun=self.begun - self._begun_before,
            up=self.up,
            failed=self.fates.failed - self._failed_before,
            counts=counts.since(self._before),
            trips=Times.of(self.trips),
            late=Times.of(self.late),
            usage=usage.since(self._last),
        )
        self.all_trips.merge(self.trips)
        self.all_late.merge(self.late)
        self.trips, self.late = Histogram(), Histogram()
        self._before, self._last = counts, usage
        self._begun_before, self._failed_before = self.begun, self.fates.failed
        self._keep(interval)
        return interval

    def usage(self) -> Usage:
        """Tell what the phone had of the machine until the last interval was closed."""
        return self._last.since(self._began)

    def _keep(self, interval: Interval) -> None:
        self.intervals.append(interval)
        del self.intervals[:-_KEPT]


def busiest(intervals: Iterable[Interval]) -> float:
    """Tell the largest share of a core that the phone took in a whole interval; 0 without one."""
    whole = (each for each in intervals if each.usage.at >= INTERVAL / 2)
    return max((each.usage.cpu_share for each in whole), default=0.0)
