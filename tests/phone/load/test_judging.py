"""Tests of echo.phone.load.judging and bottleneck: what passes, and whose figures they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from echo.audio.signal import Numbered
from echo.phone.load import bottleneck
from echo.phone.load.counts import Usage
from echo.phone.load.figures import Figures
from echo.phone.load.judging import exit_status, judge, problem
from echo.phone.load.outcome import Fate
from echo.phone.verdict.check import Check
from tests.phone.load.loads import AUDIO, TERMS, ended_load, figures, open_call, talk


def judged(
    counted: Figures,
    limits: Mapping[str, float] | None = None,
    *,
    echo: bool = False,
    max_failed: int = 0,
    calls: int = 2,
    interrupted: bool = False,
) -> dict[str, Check]:
    """The checks by name."""
    terms = replace(TERMS, echo=echo, max_failed=max_failed, limits=limits or {}, calls=calls)
    return {check.name: check for check in judge(terms, counted, interrupted=interrupted)}


def outcomes(checks: Mapping[str, Check]) -> dict[str, bool | None]:
    """Whether each check passed."""
    return {name: check.passed for name, check in checks.items()}


def status(counted: Figures, checks: Mapping[str, Check]) -> int:
    """The exit status."""
    return exit_status(counted, [*checks.values()])


def test_a_good_load_passes() -> None:
    """All calls were completed, every frame came back, and the phone kept time."""
    counted = ended_load()
    checks = judged(counted, {"max_p99": 50, "max_lost": 0}, echo=True)

    assert outcomes(checks) == dict.fromkeys(
        ("calls", "crossed", "echo", "max-p99", "max-lost", "phone"), True
    )
    assert checks["calls"].sentence == "No call failed, of 1."
    assert checks["echo"].sentence == "All 100 frames came back, once, in order, unchanged."
    assert checks["max-p99"].sentence.startswith("The round trip of 99 % of the frames is 4.0")
    assert checks["phone"].sentence.startswith("The phone kept time: 99 % of the frames left within 0.50 ms")
    assert status(counted, checks) == 0
    assert problem(counted) is None


@pytest.mark.parametrize(
    ("limits", "failed"),
    [
        ({"max_p50": 3.0}, True),
        ({"max_p50": 5.0}, False),
        ({"max_p95": 3.0}, True),
        ({"max_p99": 3.0}, True),
        ({"max_round_trip": 29.0}, True),
        ({"max_round_trip": 31.0}, False),
        ({"max_jitter": 0.0}, True),
        ({"max_jitter": 20.0}, False),
        ({"max_gap": 45.0}, True),
        ({"max_gap": 47.0}, False),
        ({"max_first_audio": 43.0}, True),
        ({"max_first_audio": 45.0}, False),
        ({"max_upgrade": 11.0}, True),
        ({"max_upgrade": 13.0}, False),
        ({"max_underruns": 0}, True),
        ({"max_underruns": 1}, False),
        ({"max_lost": 1}, True),
        ({"max_lost": 2}, False),
    ],
)
def test_each_limit_holds_for_all_calls(limits: dict[str, float], failed: bool) -> None:
    """A figure above its limit fails, one below it passes, and the sentence has both."""
    counted = figures()
    hearing = open_call(counted)
    talk(counted, hearing, 20, lost=2)
    hearing.play(100.41)
    talk(counted, hearing, 1, trip=0.03)
    hearing.play(100.45)
    counted.ended(hearing, "completed", "")
    counted.close_interval(Usage(110.0, 1.0, 0.0))
    checks = judged(counted, limits)
    ((name, check),) = ((name, check) for name, check in checks.items() if name.startswith("max-"))

    assert name == next(iter(limits)).replace("_", "-")
    assert check.passed is not failed
    assert ("more than" if failed else "within") in check.sentence
    assert status(counted, checks) == int(failed)


def test_a_limit_on_the_ncco_is_for_answer_urls() -> None:
    """Where no NCCO came it is not tried; where one came it is held against its limit."""
    counted = ended_load()

    assert judged(counted, {"max_ncco": 100})["max-ncco"].passed is None
    counted.ncco.add(0.15)
    assert judged(counted, {"max_ncco": 100})["max-ncco"].sentence == (
        "The longest time to an NCCO is 150 ms, more than the 100 ms allowed."
    )


def test_a_limit_on_what_never_came_fails() -> None:
    """An application that is silent has no good round trip."""
    counted = figures()
    hearing = open_call(counted)
    talk(counted, hearing, 10, lost=10)
    counted.ended(hearing, "completed", "")
    checks = judged(counted, {"max_p99": 50}, echo=True)

    assert outcomes(checks) == {
        "calls": True,
        "crossed": None,
        "echo": False,
        "max-p99": False,
        "phone": None,
    }
    assert checks["max-p99"].sentence.endswith("cannot be told: nothing came back to measure it by.")
    assert checks["echo"].sentence == "Of 10 frames that were said: 10 lost."


def test_calls_that_fail_are_counted_with_their_reasons() -> None:
    """The most frequent reasons stand in the sentence, the others are counted."""
    counted = ended_load()
    counted.begun = 10
    for number, reason in ((4, "refused"), (2, "404"), (1, "slow"), (1, "odd")):
        for _ in range(number):
            counted.fates.add("not connected", reason)
    checks = judged(counted)

    assert checks["calls"] == Check(
        "calls",
        False,
        "8 of 10 calls failed, where 0 may: 4 not connected (refused), 2 not connected (404), "
        "1 not connected (slow), and 1 for other reasons.",
    )
    assert status(counted, checks) == 1
    assert judged(counted, max_failed=8)["calls"].passed is True


def test_without_any_call_the_status_is_2() -> None:
    """The reason that most calls failed for is the problem."""
    counted = figures()
    counted.begun = 2
    counted.fates.add("not connected", "connection refused: nothing listens there")
    counted.fates.add("not connected", "connection refused: nothing listens there")
    checks = judged(counted, {"max_upgrade": 5}, echo=True)

    assert status(counted, checks) == 2
    assert problem(counted) == "connection refused: nothing listens there"
    assert checks["echo"].passed is None
    assert "phone" not in checks


def test_a_load_that_was_stopped_before_its_first_call_says_so() -> None:
    """There is no other problem."""
    assert problem(figures()) == "interrupted before a call was open"


@pytest.mark.parametrize("frames", [1, 2])
def test_callers_that_hear_each_other_fail_the_load(frames: int) -> None:
    """Nobody may hear a stranger, whether an echo is expected or not."""
    counted = figures()
    one, two = open_call(counted), open_call(counted)
    talk(counted, one, 5)
    for index in range(frames):
        strange = Numbered(AUDIO, 77).frame(index)
        two.said(strange, 100.0)
        one.heard(strange, 1, 100.2)
    checks = judged(counted, echo=True)

    told = "1 frame that" if frames == 1 else "2 frames that"
    assert checks["crossed"].passed is False
    assert f"Callers hear each other: {told} came back" in checks["crossed"].sentence
    assert "may be one of another call, see crossed" in checks["echo"].sentence
    assert f"{frames} altered" in checks["echo"].sentence


def test_each_way_in_which_an_echo_is_wrong_is_told() -> None:
    """Repeated, reordered and altered frames fail the expectation of an echo."""
    counted = figures()
    hearing = open_call(counted)
    signal = Numbered(AUDIO, 1)
    for index in range(6):
        hearing.said(signal.frame(index), 100.0)
    for index in (0, 0, 2, 1, 9, 3):
        hearing.heard(signal.frame(index), 1, 100.1)
    counted.ended(hearing, "completed", "")

    sentence = judged(counted, echo=True)["echo"].sentence
    assert sentence == "Of 6 frames that were said: 2 lost, 1 repeated, 1 reordered, 1 altered."


def late_load() -> Figures:
    """A load whose phone sent two frames in a hundred 6 ms late."""
    counted = ended_load()
    for _ in range(2):
        counted.all_late.add(0.006)
    return counted


@pytest.mark.parametrize(
    ("counted", "told"),
    [
        (late_load(), "one frame in a hundred left 6.00 ms late or more"),
        (ended_load(cpu=19.0), "it took 95% of a core"),
        (ended_load(waited=2.0), "others kept it waiting for a core for 10% of the time"),
    ],
)
def test_the_phone_says_when_it_was_the_bottleneck(counted: Figures, told: str) -> None:
    """Late frames, a core that is used up or kept by others: the figures are about the phone, and it fails nothing."""
    checks = judged(counted, {"max_p99": 1.0, "max_lost": 5})

    assert checks["max-lost"].sentence == "The number of frames lost is 0, within the 5 allowed."
    assert len(bottleneck.reasons(counted)) == 1
    assert checks["phone"].passed is None
    assert f"The phone was the bottleneck: {told}" in checks["phone"].sentence
    assert checks["max-p99"].sentence.endswith("The phone itself was the bottleneck, see phone.")


def test_a_phone_in_time_is_no_bottleneck() -> None:
    """Half a core, and a system that tells nothing of waiting, are no reason to doubt."""
    assert bottleneck.reasons(ended_load(cpu=10.0, waited=None)) == []


def test_a_busy_ten_seconds_are_enough() -> None:
    """A load that was idle at its end is judged by its busiest part."""
    counted = figures()
    hearing = open_call(counted)
    talk(counted, hearing, 10)
    for at, cpu in ((110.0, 9.5), (120.0, 9.6), (130.0, 9.7)):
        counted.close_interval(Usage(at, cpu, 0.0))

    assert bottleneck.reasons(counted) == ["it took 95% of a core"]


def test_losses_may_be_the_phones_own() -> None:
    """What it had no time to read has not come back: an echo that fails then says whose fault it may be."""
    checks = judged(ended_load(lost=3, waited=2.0), {"max_lost": 2}, echo=True)

    for name in ("echo", "max-lost"):
        assert checks[name].passed is False
        assert checks[name].sentence.endswith("The phone itself was the bottleneck, see phone.")


def test_what_is_lost_is_said_where_no_echo_is_expected() -> None:
    """It fails nothing, and stands in the report all the same."""
    lost, whole = judged(ended_load(lost=3))["heard"], judged(ended_load())["heard"]

    assert lost == Check(
        "heard",
        None,
        "97 of 100 frames came back as they were said: 3 lost. "
        "No echo is expected; with --expect echo the load fails for this.",
    )
    assert whole == Check("heard", None, "All 100 frames came back as they were said.")
    assert "heard" not in judged(ended_load(lost=3), echo=True)


def test_what_is_no_echo_is_said_too() -> None:
    """An application that is silent, and one that says something of its own."""
    silent, other = figures(), figures()
    for counted, heard in ((silent, []), (other, [bytes([1, 9] * 320)])):
        hearing = open_call(counted)
        talk(counted, hearing, 2, lost=2)
        for frame in heard:
            hearing.heard(frame, 1, 100.1)
        counted.ended(hearing, "completed", "")

    assert judged(silent)["heard"].sentence == "Nothing came back."
    assert judged(other)["heard"].sentence == "1 message came back, nothing as it was said."
    assert judged(figures())["heard"].passed is None


def interrupted_load(*fates: Fate) -> Figures:
    """A load of which so many calls were up, with these fates."""
    counted = figures()
    for fate in fates:
        hearing = open_call(counted)
        talk(counted, hearing, 5)
        counted.ended(hearing, fate, "")
    return counted


@pytest.mark.parametrize(
    ("fates", "calls", "status_told", "told"),
    [
        (("interrupted", "interrupted"), 2, 2, "of 2 calls 2 cut off."),
        (("completed", "interrupted"), 5, 1, "of 5 calls 1 over, 1 cut off, 3 never begun."),
        (("completed", "ended early"), 3, 1, "of 3 calls 2 over, 1 never begun."),
        (("completed", "goodbye"), 2, 0, "The load was interrupted after its last call."),
    ],
)
def test_an_interrupted_load_has_not_passed(
    fates: tuple[Fate, ...], calls: int, status_told: int, told: str
) -> None:
    """Unless every call was over: 1 where calls are missing, 2 where none was over."""
    counted = interrupted_load(*fates)
    checks = judged(counted, calls=calls, interrupted=True, max_failed=1)

    assert status(counted, checks) == status_told
    assert checks["whole"].sentence.endswith(told)
    assert "whole" not in judged(counted, calls=calls)


def test_a_load_interrupted_before_its_first_call_was_over_says_nothing_of_the_application() -> None:
    """A call that was none does not make it a call that was over."""
    counted = interrupted_load("interrupted")
    counted.begun += 1
    counted.fates.add("interrupted")

    assert status(counted, judged(counted, calls=9, interrupted=True)) == 2
