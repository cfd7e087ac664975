"""
A load as people see it: a line for each ten seconds while it runs, and the report at its end.

The report is made from the object that ``--json`` prints and from nothing else, so that both say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from echo.phone.load.figures import Interval
from echo.phone.load.terms import Terms
from echo.phone.show.meters import clock, counted, milliseconds
from echo.phone.show.report import checks, picture
from echo.phone.show.screen import Screen
from echo.phone.show.writing import Line, folded, visible

#: Where the figures begin.
_COLUMN: Final = 16

#: The table of the ten seconds: heads and widths.
_TABLE: Final = (
    *(("time", 8), ("up", 6), ("begun", 6), ("failed", 6), ("said", 8), ("lost", 6)),
    *(("p50", 8), ("p95", 8), ("p99", 8), ("max", 8), ("late p99", 8)),
)

#: Rows of the table that a person reads, unless asked for more.
_ROWS: Final = 12


def interval_line(interval: Interval) -> str:
    """Say in one line how ten seconds went."""
    counts, trips = interval.counts, interval.trips
    lost = f", {counts.lost} lost" if counts.lost else ""
    failed = f", {interval.failed} failed" if interval.failed else ""
    return (
        f"{clock(interval.end):>7}  {interval.up} up{failed}  "
        f"trip p50 {_seconds(trips.p50)}, p95 {_seconds(trips.p95)}, p99 {_seconds(trips.p99)}, "
        f"max {_seconds(trips.longest)}  {counts.said} said, {counts.returned} returned{lost}  "
        f"own: late p99 {_seconds(interval.late.p99)}, CPU {interval.usage.cpu_share:.0%}"
    )


def live_pieces(elapsed: float, terms: Terms, now: Mapping[str, Any]) -> Line:
    """
    Write the line that changes all the time.

    Args:
        elapsed: seconds since the load began.
        terms: what was asked for.
        now: ``up``, ``begun``, ``failed``, ``p50`` and ``p99`` in seconds or ``None``, ``late`` likewise.
    """
    end = "" if terms.seconds is None else f"/{clock(terms.seconds)}"
    return [
        (f"{clock(elapsed)}{end}  ", "bold"),
        (f"{now['up']} up", "bold green"),
        (f"  {now['begun']}/{terms.calls} begun  ", "dim"),
        (f"{now['failed']} failed", "bold red" if now["failed"] else "dim"),
        ("  trip ", "dim"),
        (f"p50 {_seconds(now['p50']):>8}  p99 {_seconds(now['p99']):>8}", "cyan"),
        ("  own frames late p99 ", "dim"),
        (_seconds(now["late"]), ""),
    ]


def report_lines(
    report: Mapping[str, Any], screen: Screen, *, quiet: bool = False, verbose: bool = False
) -> list[Line]:
    """
    Write the report.

    Args:
        report: what :meth:`echo.phone.load.document.LoadReport.to_json` gives.
        screen: where it will be shown.
        quiet: only what failed, and the verdict.
        verbose: the whole table of the ten seconds.
    """
    lines: list[Line] = []
    if not quiet:
        lines += [[(visible(report["url"]), "bold")], [], *_figures(report, screen)]
        lines += [*_table(report["intervals"], verbose=verbose), []]
    if report["problem"] is None:
        lines += checks(report["checks"], screen, failed_only=quiet)
    return [*lines, *([[]] if lines else []), *_verdict(report, screen)]


def _figures(report: Mapping[str, Any], screen: Screen) -> Iterator[Line]:
    for name, text in _rows(report):
        yield from folded([(f"  {name:{_COLUMN - 2}}", "dim")], text, screen)
        if name == "Round trip":
            yield from picture(report["round_trip"], screen)


def _rows(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "Calls", _calls(report)
    for reason in report["reasons"]:
        yield reason["fate"].capitalize(), f"{reason['calls']}: {reason['reason']}"
    if report["problem"] is None:
        yield from _measured(report)


def _measured(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Say what was measured of calls that were up."""
    if report["events_failed"]:
        yield "Events", f"{report['events_failed']} could not be delivered"
    names = {"ncco": "NCCO", "upgrade": "Socket", "first_audio": "First audio"}
    yield from (
        (name, _times(report["setup"][key])) for key, name in names.items() if report["setup"][key]["count"]
    )
    if report["reconnects"]["count"]:
        yield "Reconnected", f"{report['reconnects']['count']}, silent for {_times(report['reconnects'])}"
    if report["frames"]["out"]:
        yield "Frames", _frames(report["frames"])
    if report["round_trip"]["frames"]:
        yield "Round trip", f"of {counted(report['round_trip']['frames'], 'frame')}"
    if report["jitter"] is not None:
        yield "Arrival", _arrival(report)
    yield "Own clock", _phone(report["phone"])


