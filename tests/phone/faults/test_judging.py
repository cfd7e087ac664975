"""Tests of echo.phone.faults.judging: a call held against an ordinary one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from echo.phone.faults.judging import (
    Tolerance,
    is_refused,
    praise,
    trouble,
    unlike_answers,
    wrong_served,
    wrong_taken,
)
from echo.phone.faults.seen import Seen

ECHO = Seen(heard="echo", echoed=50, ended_by="caller", ended_at=2.0)
BOT = Seen(heard="speech", lost=50, ended_by="caller", ended_at=2.0)
SILENT = Seen(heard="nothing", lost=50, ended_by="caller", ended_at=2.0)
LEAKY = replace(ECHO, lost=3)
BRIEF = replace(BOT, ended_by="application", code=1000, ended_at=1.5)
MUTE_ECHO = replace(ECHO, heard="nothing", echoed=0, lost=50)
CLOSED: dict[str, Any] = {"ended_by": "application", "code": 1011, "ended_at": 0.5}
CUT_OFF: dict[str, Any] = {"ended_by": "phone", "failed": {"frame-size": "Message 0 has 3 bytes."}}


@pytest.mark.parametrize(
    ("usual", "now", "tolerance"),
    [
        (ECHO, ECHO, Tolerance()),
        (ECHO, replace(ECHO, lost=5), Tolerance(loss=5)),
        (ECHO, replace(ECHO, lost=45), Tolerance(loss=None)),
        (ECHO, replace(ECHO, altered=9), Tolerance(sound=False)),
        (ECHO, replace(ECHO, **CLOSED), Tolerance(may_end=True)),
        (ECHO, replace(MUTE_ECHO, **CLOSED), Tolerance(may_end=True)),
        (ECHO, replace(ECHO, ended_by="network"), Tolerance(may_end=True)),
        (ECHO, replace(ECHO, ended_by="application", code=1000), Tolerance(may_say_goodbye=True)),
        (ECHO, replace(ECHO, ended_by="phone"), Tolerance(own_end=True)),
        (ECHO, replace(ECHO, failed={"delay": "It grew."}), Tolerance(excused=frozenset({"delay"}))),
        (replace(ECHO, failed={"ncco": "Bad."}), replace(ECHO, failed={"ncco": "Bad."}), Tolerance()),
        (LEAKY, replace(ECHO, lost=9, repeated=2), Tolerance()),
        (BOT, BOT, Tolerance()),
        (BOT, replace(BOT, heard="audio"), Tolerance()),
        (BOT, SILENT, Tolerance(sound=False)),
        (SILENT, SILENT, Tolerance()),
        (SILENT, BOT, Tolerance()),
        (BRIEF, BRIEF, Tolerance()),
        (BRIEF, replace(BRIEF, heard="nothing"), Tolerance(may_end=True)),
    ],
)
def test_what_is_as_usual_or_excused_is_no_trouble(usual: Seen, now: Seen, tolerance: Tolerance) -> None:
    """An echo returns all, a voice speaks, and what the fault excuses is excused."""
    assert trouble(usual, now, tolerance) is None


@pytest.mark.parametrize(
    ("usual", "now", "tolerance", "told"),
    [
        (ECHO, Seen(problem="refused"), Tolerance(may_end=True), "there was no call: refused"),
        (ECHO, replace(ECHO, lost=1), Tolerance(), "1 of the 51 frames did not come back"),
        (ECHO, replace(ECHO, lost=6), Tolerance(loss=5), "6 of the 56 frames did not come back"),
        (ECHO, MUTE_ECHO, Tolerance(loss=None), "nothing came back"),
        (ECHO, replace(ECHO, lost=2, altered=2), Tolerance(), "of the 52 frames 2 altered came back"),
        (
            ECHO,
            replace(ECHO, repeated=2, reordered=1),
            Tolerance(loss=None),
            "of the 50 frames 2 twice, 1 out of order came back",
        ),
        (ECHO, replace(ECHO, **CLOSED), Tolerance(), "with close code 1011 after 0.5 s"),
        (ECHO, replace(ECHO, **CLOSED), Tolerance(may_say_goodbye=True), "with close code 1011 after 0.5 s"),
        (ECHO, replace(ECHO, ended_by="network"), Tolerance(), "without a Close frame after 2.0 s"),
        (ECHO, replace(ECHO, **CUT_OFF), Tolerance(sound=False, may_end=True), "Message 0 has 3 bytes."),
        (ECHO, replace(ECHO, ended_by="phone"), Tolerance(), "over a broken rule"),
        (ECHO, replace(ECHO, failed={"commands": "No command."}), Tolerance(), "No command."),
        (BOT, SILENT, Tolerance(), "the caller heard nothing, where an ordinary call brings speech"),
        (BRIEF, replace(BRIEF, heard="nothing"), Tolerance(), "the caller heard nothing"),
        (BOT, replace(BOT, heard="silence"), Tolerance(), "the caller heard silence"),
    ],
)
def test_what_is_not_as_usual_is_told(usual: Seen, now: Seen, tolerance: Tolerance, told: str) -> None:
    """The sentence says what the caller would notice."""
    assert told in str(trouble(usual, now, tolerance))


@pytest.mark.parametrize(
    ("now", "tolerance", "told"),
    [
        (ECHO, Tolerance(), "50 of 50 frames came back"),
        (
            replace(ECHO, lost=9, round_trip=3.46),
            Tolerance(loss=None),
            "50 of 59 frames came back, up to 3.5 s late",
        ),
        (BOT, Tolerance(), "the call went on"),
        (ECHO, Tolerance(sound=False), "the call went on"),
        (ECHO, Tolerance(own_end=True), "the call was broken off"),
        (
            replace(ECHO, **CLOSED),
            Tolerance(may_end=True),
            "it ended the call with close code 1011 after 0.5 s",
        ),
        (ECHO, Tolerance(may_end=True, sound=False), "it held the dead call to the end, as it may"),
    ],
)
def test_what_passed_is_told_too(now: Seen, tolerance: Tolerance, told: str) -> None:
    """The sentence says what was seen."""
    assert praise(now, tolerance) == told


@pytest.mark.parametrize(
    ("status", "refused"),
    [(200, False), (302, False), (400, True), (401, True), (403, True), (500, False), (503, True)],
)
def test_a_webhook_is_refused_by_4xx_or_503(status: int, refused: bool) -> None:
    """500 is a crash, and 503 lets the provider try again."""
    assert is_refused(status) is refused
    assert (wrong_taken("an unsigned request", status) is None) is refused


def test_a_webhook_that_is_believed_is_told() -> None:
    """Who takes it is told what to do; who fails over it is told as well."""
    assert "was believed (200); refuse it with 401" in str(wrong_taken("an unsigned request", 200))
    assert (
        str(wrong_taken("an unsigned request", 500))
        == "an unsigned request was answered with 500 where 401 is meant"
    )
    assert "401 where an NCCO is required" in str(wrong_served("a good request", 401))
    assert wrong_served("a good request", 200) is None


@pytest.mark.parametrize(
    ("statuses", "bodies", "told"),
    [
        ((200, 200), ([1], [1]), "None"),
        ((200, 200), ([1], [2]), "another NCCO"),
        ((200, 409), ([1], [1]), "the same request once more was answered with 409"),
        ((500, 200), ([1], [1]), "the first request was answered with 500"),
    ],
)
def test_two_answers_to_one_question_are_the_same(
    statuses: tuple[int, int], bodies: tuple[object, object], told: str
) -> None:
    """Both are served, with the same document."""
    assert told in str(unlike_answers(statuses, bodies))
