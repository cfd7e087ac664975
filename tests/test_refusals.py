"""Tests of echo.refusals: counted always, told at a limited rate."""

from __future__ import annotations

from echo.refusals import Refusals
from tests.doubles import RecordingLog
from tests.test_docs import named_lines


def test_each_refusal_is_counted_by_the_name_of_its_limit() -> None:
    """Counts need no log and no budget."""
    refusals = Refusals()

    for _ in range(100):
        refusals.note("max_calls", "192.0.2.7", 0.0)
    refusals.note("max_body", "192.0.2.7", 0.0)

    assert refusals.counts == {"max_calls": 100, "max_body": 1}


def test_a_flood_is_told_in_a_few_lines() -> None:
    """Five lines at once, then one in five seconds that says how many there were between."""
    log = RecordingLog()
    refusals = Refusals(log)
    for n in range(1000):
        refusals.note("max_calls", f"192.0.2.{n % 250}", 0.0)
    assert len(log.at("warn")) == 5

    refusals.note("max_calls", "192.0.2.7", 5.0)

    assert log.at("warn")[5:] == ["refused by max_calls: 192.0.2.7 (995 more since the last such line)"]
    assert refusals.counts["max_calls"] == 1001


def test_a_flood_of_one_kind_does_not_hide_another() -> None:
    """Each limit has lines of its own."""
    log = RecordingLog()
    refusals = Refusals(log)
    for _ in range(1000):
        refusals.note("max_requests", "192.0.2.7", 0.0)

    refusals.note("max_memory", "192.0.2.8", 0.0)

    assert log.at("warn")[-1] == "refused by max_memory: 192.0.2.8"


def test_a_peer_forges_no_line() -> None:
    """What a peer is called by is text from a stranger, as a PROXY protocol header may hold anything."""
    log = RecordingLog()

    Refusals(log).note("max_body", "x\n\x1b[2J" + "y" * 500, 0.0)

    (line,) = log.at("warn")
    assert r"x\n\x1b[2J" in line
    assert len(line) < 150


def test_the_line_of_the_documents() -> None:
    """docs/limits.rst shows the line as it is written."""
    log = RecordingLog()
    refusals = Refusals(log, lines_per_second=1, lines_burst=1)
    for _ in range(121):
        refusals.note("upgrades_per_second", "192.0.2.7", 0.0)

    refusals.note("upgrades_per_second", "192.0.2.7", 1.0)

    assert log.at("warn")[-1:] == named_lines("docs/limits.rst", "refused")
