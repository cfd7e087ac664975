"""Tests of echo.phone.faults.texts: large headers, late answers, storms of keys."""

from __future__ import annotations

import json

import pytest

from echo.phone.faults.texts import LargeHeaders, LateAnswers, filled, key_storm
from echo.untrusted import Json
from tests.phone.faults.doubles import FIRST_TEXT, RecordingLine

PROVIDERS = {"event", "content-type"}


def headers(told: dict[str, Json]) -> dict[str, Json]:
    """The endpoint's headers of a first text."""
    return {key: value for key, value in told.items() if key not in PROVIDERS}


@pytest.mark.parametrize("own", [{}, {"uuid": "x" * 36, "n": {"a": [1]}}, {"note": "\u00e9" * 50}])
def test_headers_are_filled_to_the_byte(own: dict[str, Json]) -> None:
    """What the endpoint has stays, and all headers together are 512 bytes of UTF-8."""
    told = filled({"event": "websocket:connected", "content-type": "audio/l16;rate=8000", **own})

    assert len(json.dumps(headers(told), ensure_ascii=False).encode()) == 512
    assert {key: told[key] for key in own} == own
    assert isinstance(told["phone-test"], dict)


def test_headers_that_are_large_stay_as_they_are() -> None:
    """Nothing is added where it would be too much."""
    told: dict[str, Json] = {"event": "websocket:connected", "note": "x" * 400}

    assert filled(told) == told


def test_the_first_text_has_the_headers() -> None:
    """It is one text, before any audio, with the provider's own words unchanged."""
    line = RecordingLine()
    LargeHeaders().open(line, FIRST_TEXT)
    ((verb, text),) = line.done

    assert verb == "text"
    assert {key: json.loads(text)[key] for key in PROVIDERS} == json.loads(FIRST_TEXT)


def test_answers_come_late_and_in_order() -> None:
    """An answer leaves 1.2 s after it was due, the next one after it."""
    manner, line = LateAnswers(), RecordingLine()
    manner.open(line, FIRST_TEXT)
    manner.meanwhile(line, 1.0)
    manner.answer(line, "first")
    manner.meanwhile(line, 1.5)
    manner.answer(line, "second")

    told = []
    for now in (2.1, 2.2, 2.6, 2.7, 9.0):
        manner.meanwhile(line, now)
        told.append(line.done[1:])
    assert told == [
        [],
        [("text", "first")],
        [("text", "first")],
        *[[("text", "first"), ("text", "second")]] * 2,
    ]


def test_answers_of_one_socket_are_not_given_on_the_next() -> None:
    """A call may open several sockets with the same manner."""
    manner, line = LateAnswers(), RecordingLine()
    manner.open(line, FIRST_TEXT)
    manner.answer(line, "first")
    manner.open(line, FIRST_TEXT)
    manner.meanwhile(line, 5.0)

    assert line.verbs() == ["text", "text"]


def test_a_storm_has_all_keys_in_time() -> None:
    """120 keys in half a second, all twelve of them."""
    keys = key_storm(0.3, 120, 240)

    assert (len(keys), keys[0], keys[-1][0] < 0.8) == (120, (0.3, "0"), True)
    assert {key for _, key in keys} == set("0123456789*#")
    assert list(keys) == sorted(keys, key=lambda press: press[0])
