"""The one line that explains how a call ended, for every kind of ending."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from echo.call.messages import Start
from echo.call.report import CallReport, Ending, as_json, explain

REPORT = CallReport(
    number=7,
    who="192.0.2.7:4711",
    state="ended",
    since=0.0,
    start=None,
    rate=16000,
    seconds=63.44,
    frames_in=3172,
    frames_out=3170,
    dropped=2,
    wrong_sized=1,
    texts_in=3,
    texts_unprinted=0,
    longest_gap_ms=41.4,
    jitter_ms=1.26,
    queue_peak_ms=200.0,
    ending=Ending("provider", 1000, "caller hung up"),
)


def test_whole_line() -> None:
    """Who, close code, reason, duration and every figure are in one line."""
    assert explain(REPORT) == (
        "call 7 ended by provider (close code 1000: caller hung up) after 63.4 s: "
        "3172 frames in, 3170 out, 2 dropped, 1 wrong-sized, "
        "longest gap 41 ms, jitter 1.3 ms, queue peak 200 ms"
    )


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        (Ending("provider", 1000, ""), "call 7 ended by provider (close code 1000) after"),
        (Ending("provider", 1005, ""), "call 7 ended by provider (close code 1005) after"),
        (Ending("provider", 1006, "hung up"), "call 7 ended by provider (no close frame: hung up) after"),
        (Ending("network", 1006, "reset"), "call 7 ended by network (no close frame: reset) after"),
        (Ending("network", 1006, ""), "call 7 ended by network (no close frame) after"),
        (
            Ending("echo", 1011, "internal error"),
            "call 7 ended by echo (close code 1011: internal error) after",
        ),
    ],
    ids=str,
)
def test_who_and_how(ending: Ending, told: str) -> None:
    """Each kind of ending names who it was, and whether there was a Close frame."""
    assert explain(replace(REPORT, ending=ending)).startswith(told)


def test_a_peer_cannot_forge_lines() -> None:
    """The peer's reason is escaped, and cut where it is long."""
    line = explain(replace(REPORT, ending=Ending("provider", 4000, "x\ncall 8 ended" + "y" * 500)))
    assert "\n" not in line
    assert r"(close code 4000: x\ncall 8 endedyyy" in line
    assert len(line) < 500


def test_texts_that_were_not_printed_are_told() -> None:
    """A console that did not show everything says so at the end."""
    assert explain(replace(REPORT, texts_unprinted=12)).endswith("queue peak 200 ms, 12 texts not printed")


def test_every_figure_is_in_the_list() -> None:
    """A report as JSON has all that a report has, but for the clock's time, and the metadata parsed."""
    told = as_json(replace(REPORT, round_trip_ms=12.345, since=1.8e9))

    assert set(told) == {field.name for field in fields(CallReport)} - {"start", "at"} | {"metadata"}
    assert told["round_trip_ms"] == 12.3
    assert told["ending"] == {"by": "provider", "code": 1000, "reason": "caller hung up", "limit": ""}
    assert (told["number"], told["since"], told["seconds"], told["metadata"]) == (7, 1.8e9, 63.44, {})


def test_a_call_that_is_on_has_no_ending_in_the_list() -> None:
    """What is not there yet is null."""
    told = as_json(replace(REPORT, ending=None))

    assert told["ending"] is None
    assert told["round_trip_ms"] is None


def test_whatever_a_peer_said_can_be_written() -> None:
    """Metadata and reasons of any kind are JSON again, in ASCII."""
    start = Start(b'{"event": "websocket:connected", "to": "447700900000", "odd": ["\\u202e", 1e300, null]}')
    report = replace(REPORT, start=start, ending=Ending("provider", 4000, "\ud800\n\u202e"))

    written = json.dumps(as_json(report), allow_nan=False)

    assert written.isascii()
    assert json.loads(written)["metadata"] == {"to": "447700900000", "odd": ["\u202e", 1e300, None]}


def test_only_what_has_ended_can_be_explained() -> None:
    """A call that is on has no end; asking for it is a bug."""
    with pytest.raises(ValueError, match="the call has not ended"):
        explain(replace(REPORT, ending=None))
