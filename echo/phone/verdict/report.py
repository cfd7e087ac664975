"""
The report of a call, for machines.

:meth:`Report.to_json` gives one object. Times are milliseconds with three places; ``null`` stands for what was
not measured. Its keys::

    passed        no check failed in a call that there was, and that was not cut short
    exit_status   0 passed, 1 a check failed, 2 there was no call, or Ctrl-C cut it short
    url           of the socket, or what was asked for
    answer_url    where the NCCO came from, or null
    rate          samples a second
    far_end       "documented" or "wsbridge"
    talked        what the caller said
    duration      how long the socket was open
    setup         ncco, upgrade, first_audio: how long each took
    round_trip    p50, p95, p99, max of the frames that came back; frames: how many were measured
    frames        in: messages of audio that came; out: frames sent; echoed, lost, repeated, reordered, altered
    delay         first, last, growth: round trip and queue, median of the first second and of the last
    jitter        RFC 3550, as it was at the end
    jitter_max    as it was at its highest
    gaps          count of those over 60 ms, and the longest, while audio flowed
    underruns     how often the caller's queue ran empty between two pieces of audio
    silence       how long it was empty in these
    overflowed    messages that were dropped because the queue was full
    queue_peak    the most messages that waited to be played
    wrong_sized, odd, fragmented    messages of another size than a frame's, with half a sample, in pieces
    first_offender    the first of these: index, size, pieces, at; or null
    heard         "echo", "speech", "audio", "silence" or "nothing"
    loudest       the highest level of 20 ms that the caller heard, in dBFS, or null
    text_count    text messages that came
    texts         the first 200 of them: at, text, answer (the event that answered it, or null)
    webhooks      kind, status, url, http, time, attempts, problem of each
    ncco          what the linter found: severity and text of each
    steps         the walk through the NCCO
    dtmf          keys that were pressed
    ended         by ("caller", "application", "phone", "network"), code or null, reason, at; or null
    reconnects    of each socket that was lost and connected again: after (how long it was open), silence
    interrupted   somebody stopped the call
    late          p50, p99, max of how late the phone's own frames left
    problem       why there was no call, or null
    checks        name, passed (null: not tried, or only told), sentence of each
"""

from __future__ import annotations

from dataclasses import dataclass, field

from echo.audio.format import AudioFormat
from echo.phone.listening.far_end import DOCUMENTED
from echo.phone.listening.hearing import Hearing
from echo.phone.verdict.check import Check
from echo.phone.verdict.checks import judge
from echo.phone.verdict.expectations import Expectations
from echo.phone.verdict.facts import Ended, Facts, Webhook
from echo.phone.verdict.figures import milliseconds, percentile
from echo.untrusted import Json


@dataclass
class Report:
    """
    A call, judged.

    Attributes:
        facts: what it showed.
        expectations: what it had to fulfil.
        checks: the outcome of each check; made here.
    """

    facts: Facts
    expectations: Expectations = field(default_factory=Expectations)
    checks: list[Check] = field(init=False)

    def __post_init__(self) -> None:
        """Judge."""
        self.checks = judge(self.facts, self.expectations)

    @property
    def passed(self) -> bool:
        """Whether no check failed in a call that there was, and that was not cut short."""
        return self.exit_status == 0

    @property
    def was_cut_short(self) -> bool:
        """Whether a person stopped the call before all was said: what is left of it cannot have passed."""
        return self.facts.interrupted and not self.facts.finished

    @property
    def exit_status(self) -> int:
        """0 passed, 1 a check failed, 2 there was no call, or it was cut short by Ctrl-C and no check had failed."""
        if self.facts.problem is not None or self.facts.hearing is None:
            return 2
        if any(check.passed is False for check in self.checks):
            return 1
        return 2 if self.was_cut_short else 0

    @property
    def failures(self) -> list[Check]:
        """The checks that failed."""
        return [check for check in self.checks if check.passed is False]

    def to_json(self) -> dict[str, Json]:
        """Give the report as one JSON object; its keys are at the top of this module."""
        facts = self.facts
        return {
            "passed": self.passed,
            "exit_status": self.exit_status,
            "url": facts.url,
            "answer_url": facts.answer_url,
            "rate": facts.rate,
            "far_end": facts.far_end,
            "talked": facts.talked,
            "duration": milliseconds(facts.seconds),
            "setup": _setup(facts),
            **_heard(facts),
            "webhooks": [_webhook(webhook) for webhook in facts.webhooks],
            "ncco": [{"severity": finding.severity, "text": str(finding)} for finding in facts.ncco],
            "steps": list(facts.steps),
            "dtmf": facts.dtmf_sent,
            "ended": _ended(facts.ended),
            "reconnects": [
                {"after": milliseconds(each.after), "silence": milliseconds(each.silence)}
                for each in facts.reconnects
            ],
            "interrupted": facts.interrupted,
            "late": _late(facts),
            "problem": facts.problem,
            "checks": [
                {"name": check.name, "passed": check.passed, "sentence": check.sentence}
                for check in self.checks
            ],
        }


