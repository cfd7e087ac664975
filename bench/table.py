"""The tables of the results: for the terminal, and for the documentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.capacity import Found
from bench.goals import Outcome, outcomes
from bench.results import Results
from bench.rows import ROWS
from bench.servers import PEERS
from bench.summary import Line, limit_of

#: Where the generated part of the document begins and ends.
BEGIN, END = ".. results begin", ".. results end"

HEAD = (
    *(
        "server",
        "us a frame",
        "median",
        "x C",
        "median",
        "p50 ms",
        "p99 ms",
        "median",
        "% of core",
        "kB a call",
    ),
    "",
)


GOALS_HEAD = ("goal", "measured", "")

CAPACITY_HEAD = ("most calls on one core", "calls", "p99 ms", "then")


def number(value: float | None, digits: int = 2) -> str:
    """Write a figure, "-" for none."""
    return "-" if value is None else f"{value:.{digits}f}"


def cells(line: Line) -> list[str]:
    """One line of a row."""
    notes = [
        limit_of(line.limits) and f"limit: {limit_of(line.limits)}",
        line.wrong and f"{line.wrong} wrong",
    ]
    has_frames = line.p50 is not None
    return [
        PEERS[line.peer].title,
        number(line.us_min if has_frames else None),
        number(line.us_median if has_frames else None),
        number(line.ratio_min),
        number(line.ratio_median),
        number(line.p50),
        number(line.p99_min),
        number(line.p99),
        number(100 * line.share, 1),
        number(line.memory / 1000, 1),
        ", ".join(str(note) for note in notes if note),
    ]


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows in columns: the first to the left, figures to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for first, *others in rows:
        figures = [cell.rjust(width) for cell, width in zip(others[:-1], widths[1:-1], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *figures, others[-1]]).rstrip())
    return "\n".join(lines)


def row_table(name: str, lines: Mapping[str, Line]) -> str:
    """One row on the terminal."""
    rounds = max((line.rounds for line in lines.values()), default=0)
    table = aligned([HEAD, *(cells(line) for line in lines.values())])
    return f"{ROWS[name].title}; best and median of {rounds} rounds\n{table}"


def capacity_cells(found: Mapping[str, Found]) -> list[list[str]]:
    """The most calls that each server carried."""
    return [
        [PEERS[peer].title, str(seen.calls), number(seen.p99), seen.limit_in_words]
        for peer, seen in found.items()
    ]


def goal_cells(goals: Sequence[Outcome]) -> list[list[str]]:
    """What was to be reached, and was."""
    return [[outcome.goal, outcome.seen, "met" if outcome.is_met else "missed"] for outcome in goals]


def whole(found: Results) -> str:
    """Everything, for the terminal."""
    parts = [row_table(name, lines) for name, lines in found.lines().items()]
    if found.capacity:
        parts.append(aligned([CAPACITY_HEAD, *capacity_cells(found.capacity)]))
    if goals := outcomes(found):
        parts.append(aligned([GOALS_HEAD, *goal_cells(goals)]))
    told = {**found.about, **{PEERS[name].title: f"skipped: {why}" for name, why in found.missing.items()}}
    parts.append("\n".join(f"{name:<10} {value}" for name, value in told.items()))
    return "\n\n".join(parts)


def rst_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a ``list-table``: its columns need no widths, so a change of one figure is a change of one line."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in [head, *rows]:
        lines += [f"   {'  -' if index else '* -'} {cell}".rstrip() for index, cell in enumerate(row)]
    return "\n".join(lines) + "\n"


def rst(found: Results) -> str:
    """Everything, for the document."""
    parts = []
    for name, lines in found.lines().items():
        title = ROWS[name].title[0].upper() + ROWS[name].title[1:]
        head = [
            *HEAD[:2],
            "median us",
            "x C",
            "median x C",
            "p50 ms",
            "p99 ms",
            "median p99",
            *HEAD[8:-1],
            "remarks",
        ]
        parts.append(f"{title}:\n\n{rst_table(head, [cells(line) for line in lines.values()])}")
    if found.capacity:
        parts.append(rst_table(CAPACITY_HEAD, capacity_cells(found.capacity)))
    if goals := outcomes(found):
        parts.insert(0, f"What was to be reached:\n\n{rst_table(GOALS_HEAD, goal_cells(goals))}")
    parts.append("\n".join(f"* {name}: {value}" for name, value in found.about.items()))
    return "\n".join([*parts, ""])


def put_between(document: str, generated: str) -> str:
    """
    Replace the generated part of a document.

    Raises:
        ValueError: when the document has not both marks.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN!r} with {END!r} behind it")
    return f"{before}{begin}\n\n{generated.strip()}\n\n{end}{after}"
