"""What is sampled each second, as one line of a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Second:
    """
    One second.

    Attributes:
        at: seconds since the first call began.
        rss: resident memory of the daemon, in bytes.
        descriptors: that the daemon holds open.
        calls: that are on, as the daemon counts them: hostile ones too.
        lag_ms: how late the daemon's timers are.
        up: innocent calls that are on, as the phone counts them.
        p50_ms: round trips of the frames that came back in this second, median.
        p99_ms: the same, 99th percentile.
        late_ms: how late the phone's own frames left, 99th percentile.
        stolen: seconds that the host of the virtual machine gave to others, on all cores.
        failed: innocent calls that failed in this second.
        lost: frames that were said and overtaken by later ones.
        altered: messages that were never said.
        reordered: frames that came after a later one.
        repeated: frames that came once more.
        hostile: attacks that were begun so far.
    """

    at: float
    rss: int
    descriptors: int
    calls: int
    lag_ms: float
    up: int
    p50_ms: float
    p99_ms: float
    late_ms: float
    stolen: float
    failed: int
    lost: int
    altered: int
    reordered: int
    repeated: int
    hostile: int


NAMES = tuple(field.name for field in fields(Second))


def save(seconds: Iterable[Second], path: Path) -> None:
    """Write them."""
    with path.open("w", newline="", encoding="ascii") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(NAMES)
        writer.writerows(astuple(second) for second in seconds)


def read(path: Path) -> Sequence[Second]:
    """
    Read what :func:`save` wrote.

    Raises:
        ValueError: if it is something else.
    """
    with path.open(newline="", encoding="ascii") as file:
        rows = csv.DictReader(file)
        if tuple(rows.fieldnames or ()) != NAMES:
            raise ValueError(f"{path} is no CSV file of a soak: its columns are to be {', '.join(NAMES)}")
        return [_second(row) for row in rows]


def _second(row: dict[str, str]) -> Second:
    whole = {field.name for field in fields(Second) if field.type == "int"}
    values: dict[str, Any] = {name: int(text) if name in whole else float(text) for name, text in row.items()}
    return Second(**values)
