"""
What the daemon counts, for Prometheus.

Nothing is counted for it: whoever asks has everything looked up and added up. No label has a number, an address or a
call in it, which would be one series for each caller. docs/operating.rst tells what each of them means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from twisted.web.server import Request

from echo.call.pings import BOUNDS, RoundTrips
from echo.web.answers import Page
from echo.web.view import ProcessFigures, Readiness, View

_OPENMETRICS = "application/openmetrics-text; version=1.0.0"


class MetricsPage(Page):
    """``/metrics``: all figures, in Prometheus' own text format or in that of OpenMetrics, by ``Accept``."""

    def __init__(self, view: View) -> None:
        """Show the figures of ``view``."""
        super().__init__()
        self._registry = CollectorRegistry(auto_describe=False)  # ours alone, not the library's for all
        self._registry.register(Figures(view))

    def answer(self, request: Request) -> bytes:
        """Answer with what there is now."""
        accepted = b",".join(request.requestHeaders.getRawHeaders(b"accept", []))
        encode, content_type = choose_encoder(_OPENMETRICS if _asks_for_openmetrics(accepted) else "")
        request.setHeader(b"Content-Type", content_type.encode("ascii"))
        request.setHeader(b"Vary", b"Accept")
        return encode(self._registry)


def _asks_for_openmetrics(accepted: bytes) -> bool:
    """
    Look for the one media type that changes the answer.

    The library would take the peer's word for a version and an escaping, and raises for those that it does not know.
    """
    kinds = (kind.partition(b";")[0].strip() for kind in accepted.split(b","))
    return b"application/openmetrics-text" in kinds


class Figures(Collector):
    """Reads our counters when somebody asks."""

    def __init__(self, view: View) -> None:
        """Read those of ``view``."""
        self._view = view

    def collect(self) -> Iterator[Metric]:
        """Give all figures."""
        yield from self._of_calls()
        yield from self._of_the_daemon()
        yield from _of_the_process(self._view.process())

    def _of_calls(self) -> Iterator[Metric]:
        registry = self._view.registry
        totals = registry.totals()
        yield GaugeMetricFamily("echo_calls_live", "Calls that are on.", len(registry.live))
        yield CounterMetricFamily("echo_calls", "Calls since the start.", registry.ever)
        yield _counter_by("echo_calls_ended", "Calls that have ended, by who ended them.", "by", totals.ended)
        yield CounterMetricFamily("echo_frames_in", "Audio messages that came.", totals.frames_in)
        yield CounterMetricFamily("echo_frames_out", "Audio messages that were sent.", totals.frames_out)
        yield CounterMetricFamily(
            "echo_frames_dropped", "Audio messages that were given up as too late.", totals.dropped
        )
        yield CounterMetricFamily(
            "echo_frames_wrong_sized",
            "Audio messages that came with another size than 20 ms has.",
            totals.wrong_sized,
        )
        yield GaugeMetricFamily("echo_queue_seconds", "Audio that waits, of all calls.", totals.queued)
        yield _round_trips(registry.round_trips)

    def _of_the_daemon(self) -> Iterator[Metric]:
        view = self._view
        yield _counter_by("echo_refusals", "What was refused, by the limit.", "limit", view.refusals)
        yield GaugeMetricFamily("echo_reactor_lag_seconds", "How late timers are now.", view.lag())
        yield GaugeMetricFamily(
            "echo_reactor_lag_worst_seconds",
            "How late timers were at worst, in the last minute or two.",
            view.worst_lag(),
        )
        is_ready = view.readiness() is Readiness.READY
        yield GaugeMetricFamily("echo_ready", "1 if a new call would be taken, else 0.", int(is_ready))


def _counter_by(name: str, meaning: str, label: str, counts: Mapping[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, meaning, labels=[label])
    for value, count in sorted(counts.items()):
        family.add_metric([value], count)
    return family


def _round_trips(trips: RoundTrips) -> HistogramMetricFamily:
    """Write the histogram, in which each bucket holds those before it too."""
    bounds = [*map(str, BOUNDS), "+Inf"]
    return HistogramMetricFamily(
        "echo_ping_round_trip_seconds",
        "From our ping to its pong.",
        buckets=list(zip(bounds, accumulate(trips.counts), strict=True)),
        sum_value=trips.seconds,
    )


def _of_the_process(figures: ProcessFigures) -> Iterator[Metric]:
    """
    Give what each process of anybody's has, by the names that Prometheus' libraries agree upon.

    The library's own collector tells nothing where /proc/stat is hidden, as it is from our unit.
    """
    yield CounterMetricFamily("process_cpu_seconds", "CPU time, user and system.", figures.cpu_seconds)
    yield GaugeMetricFamily(
        "process_start_time_seconds", "When it was started, since the epoch.", figures.started_at
    )
    for name, meaning, value in (
        ("process_resident_memory_bytes", "Memory.", figures.resident_bytes),
        ("process_open_fds", "Open descriptors.", figures.descriptors),
        ("process_max_fds", "How many descriptors it may open.", figures.most_descriptors),
    ):
        if value is not None:
            yield GaugeMetricFamily(name, meaning, value)
