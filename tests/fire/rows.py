"""All rows of the table, in its order."""

from __future__ import annotations

import time
from collections.abc import Iterable

from tests.fire import (
    clock,
    disk,
    floods,
    killed,
    leaving,
    malformed,
    network,
    scarce,
    slow,
    stopped,
    unread,
    upgrades,
)
from tests.fire.row import Finding, Row, Terms, Verdict

ATTACKS = (*floods.ROWS, *unread.ROWS, *leaving.ROWS, *slow.ROWS, *upgrades.ROWS, *malformed.ROWS)
FAULTS = (*clock.ROWS, *stopped.ROWS, *scarce.ROWS, *disk.ROWS, *killed.ROWS, *network.ROWS)

BY_NAME = {row.name: row for row in (*ATTACKS, *FAULTS)}


def judge(row: Row, terms: Terms) -> Verdict:
    """Run one row; what goes wrong in it is a verdict too."""
    findings: list[Finding] = []
    began = time.monotonic()
    problem = ""
    try:
        findings.extend(row.run(terms))
    except Exception as error:  # noqa: BLE001  the other rows are still to be run
        problem = f"{type(error).__name__}: {error}"
    return Verdict(row, tuple(findings), time.monotonic() - began, problem)


def chosen(names: Iterable[str]) -> tuple[Row, ...]:
    """The rows whose names begin so; all for no name."""
    wanted = tuple(names)
    return tuple(row for row in BY_NAME.values() if not wanted or row.name.startswith(wanted))
