"""Tests of echo.phone.load.figures and counts: what is counted of all calls, and of ten seconds each."""

from __future__ import annotations

import pytest

from echo.audio.signal import Numbered
from echo.phone.load.counts import Counts, Usage
from echo.phone.load.figures import Times, busiest
from echo.phone.load.histogram import Histogram
from tests.phone.load.loads import AUDIO, ended_load, figures, open_call, talk


def test_all_frames_of_all_calls_are_counted() -> None:
    """Calls that are up and calls that are over count together."""
    counted = figures()
    first = open_call(counted)
    talk(counted, first, 50)
    counted.ended(first, "completed", "")
    talk(counted, open_call(counted), 30)

    assert (counted.counts.said, counted.counts.returned, counted.counts.echoed) == (80, 80, 80)
    assert (counted.begun, counted.connected, counted.up, counted.most_up) == (2, 2, 1, 1)


def test_the_most_calls_at_once_are_remembered() -> None:
    """Three were up together, and one is left."""
    counted = figures()
    calls = [open_call(counted) for _ in range(3)]
    for call in calls[:2]:
        counted.ended(call, "completed", "")

    assert (counted.up, counted.most_up) == (1, 3)


def test_frames_that_are_on_their_way_are_not_lost() -> None:
    """While a call lasts, and when it is cut short, only frames that were overtaken are lost."""
    counted = figures()
    hearing = open_call(counted)
    talk(counted, hearing, 10, lost=4)
    hearing.said(Numbered(AUDIO, 9).frame(10), 100.2)

    assert counted.counts.lost == 4
    counted.ended(hearing, "interrupted", "")
    assert counted.counts.lost == 4


def test_what_has_not_come_back_by_the_end_of_a_whole_call_is_lost() -> None:
    """The caller listened on for the tail, so the last frame is lost too."""
    counted = figures()
    hearing = open_call(counted)
    talk(counted, hearing, 10, lost=4)
    hearing.said(Numbered(AUDIO, 9).frame(10), 100.2)
    counted.ended(hearing, "completed", "")

    assert counted.counts.lost == 5


def test_an_interval_tells_what_happened_in_it() -> None:
    """Counters begin anew every ten seconds, percentiles too."""
    counted = figures()
    hearing = open_call(counted)
    talk(counted, hearing, 100, trip=0.001)
    first = counted.close_interval(Usage(110.0, 2.0, 0.1))
    talk(counted, hearing, 40, trip=0.009, lost=10)
    counted.ended(hearing, "ended early", "the connection broke")
    second = counted.close_interval(Usage(120.0, 3.0, 0.1))

    assert (first.begin, first.end, second.begin, second.end) == (0.0, 10.0, 10.0, 20.0)
    assert (first.begun, first.up, first.failed) == (1, 1, 0)
    assert (second.begun, second.up, second.failed) == (0, 0, 1)
    assert (first.counts.said, second.counts.said, second.counts.lost) == (100, 40, 10)
    assert first.trips.p50 == pytest.approx(0.001, rel=0.01)
    assert second.trips.p50 == pytest.approx(0.009, rel=0.01)
    assert (first.usage.cpu_share, second.usage.cpu_share) == (0.2, 0.1)
    assert [first.usage.waited_share, second.usage.waited_share] == pytest.approx([0.01, 0.0])
    assert counted.all_trips.count == first.trips.count + second.trips.count == 130
    assert counted.usage() == Usage(20.0, 3.0, 0.1)


def test_what_the_worst_call_showed_is_kept() -> None:
    """Jitter, gap and queue are those of the worst call; the first audio is timed from the open socket."""
    counted = figures()
    good, bad, mute = (open_call(counted) for _ in range(3))
    talk(counted, good, 50)
    talk(counted, bad, 10)
    talk(counted, bad, 1, trip=0.5)
    for call in (good, bad, mute):
        counted.ended(call, "completed", "")

    assert counted.longest_gap == pytest.approx(0.516)
    assert (counted.jitter or 0) > 0.01
    assert counted.counts.gaps == 1
    assert counted.queue_peak == 50
    assert counted.first_audio.count == 2
    assert Times.of(counted.first_audio).longest == pytest.approx(0.004)


def test_a_frame_that_comes_late_makes_no_interval_negative() -> None:
    """It was lost in the interval before, and is not in this one."""
    assert Counts(said=5, lost=0).since(Counts(said=3, lost=2)) == Counts(said=2, lost=0)


def test_shares_are_of_the_time_that_has_passed() -> None:
    """Without any time there is no share; a system that tells nothing of waiting is believed."""
    assert Usage(10.0, 5.0, 1.0).cpu_share == 0.5
    assert Usage(10.0, 5.0, 1.0).waited_share == 0.1
    assert (Usage(0.0, 5.0, 1.0).cpu_share, Usage(0.0, 5.0, 1.0).waited_share) == (0.0, 0.0)
    assert Usage(10.0, 5.0).waited_share is None
    assert Usage(10.0, 5.0).since(Usage(0.0, 0.0, 1.0)).waited is None


def test_the_busiest_ten_seconds_count() -> None:
    """A rest of an interval at the end is too short to tell anything."""
    counted = ended_load(cpu=5.0)
    counted.close_interval(Usage(120.1, 6.0))

    assert busiest(counted.intervals) == 0.25
    assert busiest([]) == 0.0


def test_of_no_times_nothing_is_told() -> None:
    """Percentiles of nothing are None."""
    assert Times.of(Histogram()) == Times(None, None, None, None, 0)


def test_intervals_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A load without end keeps the last ones."""
    monkeypatch.setattr("echo.phone.load.figures._KEPT", 3)
    counted = figures()
    for number in range(5):
        counted.close_interval(Usage(100.0 + number, 0.0))

    assert [interval.end for interval in counted.intervals] == [2.0, 3.0, 4.0]
