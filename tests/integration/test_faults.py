"""Faults of the machine and the network beside calls: the short form of ``make fire``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from bench.building import MissingError, load_program
from tests.fire.at_once import short_verdicts
from tests.fire.row import Verdict
from tests.fire.rows import FAULTS
from tests.fire.shown import told

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="watches the daemon through /proc (Linux)")


@pytest.fixture(scope="module")
def verdicts() -> Iterator[dict[str, Future[Verdict]]]:
    """All rows, some at once."""
    try:
        load_program()
    except MissingError as reason:
        pytest.skip(str(reason))
    with short_verdicts(FAULTS) as running:
        yield running


@pytest.mark.parametrize("name", [row.name for row in FAULTS])
def test_a_fault_is_survived(verdicts: dict[str, Future[Verdict]], name: str) -> None:
    """Calls that can go on lose nothing, and memory, descriptors and the registry are where they were."""
    verdict = verdicts[name].result(timeout=90)
    assert verdict.has_passed, told(verdict)
