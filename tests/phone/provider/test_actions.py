"""What is read out of an action, also out of a sloppy one."""

from __future__ import annotations

import pytest

from echo.phone.provider.actions import (
    Hook,
    describe,
    describe_endpoint,
    endpoint_of,
    hook_of,
    is_synchronous,
    limit_of,
    listens_for,
    press_keys,
    wait_seconds,
)
from echo.untrusted import Json

DEFAULT = Hook("http://app.test/events", "GET")


@pytest.mark.parametrize(
    ("action", "hook"),
    [
        ({}, DEFAULT),
        ({"eventUrl": ["http://x/"]}, Hook("http://x/", "POST")),
        ({"eventUrl": ["http://x/"], "eventMethod": "GET"}, Hook("http://x/", "GET")),
        ({"eventUrl": "http://x/", "eventMethod": "POST"}, Hook("http://x/", "POST")),
        ({"eventUrl": []}, DEFAULT),
        ({"eventUrl": [5]}, DEFAULT),
        ({"eventMethod": "POST"}, DEFAULT),
    ],
)
def test_where_events_go(action: dict[str, Json], hook: Hook) -> None:
    """An action's own URL has a method of its own; without one both are the application's."""
    assert hook_of(action, DEFAULT) == hook


@pytest.mark.parametrize(
    ("endpoint", "found"),
    [
        ([{"type": "websocket"}], {"type": "websocket"}),
        ({"type": "phone"}, {"type": "phone"}),
        ([], None),
        (None, None),
        ([{"uri": "ws://x"}], None),
        (["websocket"], None),
        ([{"type": 5}], None),
    ],
)
def test_endpoints(endpoint: Json, found: dict[str, Json] | None) -> None:
    """The one object of the array is the endpoint if it has a type."""
    assert endpoint_of({"endpoint": endpoint}) == found


def test_synchronous() -> None:
    """Only that very word makes events ask for an NCCO."""
    assert is_synchronous({"eventType": "synchronous"})
    assert not is_synchronous({"eventType": "Synchronous"})
    assert not is_synchronous({})


@pytest.mark.parametrize(
    ("value", "limit"),
    [
        (60, 60),
        ("60", 60),
        (None, 7200),
        ("soon", 7200),
        (True, 7200),
        ("inf", 7200),
        ("nan", 7200),
        (1e9, 7200),
    ],
)
def test_limits(value: Json, limit: float) -> None:
    """A number may be a string; what is no finite number counts as absent, which is two hours, as the most is."""
    assert limit_of({"limit": value}) == limit


@pytest.mark.parametrize(
    ("timeout", "seconds"), [(None, 10), (2.5, 2.5), ("3", 3), (0, 0.1), (-1, 0.1), (10**9, 7200), ([], 10)]
)
def test_waits_are_clamped(timeout: Json, seconds: float) -> None:
    """A wait without a time takes 10 s, and one that is out of range the nearest that is allowed."""
    assert wait_seconds({"timeout": timeout}) == seconds


@pytest.mark.parametrize(
    ("action", "wanted"),
    [
        ({"type": ["dtmf"]}, ("dtmf",)),
        ({"type": ["speech", "dtmf"]}, ("dtmf", "speech")),
        ({"type": ["speech"]}, ("speech",)),
        ({}, ("dtmf",)),
        ({"type": "dtmf"}, ()),
        ({"type": []}, ()),
    ],
)
def test_what_an_input_listens_for(action: dict[str, Json], wanted: tuple[str, ...]) -> None:
    """An input names what it listens for; the old form without a type listens for keys."""
    assert listens_for(action) == wanted


@pytest.mark.parametrize(
    ("settings", "keys", "pressed"),
    [
        ({}, "", ("", True, "")),
        ({}, "12", ("12", True, "")),
        ({}, "123456", ("1234", False, "56")),
        ({"maxDigits": 1}, "123", ("1", False, "23")),
        ({"maxDigits": "2"}, "123", ("12", False, "3")),
        ({"maxDigits": 99}, "1" * 30, ("1" * 20, False, "1" * 10)),
        ({"maxDigits": 0}, "12", ("1", False, "2")),
        ({"submitOnHash": True}, "12#3", ("12", False, "3")),
        ({"submitOnHash": "true"}, "12#", ("12", False, "")),
        ({"submitOnHash": True}, "1234#5", ("1234", False, "5")),
        ({"submitOnHash": True}, "12345#", ("1234", False, "5#")),
        ({"submitOnHash": True}, "#", ("", False, "")),
        ({"submitOnHash": False}, "1#", ("1#", True, "")),
    ],
)
def test_keys_are_pressed(settings: dict[str, Json], keys: str, pressed: tuple[str, bool, str]) -> None:
    """Keys go to an input until it has enough or a hash ends it; the rest is for the next one."""
    assert press_keys({"dtmf": settings}, keys) == pressed
    assert press_keys(settings, keys) == pressed


@pytest.mark.parametrize(
    ("action", "line"),
    [
        ({"action": "talk", "text": "hello\n\x1b[2J"}, 'talk: "hello\\n\\x1b[2J"'),
        ({"action": "stream", "streamUrl": ["http://x/a.mp3"]}, "stream: http://x/a.mp3"),
        ({"action": "record"}, "record"),
        ({"action": "conversation", "name": "room"}, "conversation: room"),
        ({"action": "talk"}, "talk"),
        ({"action": "stream", "streamUrl": [1]}, "stream"),
    ],
)
def test_an_action_in_a_line(action: dict[str, Json], line: str) -> None:
    """An action is told by its name and what says most about it, escaped."""
    assert describe(action) == line


def test_a_long_text_is_cut() -> None:
    """A text of 1,500 characters does not fill the screen."""
    assert len(describe({"action": "talk", "text": "x" * 1500})) < 150


@pytest.mark.parametrize(
    ("endpoint", "line"),
    [
        ({"type": "websocket", "uri": "ws://x/"}, "websocket ws://x/"),
        ({"type": "phone", "number": "4477"}, "phone 4477"),
        ({"type": "app", "user": "zoë"}, "app zo\\u00eb"),
        ({"type": "vbc", "extension": "12"}, "vbc 12"),
        ({"type": "sip"}, "sip"),
    ],
)
def test_an_endpoint_in_a_line(endpoint: dict[str, Json], line: str) -> None:
    """An endpoint is told by its type and where it is."""
    assert describe_endpoint(endpoint) == line
