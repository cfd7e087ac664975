"""Checks of figures against limits."""

from __future__ import annotations

from array import array

import pytest

from echo.phone.verdict.facts import Setup
from tests.phone.listening.applications import Reply, echo, late_by, mute, recut, without
from tests.phone.verdict.made import called, outcome, unopened


@pytest.mark.parametrize(
    ("name", "over", "told"),
    [
        ("max_p50", 250, "The round trip of half of the frames is 251 ms, more than the 250 ms allowed."),
        ("max_p95", 250, "The round trip of 95 % of the frames is 251 ms, more than the 250 ms allowed."),
        ("max_p99", 250, "The round trip of 99 % of the frames is 251 ms, more than the 250 ms allowed."),
        ("max_round_trip", 250, "The longest round trip is 251 ms, more than the 250 ms allowed."),
        ("max_jitter", 6.6, "The jitter at its highest is 6.61 ms, more than the 6.60 ms allowed."),
        ("max_gap", 79, "The longest gap is 80.0 ms, more than the 79.0 ms allowed."),
        ("max_first_audio", 250, "The time to the first audio is 251 ms, more than the 250 ms allowed."),
        ("max_upgrade", 11, "The time to the open socket is 12.0 ms, more than the 11.0 ms allowed."),
        ("max_ncco", 40, "The time to the NCCO is 41.0 ms, more than the 40.0 ms allowed."),
        ("max_underruns", 0, "The number of underruns is 1, more than the 0 allowed."),
        ("max_lost", 2, "The number of frames lost is 3, more than the 2 allowed."),
    ],
)
def test_a_limit_is_held_against_its_figure(name: str, over: float, told: str) -> None:
    """A little less than the figure fails, with both; a little more passes."""
    facts = called(without(lambda index: 197 <= index < 200, late_by(0.25)), 5.0)
    facts.setup = Setup(ncco=0.041, upgrade=0.012)
    if name == "max_jitter":
        facts = called(lambda index, frame: [Reply(frame, 0.06 * (index == 100))])
    check = name.replace("_", "-")
    assert outcome(facts, check, limits={name: over}) == (False, told)
    passed, sentence = outcome(facts, check, limits={name: over + 100})
    assert passed is True
    assert "within the" in sentence


def test_a_limit_on_what_never_came_fails() -> None:
    """A threshold that nothing could break would pass unseen."""
    facts = called(mute)
    for name in ("max_p50", "max_round_trip", "max_jitter", "max_gap", "max_first_audio"):
        passed, told = outcome(facts, name.replace("_", "-"), limits={name: 1000})
        assert passed is False
        assert told.endswith(" cannot be told: nothing came back to measure it by.")


def test_a_limit_on_what_was_not_to_come_is_not_tried() -> None:
    """No NCCO, no call, or a mistake that is told already."""
    assert outcome(called(echo), "max-ncco", limits={"max_ncco": 1}) == (
        None,
        "Not tried: it was not measured.",
    )
    assert outcome(unopened("refused"), "max-p99", limits={"max_p99": 1}) == (
        None,
        "Not tried: there was no call.",
    )
    assert outcome(called(mute), "max-p99", "echo", limits={"max_p99": 1}) == (None, "Not tried: see echo.")
    wrong = called(recut(320))
    wrong.setup = Setup(upgrade=0.012)
    assert outcome(wrong, "max-p99", limits={"max_p99": 1}) == (None, "Not tried: see frame-size.")
    assert outcome(wrong, "max-upgrade", limits={"max_upgrade": 1})[0] is False


def test_a_late_phone_is_told_beside_a_limit_that_failed() -> None:
    """The limit still fails: a busy machine must not make thresholds pass."""
    facts = called(late_by(0.25))
    facts.lateness = array("d", [0.2] * 200)
    passed, told = outcome(facts, "max-p99", limits={"max_p99": 100})
    assert passed is False
    assert told.endswith(" The phone itself was late, see clock.")
    assert outcome(facts, "max-p99", limits={"max_p99": 300})[1].endswith("allowed.")
