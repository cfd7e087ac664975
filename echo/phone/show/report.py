"""
The report of a call for people: what was measured, a small picture of it, and the checks.

It is made from the object that ``--json`` prints and from nothing else, so that both say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from echo.phone.show import figures
from echo.phone.show.meters import bar, counted, milliseconds
from echo.phone.show.screen import Screen
from echo.phone.show.writing import Line, folded, visible

#: As much as a person reads, unless asked for more.
_TEXTS_SHOWN = 5

#: Where the figures begin.
_COLUMN = 14

#: The width of the picture.
_CELLS = 30

#: What stands before a check, in Unicode and in ASCII, and in which style.
_MARKS: Final = {
    True: ("✓", "ok", "green"),
    False: ("✗", "XX", "bold red"),
    None: ("\N{EN DASH}", "--", "dim"),
}


def report_lines(
    report: Mapping[str, Any], screen: Screen, *, quiet: bool = False, verbose: bool = False
) -> list[Line]:
    """
    Write a report.

    Args:
        report: what :meth:`echo.phone.verdict.report.Report.to_json` gives.
        screen: where it will be shown.
        quiet: only what failed, and the verdict.
        verbose: all texts and webhooks too.
    """
    if report["problem"] is not None and not verbose:
        return [*checks(_other_failures(report), screen), *_verdict(report, screen)]
    lines: list[Line] = []
    if not quiet:
        lines += [_head(report), [], *_figures(report, screen, verbose=verbose), []]
    lines += checks(report["checks"], screen, failed_only=quiet)
    return [*lines, *([[]] if lines else []), *_verdict(report, screen)]


def _other_failures(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give what failed besides, where there was no call: the verdict itself says why there was none."""
    return [
        check
        for check in report["checks"]
        if check["passed"] is False and report["problem"] not in check["sentence"]
    ]


def checks(found: Sequence[Mapping[str, Any]], screen: Screen, *, failed_only: bool = False) -> list[Line]:
    """Write a line for each check: its mark, its name, its sentence."""
    width = max((len(check["name"]) for check in found), default=0)
    lines: list[Line] = []
    for check in found:
        if failed_only and check["passed"] is not False:
            continue
        symbol, word, style = _MARKS[check["passed"]]
        head: Line = [
            ("  ", ""),
            (symbol if screen.unicode else word, style),
            (f" {visible(check['name']):{width}}  ", "bold" if check["passed"] is False else ""),
        ]
        lines += folded(head, check["sentence"], screen, "dim" if check["passed"] is None else "")
    return lines


def _head(report: Mapping[str, Any]) -> Line:
    return [(visible(report["answer_url"] or report["url"]), "bold")]


def _figures(report: Mapping[str, Any], screen: Screen, *, verbose: bool) -> Iterator[Line]:
    """Write what was measured; without a call there is only the way there."""
    rows: list[tuple[str, str]] = [*figures.setup(report)]
    if report["problem"] is None:
        rows += [*figures.audio(report)]
    if verbose:
        rows += [*figures.behind_the_scenes(report)]
    for name, text in rows:
        yield from folded([(f"  {name:{_COLUMN - 2}}", "dim")], text, screen)
        if name == figures.ROUND_TRIP:
            yield from picture(report["round_trip"], screen)
    yield from _texts(report, screen, len(report["texts"]) if verbose else _TEXTS_SHOWN)


def picture(trips: Mapping[str, Any], screen: Screen) -> Iterator[Line]:
    """Draw the round trips: a bar for each percentile, as long as the longest trip at most."""
    if not trips["max"]:
        return
    # 13 more for the name and the figure
    cells = min(_CELLS, max((screen.columns or 80) - _COLUMN - 13, 5))
    for name in ("p50", "p95", "p99", "max"):
        drawn = bar(trips[name] / trips["max"], cells, unicode=screen.unicode)
        value = milliseconds(trips[name])
        yield [(f"{name:>{_COLUMN + 3}} ", "dim"), (drawn, "cyan"), (f" {value:>8}", "")]


def _texts(report: Mapping[str, Any], screen: Screen, most: int) -> Iterator[Line]:
    shown = report["texts"][:most]
    head = "Texts"
    for text in shown:
        yield from folded([(f"  {head:{_COLUMN - 2}}", "dim")], figures.text(text), screen)
        head = ""
    hidden = max(report.get("text_count", 0), len(report["texts"])) - len(shown)
    if hidden:
        yield [(" " * _COLUMN, ""), (f"and {hidden} more", "dim")]


def _verdict(report: Mapping[str, Any], screen: Screen) -> list[Line]:
    """Write the end: the verdict and the number behind it."""
    passed, failed, untried = (
        sum(check["passed"] is outcome for check in report["checks"]) for outcome in (True, False, None)
    )
    more = f"; {untried} not tried" if untried else ""
    more += "; the call was interrupted" if report.get("interrupted") and (failed or report["passed"]) else ""
    if report["problem"] is not None:
        return folded([("no call", "bold red"), (": ", "")], report["problem"], screen)
    if failed:
        names = ", ".join(visible(check["name"]) for check in report["checks"] if check["passed"] is False)
        told = f": {names} ({failed} of {counted(passed + failed, 'check')}{more})"
        return [[("failed", "bold red"), (told, "")]]
    if not report["passed"]:
        told = f": {counted(passed, 'check')} had passed as far as the call went{more}"
        return [[("interrupted", "bold yellow"), (told, "")]]
    return [[("passed", "bold green"), (f": {counted(passed, 'check')}{more}", "")]]
