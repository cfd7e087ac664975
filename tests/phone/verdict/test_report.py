"""The report for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from echo.phone.verdict import report as module
from echo.phone.verdict.checks import judge
from echo.phone.verdict.expectations import Expectations
from echo.phone.verdict.facts import Facts, Setup
from echo.phone.verdict.report import Report
from tests.phone.listening.applications import Call, Reply, echo, first_then, in_pieces, late_by, mute
from tests.phone.verdict.made import ANSWER_URL, Found, called, unopened, webhook


def told(facts: Facts, expected: str | None = None) -> Any:
    """The report as whoever reads the JSON gets it."""
    return json.loads(json.dumps(Report(facts, Expectations(expected)).to_json(), allow_nan=False))


def keys(document: Any, path: str = "") -> Iterator[str]:
    """All paths of keys in a document."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield f"{path}{key}"
            yield from keys(value, f"{path}{key}.")


def test_an_echo_has_its_figures() -> None:
    """Each figure is where the documentation says, in milliseconds."""
    facts = called(late_by(0.037))
    facts.setup = Setup(ncco=0.05, upgrade=0.0123456)
    facts.dtmf_sent = "12#"
    report = told(facts, "echo")
    assert report["passed"] is True
    assert report["exit_status"] == 0
    assert report["duration"] == 6000
    assert report["setup"] == {"ncco": 50, "upgrade": 12.346, "first_audio": 38}
    assert report["round_trip"] == {"p50": 38, "p95": 38, "p99": 38, "max": 38, "frames": 200}
    assert report["frames"] == {
        "in": 200,
        "out": 200,
        "echoed": 200,
        "lost": 0,
        "repeated": 0,
        "reordered": 0,
        "altered": 0,
    }
    assert report["delay"] == {"first": 38, "last": 38, "growth": 0}
    assert (report["jitter"], report["jitter_max"]) == (0, 0)
    assert report["gaps"] == {"count": 0, "longest": 20}
    assert (report["underruns"], report["silence"], report["overflowed"], report["queue_peak"]) == (
        0,
        0,
        0,
        1,
    )
    assert (report["wrong_sized"], report["odd"], report["fragmented"], report["first_offender"]) == (
        0,
        0,
        0,
        None,
    )
    assert report["heard"] == "echo"
    assert -40 < report["loudest"] < 0
    assert report["ended"] == {"by": "caller", "code": None, "reason": "", "at": 6000}
    assert report["late"] == {"p50": 0.5, "p99": 0.5, "max": 0.5}
    assert (report["dtmf"], report["interrupted"], report["problem"]) == ("12#", False, None)
    assert {check["name"]: check["passed"] for check in report["checks"]}["echo"] is True


def test_nothing_has_the_same_keys() -> None:
    """Whoever reads a report finds every key, whether or not there was a call."""
    full, none, silent = told(called(echo)), told(unopened("refused")), told(called(mute))
    ended = {"ended.by", "ended.code", "ended.reason", "ended.at"}
    assert set(keys(full)) == set(keys(silent)) == set(keys(none)) | ended
    assert none["round_trip"] == {"p50": None, "p95": None, "p99": None, "max": None, "frames": 0}
    assert (none["jitter"], none["jitter_max"], none["loudest"], none["ended"]) == (None, None, None, None)
    assert none["heard"] == "nothing"
    assert none["late"] == {"p50": None, "p99": None, "max": None}
    assert none["delay"] == {"first": None, "last": None, "growth": None}


def test_every_key_is_documented() -> None:
    """Each key of the object stands in the documentation of the module, and no other."""
    lines = (module.__doc__ or "").split("::\n\n")[1].splitlines()
    documented = {name for line in lines for name in line[4:].split("    ")[0].split("  ")[0].split(", ")}
    assert documented == set(told(called(echo)))


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        (called(echo), 0),
        (called(first_then("hello")), 1),
        (unopened("refused"), 2),
        (Facts("ws://x", 8000), 2),
    ],
    ids=["passed", "failed", "no call", "no call and no reason"],
)
def test_the_exit_status_tells_passed_failed_and_no_call(facts: Facts, status: int) -> None:
    """And ``passed`` is nothing but the first of them."""
    report = Report(facts)
    assert report.exit_status == status
    assert report.passed is (status == 0)
    assert bool(report.failures) is (status == 1 or facts.problem is not None)


def test_the_first_offender_is_told() -> None:
    """Its index, its size, its pieces, and when it came."""
    report = told(called(in_pieces(3)))
    assert report["first_offender"] == {"index": 0, "size": 640, "pieces": 3, "at": 1}


def test_texts_are_told_with_their_answers() -> None:
    """A command has the event that answered it, anything else has none."""
    texts = [Reply('{"action":"clear"}'), Reply("hello")]
    report = told(Call(lambda index, _: texts if index == 0 else []).make())
    assert report["text_count"] == 2
    assert report["texts"] == [
        {"at": 1, "text": '{"action":"clear"}', "answer": "websocket:cleared"},
        {"at": 1, "text": "hello", "answer": None},
    ]


def test_webhooks_findings_and_steps_are_told() -> None:
    """As they are."""
    facts = called(echo, 0.5)
    facts.answer_url = ANSWER_URL
    facts.webhooks = [webhook(problem="it answered 500.")]
    facts.ncco = [Found("warning", "$[0]: a warning.")]
    facts.steps = ["talk: hello"]
    report = told(facts)
    assert report["answer_url"] == ANSWER_URL
    assert report["webhooks"] == [
        {
            "kind": "event",
            "status": "answered",
            "url": ANSWER_URL,
            "http": 200,
            "time": 10,
            "attempts": 1,
            "problem": "it answered 500.",
        }
    ]
    assert report["ncco"] == [{"severity": "warning", "text": "$[0]: a warning."}]
    assert report["steps"] == ["talk: hello"]


def test_the_time_of_the_first_audio_is_found_out_unless_given() -> None:
    """Whoever measured it knows better; without a call there is none."""
    facts = called(late_by(0.037))
    assert told(facts)["setup"]["first_audio"] == 38
    facts.setup = Setup(first_audio=0.2)
    assert told(facts)["setup"]["first_audio"] == 200
    assert told(unopened("refused"))["setup"]["first_audio"] is None
    assert told(called(mute))["setup"]["first_audio"] is None


def test_the_names_of_checks_are_stable_and_documented() -> None:
    """The same names in the same order for every call, as the documentation of ``checks`` has them."""
    names = [check.name for check in judge(called(echo), Expectations(None, {"max_p99": 50}))]
    assert names == [check.name for check in judge(unopened("refused"), Expectations(None, {"max_p99": 50}))]
    lines = (judge.__globals__["__doc__"] or "").split("::\n\n")[1].split("\n\n")[0].splitlines()
    # the files are looked at by who writes them, behind all others
    assert [line.split()[0] for line in lines] == [*names[:-1], "max-...", "files"]
