"""What passes, what fails, and what the time was too short for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from soak.second import Second
from soak.verdict import Ending, Finding, Word, has_passed, judge

WELL = Ending([], lost=0, calls=0, descriptors=0, exceptions=0, status=0)

SECOND = Second(
    at=0,
    rss=60_000_000,
    descriptors=120,
    calls=100,
    lag_ms=0.1,
    up=100,
    p50_ms=1,
    p99_ms=3,
    late_ms=1,
    stolen=0,
    failed=0,
    lost=0,
    altered=0,
    reordered=0,
    repeated=0,
    hostile=0,
)

WARM_UP = 200


def an_hour(growth: float = 0.0, minutes: int = 60) -> list[Second]:
    """Seconds in which memory grows by so many MB an hour, with a tooth of a saw over it."""
    return [
        replace(SECOND, at=float(at), rss=int(60e6 + growth * 1e6 * at / 3600 + 4096 * (at % 7)))
        for at in range(60 * minutes)
    ]


def found(findings: list[Finding], beginning: str) -> Finding:
    """The finding whose name begins so."""
    (finding,) = [finding for finding in findings if finding.what.startswith(beginning)]
    return finding


@pytest.mark.parametrize(
    ("growth", "word"), [(0.0, Word.PASS), (0.8, Word.PASS), (-3.0, Word.PASS), (1.2, Word.FAIL)]
)
def test_memory_may_grow_by_a_megabyte_an_hour(growth: float, word: Word) -> None:
    """Not by more."""
    assert found(judge(an_hour(growth), WARM_UP, WELL), "memory").word is word


@pytest.mark.parametrize("minutes", [3, 6])
def test_a_few_minutes_are_too_short_to_tell(minutes: int) -> None:
    """Then nothing fails, and the verdict says what it could not see."""
    findings = judge(an_hour(minutes=minutes), WARM_UP, WELL)
    assert found(findings, "memory").word is Word.SHORT
    assert has_passed(findings)


def test_what_grows_while_it_warms_up_does_not_count() -> None:
    """What is made once is no leak."""
    seconds = [replace(second, rss=int(min(second.at, 200) * 1e6)) for second in an_hour()]
    assert found(judge(seconds, WARM_UP, WELL), "memory").word is Word.PASS


@pytest.mark.parametrize(("leaked", "word"), [(4, Word.PASS), (5, Word.FAIL)])
def test_descriptors_stay_as_many(leaked: int, word: Word) -> None:
    """Those of calls are calls'; of the others few may be more at the end."""
    seconds = an_hour()
    later = [replace(second, descriptors=second.descriptors + leaked) for second in seconds[2000:]]
    assert found(judge([*seconds[:2000], *later], WARM_UP, WELL), "descriptors beside").word is word


def test_more_calls_are_no_leak() -> None:
    """Each has a descriptor of its own."""
    seconds = an_hour()
    later = [replace(second, descriptors=170, calls=150) for second in seconds[2000:]]
    assert has_passed(judge([*seconds[:2000], *later], WARM_UP, WELL))


@pytest.mark.parametrize("what", ["altered", "reordered", "repeated"])
def test_one_wrong_frame_fails_it(what: str) -> None:
    """Of an innocent call, in whichever second."""
    seconds = an_hour()
    seconds[10] = replace(seconds[10], **{what: 1})
    findings = judge(seconds, WARM_UP, WELL)
    assert found(findings, f"frames of theirs that were {what}").word is Word.FAIL
    assert not has_passed(findings)


@pytest.mark.parametrize(
    ("ending", "beginning"),
    [
        (replace(WELL, problems=["1 ended early: the connection broke"]), "innocent calls that failed"),
        (replace(WELL, lost=1), "frames of theirs that were lost"),
        (replace(WELL, calls=1), "calls left"),
        (replace(WELL, descriptors=1), "descriptors left"),
        (replace(WELL, exceptions=1), "exceptions in the log"),
        (replace(WELL, status=1), "exit status"),
    ],
)
def test_each_thing_that_is_not_well_in_the_end_fails_it(ending: Ending, beginning: str) -> None:
    """By a finding of its own."""
    findings = judge(an_hour(), WARM_UP, ending)
    assert [f.what for f in findings if f.word is Word.FAIL] == [found(findings, beginning).what]


def test_times_are_told_and_not_judged() -> None:
    """On a shared machine they are the machine's; without a call there are none."""
    slow = [replace(second, p99_ms=9999.0) for second in an_hour()]
    assert has_passed(judge(slow, WARM_UP, WELL))
    assert found(judge(slow, WARM_UP, WELL), "p99").found == "median 9999.00, most 9999.00"
    assert [f for f in judge([], WARM_UP, WELL) if f.word is Word.TOLD] == []
