"""Tests of echo.phone.line.texts: what the provider says in text messages."""

from __future__ import annotations

import json

import pytest

from echo.phone.line.texts import TextStyle, connected, dtmf, key_of

CONTENT = "audio/l16;rate=16000"


def test_headers_are_flattened_with_their_types() -> None:
    """The endpoint's headers stand beside event and content-type, as JSON values."""
    message = connected(CONTENT, {"age": 40, "roles": ["a"], "deep": {"x": None}, "on": False})

    assert json.loads(TextStyle().write(message)) == {
        "event": "websocket:connected",
        "content-type": CONTENT,
        "age": 40,
        "roles": ["a"],
        "deep": {"x": None},
        "on": False,
    }


def test_a_header_does_not_replace_what_the_provider_says() -> None:
    """A header called content-type or event loses."""
    assert connected(CONTENT, {"content-type": "text/plain", "event": "mine"}) == connected(CONTENT, {})


def test_a_key_is_told_with_its_duration() -> None:
    """DTMF is one message for each key."""
    assert dtmf("#") == {"event": "websocket:dtmf", "digit": "#", "duration": 260}


def test_a_space_may_lead() -> None:
    """The published module puts one space before the JSON."""
    assert TextStyle(leading_space=True).write({"a": 1}) == ' {"a": 1}'


def test_legacy_texts_have_no_event() -> None:
    """Before October 2018 the key event was not there."""
    assert TextStyle(legacy=True).write(dtmf("5")) == '{"digit": "5", "duration": 260}'


@pytest.mark.parametrize("style", [TextStyle(), TextStyle(leading_space=True, legacy=True)])
def test_a_key_is_known_by_its_text(style: TextStyle) -> None:
    """In each form of it; the first text of a call is none, whatever headers it has."""
    first = style.write(connected("audio/l16;rate=8000", {"digit": "7"}))

    assert [key_of(style.write(dtmf(digit))) for digit in "09*#"] == ["0", "9", "*", "#"]
    assert key_of(first) == ""


@pytest.mark.parametrize(
    "text",
    [
        '{"event": "websocket:cleared"}',
        '{"event": "websocket:notify", "digit": "1"}',
        '{"digit": 1}',
        '"digit"',
        "",
    ],
)
def test_other_texts_press_no_key(text: str) -> None:
    """Answers, and what is no JSON object."""
    assert key_of(text) == ""
