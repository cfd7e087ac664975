"""Tests of echo.phone.load.shown: a load as people see it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from echo.audio.signal import Numbered
from echo.phone.load.counts import Usage
from echo.phone.load.document import LoadReport
from echo.phone.load.figures import Figures
from echo.phone.load.shown import interval_line, live_pieces, report_lines
from echo.phone.show.screen import Screen
from echo.phone.show.writing import plain
from tests.phone.load.loads import AUDIO, TERMS, ended_load, figures, open_call, talk


def shown(
    counted: Figures,
    *,
    screen: Screen | None = None,
    interrupted: bool = False,
    quiet: bool = False,
    verbose: bool = False,
    **terms: Any,
) -> str:
    """The report in plain text."""
    report = LoadReport(replace(TERMS, **terms), counted, interrupted).to_json()
    lines = report_lines(report, screen or Screen(), quiet=quiet, verbose=verbose)
    return "\n".join(plain(line) for line in lines)


def test_a_report_says_what_was_measured() -> None:
    """Calls, set-up, frames, round trips, the phone's own clock, the checks and the verdict."""
    text = shown(ended_load(), echo=True)

    for part in (
        "ws://host/socket\n",
        "  Calls         1 of 2 begun, 10/s evenly; 1 at once at most; 1 completed; 0 failed",
        "  Socket        p50 12.0 ms",
        "  Frames        100 said, 100 came back: 100 as they were said, none lost",
        "  Round trip    of 100 frames\n",
        "  Arrival       jitter 0.00 ms at most, 0 gaps over 60 ms, longest 20.0 ms, 0 underruns",
        "late (p99), 0.50 ms at most; CPU 25% of a core, 50000 us for a frame there and back; kept waiting 0.0%",
        "✓ echo     All 100 frames came back, once, in order, unchanged.",
        "\npassed: 4 checks",
    ):
        assert part in text, (part, text)


def test_ten_seconds_are_rows_of_a_table() -> None:
    """Each row has the figures of its time, below their heads."""
    text = shown(ended_load())
    head, first, second = [line for line in text.splitlines() if line.startswith("     ")][-3:]

    assert head.split()[:3] == ["time", "up", "begun"]
    assert first.split()[:6] == ["0:10", "1", "1", "0", "50", "0"]
    assert second.split()[:6] == ["0:20", "0", "0", "0", "50", "0"]


def test_a_long_table_is_cut_unless_all_is_wanted() -> None:
    """A person reads the last two minutes."""
    counted = ended_load()
    for number in range(20):
        counted.close_interval(Usage(130.0 + 10 * number, 5.0))

    assert "(the last 12 of 22)" in shown(counted)
    assert "  0:10 " not in shown(counted)
    assert "  0:10 " in shown(counted, verbose=True)


def test_a_load_without_any_call_is_told_in_few_lines() -> None:
    """What most calls failed for is the verdict; nothing is told that was not measured."""
    counted = figures()
    counted.begun = 2
    for _ in range(2):
        counted.fates.add("not connected", "connection refused")
    text = shown(counted)

    assert text.splitlines()[-1] == "no call: connection refused"
    assert "  Not connected 2: connection refused" in text
    assert "Own clock" not in text
    assert "✓" not in text


def test_what_went_wrong_is_told() -> None:
    """Frames of other calls, full buffers, farewells, lost events, an interruption and a late phone."""
    counted = figures()
    one, two = open_call(counted), open_call(counted)
    counted.ncco.add(0.1)
    counted.events_failed = 3
    talk(counted, one, 5, lost=1)
    two.said(Numbered(AUDIO, 77).frame(0), 100.0)
    one.heard(Numbered(AUDIO, 77).frame(0), 1, 100.2)
    one.playback.overflowed = 4
    counted.ended(one, "goodbye", "")
    counted.ended(two, "interrupted", "")
    counted.close_interval(Usage(110.0, 9.9))
    text = shown(counted, interrupted=True, poisson=True, seed=42)

    for part in (
        "10/s at random, --seed 42; 2 at once at most; 1 interrupted; 0 failed; the application hung up 1",
        "  Events        3 could not be delivered",
        "  NCCO          p50 100 ms",
        "6 said, 5 came back: 4 as they were said, 1 lost, 1 altered (1 of them said in another call)",
        "4 frames dropped by full buffers",
        "\nfailed: 2 of 3 checks; the load was interrupted; the phone was the bottleneck: the figures are about it",
    ):
        assert part in text, (part, text)


def test_an_application_with_audio_of_its_own_loses_nothing() -> None:
    """Where nothing was echoed nobody speaks of lost frames."""
    counted = figures()
    hearing = open_call(counted)
    hearing.said(Numbered(AUDIO).frame(0), 100.0)
    hearing.heard(Numbered(AUDIO, 5).frame(0), 1, 100.2)

    assert "  Frames        1 said, 1 came back\n" in shown(counted)


def test_calls_that_ended_before_anything_was_said() -> None:
    """What was not measured is left out."""
    counted = figures()
    counted.ended(open_call(counted), "ended early", "the connection broke")
    text = shown(counted)

    assert "  Ended early   1: the connection broke" in text
    assert "Frames" not in text
    assert "\n  Own clock     CPU 0% of a core" in text


def test_quiet_shows_what_failed() -> None:
    """And the verdict."""
    assert shown(ended_load(), quiet=True) == "passed: 3 checks"
    text = shown(ended_load(), quiet=True, limits={"max_p99": 1.0})
    assert text.splitlines()[0].startswith("  ✗ max-p99")
    assert text.splitlines()[-1] == "failed: 1 of 4 checks"


def test_an_interval_is_one_line() -> None:
    """It has calls, round trips, frames and the phone's own time; what is wrong only where something is."""
    first, second = ended_load(lost=2).intervals

    line = interval_line(first)
    assert line.startswith("   0:10  1 up  trip p50 4.0")
    assert "50 said, 48 returned, 2 lost  own: late p99 0.50 ms, CPU 25%" in line
    assert "lost" not in interval_line(second)
    assert "0 up, 3 failed" in interval_line(replace(second, failed=3))


def test_the_live_line_has_what_matters() -> None:
    """How long it takes in all, how many calls are up, how many failed, and how long a frame takes."""
    now = {"up": 3, "begun": 5, "failed": 0, "p50": 0.0042, "p99": None, "late": 0.0001}
    ten = replace(TERMS, calls=10, lasts=(120.0, 2.0))
    text = plain(live_pieces(75.0, ten, now))

    assert (
        text
        == "1:15/2:02  3 up  5/10 begun  0 failed  trip p50  4.20 ms  p99        -  own frames late p99 0.10 ms"
    )
    styles = {style for text, style in live_pieces(75.0, ten, {**now, "failed": 1}) if "failed" in text}
    assert styles == {"bold red"}
    endless = replace(TERMS, lasts=(None, 2.0))
    assert plain(live_pieces(75.0, endless, now)).startswith("1:15  3 up")


def test_losses_stand_in_the_last_line_of_a_load_that_passed() -> None:
    """A person who reads nothing else reads that frames were lost, also where none were expected back."""
    assert shown(ended_load(lost=3)).splitlines()[-1] == "passed: 3 checks; 3 frames of an echo lost"
    assert shown(ended_load()).splitlines()[-1] == "passed: 3 checks"
    assert shown(ended_load(lost=3), echo=True).splitlines()[-1] == "failed: 1 of 4 checks"
