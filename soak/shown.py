"""What a soak shows: a line now and then, the verdict, and the part of ``docs/soak.rst`` that is made."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bench import building
from bench.processes import FailedError, run
from soak.plan import Plan
from soak.second import Second, save
from soak.verdict import Finding, Word, has_passed
from tests.fire.shown import machine

BEGIN, END = ".. results begin", ".. results end"

DOCUMENT = building.ROOT / "docs" / "soak.rst"

#: Minutes of the run that is kept in the documents.
KEPT_MINUTES = 60


def progress(second: Second) -> str:
    """One line on how it stands."""
    wrong = second.failed + second.lost + second.altered + second.reordered + second.repeated
    return (
        f"{second.at / 60:6.1f} min  {second.calls:4} calls  {second.rss / 1e6:6.1f} MB  "
        f"{second.descriptors:4} descriptors  p99 {second.p99_ms:7.2f} ms  "
        f"timers late {second.lag_ms:6.2f} ms  {second.hostile} hostile{f'  {wrong} WRONG' if wrong else ''}"
    )


def verdict(findings: Sequence[Finding]) -> str:
    """The verdict for a terminal."""
    lines = [f"{finding.word.value:<18} {finding.what}: {finding.found}" for finding in findings]
    short = [finding.what for finding in findings if finding.word is Word.SHORT]
    word = "It passes" if has_passed(findings) else "It FAILS"
    but = f", but was too short to tell whether {' and '.join(short)}" if short else ""
    return "\n".join([*lines, f"{word}{but}."])


def rst(plan: Plan, findings: Sequence[Finding]) -> str:
    """The part of the document that is made."""
    head = (
        f"``make soak MINUTES={plan.minutes:g}``: {plan.calls} calls of {plan.lasts:g} s. {machine()}\n\n"
        '.. csv-table::\n   :header: "What must hold", "Verdict", "What was found"\n   :widths: 44, 12, 44\n\n'
    )
    quoted = ((finding.what, finding.word.value, finding.found) for finding in findings)
    rows = ("   " + ", ".join('"' + text.replace('"', '""') + '"' for text in row) for row in quoted)
    return head + "\n".join(rows)


def keep(seconds: Sequence[Second], folder: Path, name: str) -> None:
    """Write the CSV file and, where matplotlib is, the plots beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.csv"
    save(seconds, path)
    try:
        plots = [path.with_suffix(".png"), path.with_suffix(".svg")]
        run([building.python_peers(), building.ROOT / "soak" / "plot.py", path, *plots])
    except (building.MissingError, FailedError) as reason:
        print(f"no plot: {reason}", file=sys.stderr)
    print(f"written: {path} and, where there is matplotlib, .png and .svg")


def publish(text: str) -> None:
    """
    Put the verdict into the document.

    Raises:
        ValueError: when the document has not both marks.
    """
    document = DOCUMENT.read_text(encoding="utf-8")
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN!r} with {END!r} behind it")
    DOCUMENT.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")
