"""Tests of echo.web.events: what the provider tells us of a call."""

from __future__ import annotations

import json

import pytest

from tests.face import Face

EVENT = {"status": "ringing", "uuid": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab", "from": "447700900000"}


@pytest.mark.parametrize("path", ["/events", "/webhooks/event"])
def test_an_event_is_logged_and_answered_with_nothing(path: str) -> None:
    """A posted event becomes one line; the empty 200 tells the provider to go on."""
    face = Face()

    answer = face.ask(path, method="POST", body=json.dumps(EVENT).encode())

    assert (answer.status, answer.body) == (200, b"")
    (line,) = face.log.at("info")
    assert "ringing" in line
    assert EVENT["uuid"] in line


def test_an_event_may_come_as_a_query() -> None:
    """An application that chose GET for its events is understood as well."""
    face = Face()

    answer = face.ask("/events?status=answered&uuid=aa")

    assert (answer.status, answer.body) == (200, b"")
    assert "answered" in face.log.at("info")[0]


@pytest.mark.parametrize(
    "body",
    [
        b"no json",
        b"[]",
        b'"text"',
        b"{",
        b"\xff\xfe{}",
        b'{"a":' + b"[" * 40 + b"]" * 40 + b"}",
        b"[" * 60000,
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
    ],
)
def test_what_is_no_object_is_refused(body: bytes) -> None:
    """A body that is no JSON object is answered with 400 and a sentence, and changes nothing."""
    face = Face()

    answer = face.ask("/events", method="POST", body=body)

    assert answer.status == 400
    assert answer.json()["error"]
    assert face.log.at("info") == []


def test_events_do_not_fill_the_disk() -> None:
    """Beyond its budget events are taken and answered, and their lines counted instead of written."""
    face = Face(http_log_burst=2, http_log_per_second=1)
    answers = [face.ask("/events?status=ringing").status for _ in range(5)]
    assert answers == [200] * 5
    assert len(face.log.at("info")) == 2

    face.clock.advance(1)
    face.ask("/events?status=answered")

    assert "answered" in face.log.at("info")[-1]
    assert face.log.at("warn") == ["3 lines about webhooks were left out: too many a second"]


def test_an_event_forges_no_line() -> None:
    """Line ends and escapes within an event stay within its line."""
    face = Face()

    face.ask("/events", method="POST", body=json.dumps({"status": "x\n\x1b[2Jforged"}).encode())

    (line,) = face.log.at("info")
    assert line.isprintable()
    assert line.isascii()
