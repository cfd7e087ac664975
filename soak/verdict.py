"""Whether a soak has passed: what must hold, what was found, and what the time was too short to say."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from soak.second import Second
from soak.slope import by_minute, slope

#: MB an hour, after the warm-up. A leak of less is one of a process that is started anew once a week.
MOST_GROWTH = 1.0

#: Descriptors beside those of calls: requests that happen to be under way when they are counted.
MOST_DESCRIPTORS = 4


class Word(Enum):
    """How a finding is judged."""

    PASS = "pass"  # noqa: S105  no password
    FAIL = "FAIL"
    SHORT = "too short to tell"
    TOLD = "told"


@dataclass(frozen=True)
class Finding:
    """One line of the verdict: what must hold, what was found, and how that is judged."""

    what: str
    found: str
    word: Word


@dataclass(frozen=True)
class Ending:
    """
    What was seen when all calls were over.

    Attributes:
        problems: innocent calls that failed, in the phone's words, each with how many there were.
        lost: frames that never came back, of all calls.
        calls: that the daemon still had.
        descriptors: that it held, more than before the first call.
        exceptions: lines of its log that tell of a bug.
        status: its exit status after SIGTERM.
    """

    problems: Sequence[str]
    lost: int
    calls: int
    descriptors: int
    exceptions: int
    status: int


def judge(seconds: Sequence[Second], warm_up: float, ending: Ending) -> list[Finding]:
    """Judge a soak; times are only told, since they are the machine's as well."""
    return [
        *_memory([second for second in seconds if second.at >= warm_up]),
        *_descriptors([second for second in seconds if second.at >= warm_up]),
        *_innocents(seconds, ending),
        _none("exceptions in the log", ending.exceptions),
        _none("calls left", ending.calls),
        Finding("descriptors left", str(ending.descriptors), _word(ending.descriptors <= 0)),
        Finding("exit status after SIGTERM", str(ending.status), _word(ending.status == 0)),
        *_times(seconds),
    ]


def has_passed(findings: Sequence[Finding]) -> bool:
    """Whether nothing has failed. What the time was too short for has not."""
    return all(finding.word is not Word.FAIL for finding in findings)


def _memory(seconds: Sequence[Second]) -> Iterator[Finding]:
    what = f"memory grows by less than {MOST_GROWTH:g} MB an hour"
    fit = slope([(x / 3600, y / 1e6) for x, y in by_minute([(s.at, float(s.rss)) for s in seconds])])
    if fit is None:
        yield Finding(what, f"{len(seconds)} seconds after the warm-up", Word.SHORT)
        return
    found = f"{fit.value:.2f} MB/h, with 95 % probability from {fit.low:.2f} to {fit.high:.2f}"
    word = Word.PASS if fit.high < MOST_GROWTH else Word.FAIL if fit.low >= MOST_GROWTH else Word.SHORT
    yield Finding(what, found, word)


def _descriptors(seconds: Sequence[Second]) -> Iterator[Finding]:
    """Those that are no call's, in the first and in the last quarter of the time."""
    what = f"descriptors beside those of calls grow by no more than {MOST_DESCRIPTORS}"
    quarter = len(seconds) // 4
    if not quarter:
        yield Finding(what, f"{len(seconds)} seconds after the warm-up", Word.SHORT)
        return
    others = [second.descriptors - second.calls for second in seconds]
    first, last = statistics.median(others[:quarter]), statistics.median(others[-quarter:])
    word = _word(last - first <= MOST_DESCRIPTORS)
    yield Finding(what, f"{first:g} at first, {last:g} at last", word)


def _innocents(seconds: Sequence[Second], ending: Ending) -> Iterator[Finding]:
    told = "; ".join(ending.problems) or "none"
    yield Finding("innocent calls that failed", told, _word(not ending.problems))
    yield _none("frames of theirs that were lost", ending.lost)
    for what in ("altered", "reordered", "repeated"):
        yield _none(f"frames of theirs that were {what}", sum(getattr(second, what) for second in seconds))


def _times(seconds: Sequence[Second]) -> Iterator[Finding]:
    busy = [second for second in seconds if second.up]
    if not busy:
        return
    for what, values in (
        ("p99 of the round trips of a second, ms", [second.p99_ms for second in busy]),
        ("how late the phone's own frames left (p99 of a second), ms", [second.late_ms for second in busy]),
        ("how late the daemon's timers were, ms", [second.lag_ms for second in busy]),
        ("stolen from the machine by its host, s a second", [second.stolen for second in busy]),
    ):
        found = f"median {statistics.median(values):.2f}, most {max(values):.2f}"
        yield Finding(what, found, Word.TOLD)


def _none(what: str, count: int) -> Finding:
    return Finding(what, str(count), _word(count == 0))


def _word(holds: bool) -> Word:
    return Word.PASS if holds else Word.FAIL
