"""The short form of many rows, some at once: most of their time is waiting, and none of it is judged by the clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from tests.fire.row import Row, Terms, Verdict
from tests.fire.rows import judge

_AT_ONCE = 4


@contextmanager
def short_verdicts(rows: Iterable[Row]) -> Iterator[dict[str, Future[Verdict]]]:
    """Begin with all of the rows; each verdict by the name of its row."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield {row.name: pool.submit(judge, row, Terms(is_short=True)) for row in rows}
        pool.shutdown(cancel_futures=True)