def _setup(facts: Facts) -> dict[str, Json]:
    return {
        "ncco": milliseconds(facts.setup.ncco),
        "upgrade": milliseconds(facts.setup.upgrade),
        "first_audio": milliseconds(facts.first_audio),
    }


def _heard(facts: Facts) -> dict[str, Json]:
    """Tell what was heard; without a call, what one hears who hears nothing: the keys are always there."""
    hearing = facts.hearing or Hearing(AudioFormat(facts.rate), DOCUMENTED, 0.0)
    return {
        "round_trip": _round_trip(hearing),
        "frames": _frames(facts, hearing),
        "delay": _delay(hearing),
        **_arrivals(hearing),
        **_playback(hearing),
        "heard": hearing.kind,
        "loudest": round(hearing.content.loudest, 1) if hearing.content.heard_steps else None,
        **_texts(hearing),
    }


def _round_trip(hearing: Hearing) -> dict[str, Json]:
    ordered = sorted(hearing.echoes.trips)
    percents = {"p50": 50, "p95": 95, "p99": 99, "max": 100}
    figures: dict[str, Json] = {
        name: milliseconds(percentile(ordered, percent)) for name, percent in percents.items()
    }
    return {**figures, "frames": len(ordered)}


def _frames(facts: Facts, hearing: Hearing) -> dict[str, Json]:
    echoes = hearing.echoes
    return {
        "in": hearing.arrivals.messages,
        "out": facts.frames_out,
        "echoed": echoes.matched,
        "lost": echoes.lost,
        "repeated": echoes.repeated,
        "reordered": echoes.reordered,
        "altered": echoes.altered,
    }


def _delay(hearing: Hearing) -> dict[str, Json]:
    first, last = hearing.echoes.delays or (None, None)
    return {
        "first": milliseconds(first),
        "last": milliseconds(last),
        "growth": milliseconds(hearing.echoes.growth),
    }


def _arrivals(hearing: Hearing) -> dict[str, Json]:
    arrivals, first = hearing.arrivals, hearing.arrivals.first_offender
    offender: dict[str, Json] | None = None
    if first is not None:
        at = milliseconds(first.at)
        offender = {"index": first.index, "size": first.size, "pieces": first.pieces, "at": at}
    return {
        "jitter": milliseconds(arrivals.jitter) if arrivals.messages > 1 else None,
        "jitter_max": milliseconds(arrivals.jitter_max) if arrivals.messages > 1 else None,
        "gaps": {"count": arrivals.gaps, "longest": milliseconds(arrivals.longest_gap)},
        "wrong_sized": arrivals.wrong_sized,
        "odd": arrivals.odd,
        "fragmented": arrivals.fragmented,
        "first_offender": offender,
    }


def _playback(hearing: Hearing) -> dict[str, Json]:
    return {
        "underruns": hearing.playback.underruns,
        "silence": round(hearing.playback.silence_ms, 3),
        "overflowed": hearing.playback.overflowed,
        "queue_peak": hearing.playback.queue_peak,
    }


def _texts(hearing: Hearing) -> dict[str, Json]:
    kept: list[Json] = [
        {"at": milliseconds(text.at), "text": text.text, "answer": text.answer} for text in hearing.texts.kept
    ]
    return {"text_count": hearing.texts.count, "texts": kept}


def _webhook(webhook: Webhook) -> dict[str, Json]:
    return {
        "kind": webhook.kind,
        "status": webhook.status,
        "url": webhook.url,
        "http": webhook.http,
        "time": milliseconds(webhook.seconds),
        "attempts": webhook.attempts,
        "problem": webhook.problem,
    }


def _ended(ended: Ended | None) -> dict[str, Json] | None:
    if ended is None:
        return None
    return {"by": ended.by, "code": ended.code, "reason": ended.reason, "at": milliseconds(ended.at)}


def _late(facts: Facts) -> dict[str, Json]:
    ordered = sorted(facts.lateness)
    percents = {"p50": 50, "p99": 99, "max": 100}
    return {name: milliseconds(percentile(ordered, percent)) for name, percent in percents.items()}