def _calls(report: Mapping[str, Any]) -> str:
    calls, arrivals = report["calls"], report["arrivals"]
    seed = f", --seed {arrivals['seed']}" if arrivals["seed"] is not None else ""
    when = f"at random{seed}" if arrivals["poisson"] else "evenly"
    told = [f"{calls['begun']} of {calls['wanted']} begun, {arrivals['rate']:g}/s {when}"]
    told.append(f"{calls['most_at_once']} at once at most")
    fates = ("completed", "interrupted", "failed")
    told += [f"{calls[name]} {name}" for name in fates if calls[name] or name == "failed"]
    if calls["goodbye"]:
        told.append(f"the application hung up {calls['goodbye']}")
    return "; ".join(told)


def _times(times: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {milliseconds(times[name])}" for name in ("p50", "p95", "p99", "max"))


def _frames(frames: Mapping[str, Any]) -> str:
    told = f"{frames['out']} said, {frames['in']} came back"
    if not frames["echoed"]:
        return told
    names = ("lost", "repeated", "reordered", "altered")
    wrong = "".join(f", {frames[name]} {name}" for name in names if frames[name]) or ", none lost"
    other = f" ({frames['crossed']} of them said in another call)" if frames["crossed"] else ""
    return f"{told}: {frames['echoed']} as they were said{wrong}{other}"


def _arrival(report: Mapping[str, Any]) -> str:
    gaps = report["gaps"]
    told = [f"jitter {milliseconds(report['jitter'])} at most", f"{counted(gaps['count'], 'gap')} over 60 ms"]
    told.append(f"longest {milliseconds(gaps['longest'])}")
    told.append(counted(report["underruns"], "underrun"))
    if report["overflowed"]:
        told.append(f"{counted(report['overflowed'], 'frame')} dropped by full buffers")
    return ", ".join(told)


def _phone(phone: Mapping[str, Any]) -> str:
    late = phone["late"]
    told = f"CPU {phone['cpu']:.0%} of a core"
    if phone["cpu_per_frame"] is not None:
        told = (
            f"frames left {milliseconds(late['p99'])} late (p99), {milliseconds(late['max'])} at most; {told}, "
            f"{phone['cpu_per_frame']:g} us for a frame there and back"
        )
    waited = "" if phone["waited"] is None else f"; kept waiting {phone['waited']:.1%} of the time"
    return told + waited


def _table(intervals: Sequence[Mapping[str, Any]], *, verbose: bool) -> Iterator[Line]:
    """Write a row for each ten seconds; there is nothing to compare where there is one."""
    if len(intervals) < 2:
        return
    yield []
    yield [("".join(f"{name:>{width + 1}}" for name, width in _TABLE), "dim")]
    shown = intervals if verbose else intervals[-_ROWS:]
    if len(shown) < len(intervals):
        yield [(f"  (the last {len(shown)} of {len(intervals)})", "dim")]
    for each in shown:
        yield [(_row(each), "red" if each["failed"] or each["frames"]["lost"] else "")]


def _row(each: Mapping[str, Any]) -> str:
    trips, frames = each["round_trip"], each["frames"]
    cells = [
        *(
            clock(each["end"] / 1000),
            each["up"],
            each["begun"],
            each["failed"],
            frames["out"],
            frames["lost"],
        ),
        *(milliseconds(trips[name]) for name in ("p50", "p95", "p99", "max")),
        milliseconds(each["late"]["p99"]),
    ]
    return "".join(f"{cell!s:>{width + 1}}" for cell, (_, width) in zip(cells, _TABLE, strict=True))


def _verdict(report: Mapping[str, Any], screen: Screen) -> list[Line]:
    interrupted = "; the load was interrupted" * report["interrupted"]
    if report["problem"] is not None:
        return folded([("no call", "bold red"), (": ", "")], report["problem"] + interrupted, screen)
    outcomes = [check["passed"] for check in report["checks"]]
    failed, tried = outcomes.count(False), len(outcomes) - outcomes.count(None)
    verdict = ("failed", "bold red") if failed else ("passed", "bold green")
    told = f"{failed} of {counted(tried, 'check')}" if failed else counted(tried, "check")
    told += interrupted
    if not failed and report["frames"]["echoed"] and report["frames"]["lost"]:
        told += f"; {counted(report['frames']['lost'], 'frame')} of an echo lost"
    if report["phone"]["bottleneck"]:
        told += "; the phone was the bottleneck: the figures are about it"
    return [[verdict, (f": {told}", "")]]


def _seconds(value: float | None) -> str:
    return milliseconds(None if value is None else value * 1000)
