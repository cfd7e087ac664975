"""Tests of echo.phone.load.outcome: what became of calls, counted."""

from __future__ import annotations

import pytest

from echo.phone.load.outcome import Fates, fate_of, without_url
from echo.phone.verdict.facts import Ended


@pytest.mark.parametrize(
    ("ended", "fate", "reason"),
    [
        (Ended("caller", None, "", 5.0), "completed", ""),
        (Ended("application", 1000, "bye", 5.0), "goodbye", ""),
        (Ended("application", 1005, "", 5.0), "goodbye", ""),
        (
            Ended("application", 1000, "", 0.3),
            "ended early",
            "the application closed it in its first second, with code 1000",
        ),
        (
            Ended("application", 1011, "out of memory", 5.0),
            "ended early",
            'the application closed it with code 1011 and the reason "out of memory"',
        ),
        (
            Ended("application", None, "", 5.0),
            "ended early",
            "the application closed it without a Close frame",
        ),
        (Ended("network", None, "", 5.0), "ended early", "the connection broke"),
        (Ended("network", None, "reset", 5.0), "ended early", "the connection broke: reset"),
        (
            Ended("phone", None, "message 17 has 1280 bytes where a frame at 16000 Hz has 640", 5.0),
            "ended early",
            "the provider ends it: a message has 1280 bytes where a frame at 16000 Hz has 640",
        ),
    ],
)
def test_the_end_of_a_call_is_its_fate(ended: Ended, fate: str, reason: str) -> None:
    """Who ended a call, when and how, decides whether it failed, and calls with one fate have one reason."""
    assert fate_of(ended) == (fate, reason)


def test_a_call_that_is_hung_up_by_ctrl_c_was_interrupted() -> None:
    """It has neither failed nor been completed; one that had failed before has."""
    assert fate_of(Ended("caller", None, "", 5.0), interrupted=True) == ("interrupted", "")
    assert fate_of(Ended("network", None, "", 5.0), interrupted=True)[0] == "ended early"


def test_a_long_reason_is_cut() -> None:
    """An application's own words do not fill the report."""
    assert len(fate_of(Ended("application", 4000, "x" * 1000, 5.0))[1]) < 200


def test_calls_are_counted_by_fate_and_reason() -> None:
    """Those that were none and those that ended early have failed."""
    fates = Fates()
    for fate, reason in (
        *(("completed", ""), ("goodbye", ""), ("not connected", "refused"), ("ended early", "broke")),
        *(("not connected", "refused"), ("interrupted", "")),
    ):
        fates.add(fate, reason)  # type: ignore[arg-type]  # mypy takes the words of a tuple for any text

    assert fates.failed == 3
    assert fates.counts["completed"] == 1
    assert fates.reasons.most_common() == [(("not connected", "refused"), 2), (("ended early", "broke"), 1)]


def test_reasons_are_bounded() -> None:
    """An application that gives each call another reason fills no memory, and no call is forgotten."""
    fates = Fates()
    for number in range(1000):
        fates.add("ended early", f"reason {number}")
    fates.add("ended early", "reason 3")

    assert len(fates.reasons) == 51
    assert sum(fates.reasons.values()) == 1001
    assert fates.reasons["ended early", "reason 3"] == 2


def test_a_problem_is_told_without_the_address() -> None:
    """Calls that were refused at addresses with a token each count as refused for the same reason."""
    assert without_url("ws://h/abc: connection refused", "ws://h/abc") == "connection refused"
    assert without_url("another sentence", "ws://h/abc") == "another sentence"
