"""Put what was found into ``docs/performance.rst`` and its plots."""

from __future__ import annotations

import sys
from pathlib import Path

from bench import building, table
from bench.processes import FailedError, run
from bench.results import Results

DOCUMENT = building.ROOT / "docs" / "performance.rst"


def publish(found: Results, path: Path) -> None:
    """
    Write the generated part of the document, and draw the plots beside it.

    Args:
        found: the results.
        path: where they were saved; matplotlib is in the peers' environment, so another process draws.
    """
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(table.put_between(text, table.rst(found)), encoding="utf-8")
    try:
        python = building.python_peers()
        run(
            [
                python,
                building.HERE / "plot.py",
                path,
                DOCUMENT.with_suffix(".png"),
                DOCUMENT.with_suffix(".svg"),
            ]
        )
    except (building.MissingError, FailedError) as reason:
        print(f"no plot: {reason}", file=sys.stderr)
