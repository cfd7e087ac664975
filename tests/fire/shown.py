"""The table of verdicts: for a terminal, and for ``docs/reliability.rst``."""

from __future__ import annotations

import csv
import datetime as dt
import importlib.metadata
import io
import platform
from collections.abc import Sequence
from pathlib import Path

from bench.processes import cores
from tests.fire.row import Verdict

#: Where the generated part of the document begins and ends.
BEGIN, END = ".. results begin", ".. results end"

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "reliability.rst"


def told(verdict: Verdict) -> str:
    """One row for a terminal."""
    lines = [f"{verdict.word}  {verdict.row.name}: {verdict.row.title} ({verdict.seconds:.0f} s)"]
    lines += [f"      {finding}" for finding in verdict.findings]
    lines += [f"      {verdict.problem}"] if verdict.problem else []
    return "\n".join(lines)


def machine() -> str:
    """Where this was measured, with what, and when."""
    model = "?"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = " ".join(line.partition(":")[2].split())
            break
    _, _, sentence = cores()
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("twisted", "autobahn"))
    return (
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, {model}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, {versions}; {sentence}."
    )


def rst(verdicts: Sequence[Verdict]) -> str:
    """The table for the document."""
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for verdict in verdicts:
        found = "; ".join(str(finding) for finding in verdict.findings)
        word = verdict.word if verdict.has_passed else f"**{verdict.word}**"
        writer.writerow([verdict.row.title, word, f"{found}{verdict.problem and f'; {verdict.problem}'}"])
    body = "\n".join(f"   {line}" for line in rows.getvalue().splitlines())
    head = (
        '.. csv-table::\n   :header: "Attack or fault", "Verdict", "What was found"\n   :widths: 20, 6, 74\n'
    )
    return f"{machine()}\n\n{head}\n{body}"


def publish(verdicts: Sequence[Verdict]) -> None:
    """
    Put the table into the document.

    Raises:
        ValueError: when the document has not both marks.
    """
    document = DOCUMENT.read_text(encoding="utf-8")
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN!r} with {END!r} behind it")
    DOCUMENT.write_text(f"{before}{begin}\n\n{rst(verdicts)}\n\n{end}{after}", encoding="utf-8")
