"""Tests of echo.vonage.requests: what is asked for, and what is refused before it is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from echo.errors import RestError
from echo.vonage import requests
from echo.vonage.endpoints import phone
from echo.vonage.requests import NewCall

UUID = "63f61863-4a51-4f6b-86e1-46edebcf9356"
NCCO = [{"action": "talk", "text": "hello"}]
TO = phone("447700900123")


@pytest.mark.parametrize(
    ("request_", "method", "path", "document"),
    [
        (requests.look(UUID), "GET", "", None),
        (requests.hang_up(UUID), "PUT", "", {"action": "hangup"}),
        (requests.mute(UUID), "PUT", "", {"action": "mute"}),
        (requests.mute(UUID, on=False), "PUT", "", {"action": "unmute"}),
        (requests.earmuff(UUID), "PUT", "", {"action": "earmuff"}),
        (requests.earmuff(UUID, on=False), "PUT", "", {"action": "unearmuff"}),
        (
            requests.transfer(UUID, ncco=NCCO),
            "PUT",
            "",
            {"action": "transfer", "destination": {"type": "ncco", "ncco": NCCO}},
        ),
        (
            requests.transfer(UUID, url="https://h/a"),
            "PUT",
            "",
            {"action": "transfer", "destination": {"type": "ncco", "url": ["https://h/a"]}},
        ),
        (
            requests.talk(UUID, "hello", loop=2, level=-0.5, language="en-GB"),
            "PUT",
            "/talk",
            {"text": "hello", "loop": 2, "level": "-0.5", "language": "en-GB"},
        ),
        (requests.stop_talk(UUID), "DELETE", "/talk", None),
        (
            requests.stream(UUID, "https://h/a.mp3"),
            "PUT",
            "/stream",
            {"stream_url": ["https://h/a.mp3"], "loop": 1, "level": "0.0"},
        ),
        (requests.stop_stream(UUID), "DELETE", "/stream", None),
        (requests.press(UUID, "1p#*"), "PUT", "/dtmf", {"digits": "1p#*"}),
    ],
)
def test_a_verb(request_: requests.Request, method: str, path: str, document: object) -> None:
    """Each is the request that the API's specification has."""
    assert (request_.method, request_.path) == (method, f"/v1/calls/{UUID}{path}")
    assert request_.document == document


def test_what_is_not_to_be_done_twice() -> None:
    """Only placing a call and pressing keys do harm the second time."""
    assert not requests.create(NewCall(to=TO, ncco=NCCO)).repeatable
    assert not requests.press(UUID, "1").repeatable
    assert requests.hang_up(UUID).repeatable
    assert requests.talk(UUID, "a").repeatable


@pytest.mark.parametrize(
    "uuid",
    ["", "..", "a/b", "../v1/applications", "a?b", "a%2e", "a b", "a\n", "é", "x" * 65, "a#b", "a\\b", "."],
)
def test_what_is_no_uuid(uuid: str) -> None:
    """It becomes a part of a path, so nothing that a path is made of is let through."""
    with pytest.raises(RestError, match="is no uuid of a call"):
        requests.hang_up(uuid)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: requests.create(NewCall(to=TO)), "either an NCCO or the answer URL"),
        (lambda: requests.create(NewCall(to=TO, ncco=NCCO, answer_url="https://h/")), "either an NCCO"),
        (lambda: requests.create(NewCall(to=TO, ncco=[])), "at least one action"),
        (lambda: requests.create(NewCall(to=TO, ncco=NCCO, from_="x")), "is no phone number"),
        (lambda: requests.create(NewCall(to=TO, answer_url="h/ncco")), "is no URL"),
        (lambda: requests.create(NewCall(to=TO, ncco=NCCO, event_url="ftp://h")), "is no URL"),
        (lambda: requests.create(NewCall(to=TO, ncco=NCCO, ringing=121)), "1 to 120 are allowed"),
        (lambda: requests.create(NewCall(to=TO, ncco=NCCO, longest=0)), "1 to 86400 are allowed"),
        (lambda: requests.transfer(UUID), "either an NCCO or the URL"),
        (lambda: requests.transfer(UUID, ncco=NCCO, url="https://h/"), "either an NCCO or the URL"),
        (lambda: requests.transfer(UUID, ncco=[]), "at least one action"),
        (lambda: requests.talk(UUID, ""), "1 to 1500 characters"),
        (lambda: requests.talk(UUID, "x" * 1501), "this one has 1501"),
        (lambda: requests.talk(UUID, "x", level=1.1), "at a level from -1 to 1"),
        (lambda: requests.talk(UUID, "x", loop=-1), "0 (for ever) or more"),
        (lambda: requests.stream(UUID, "a.mp3"), "is no URL"),
        (lambda: requests.press(UUID, "12a"), "cannot be pressed"),
        (lambda: requests.press(UUID, ""), "cannot be pressed"),
    ],
)
def test_what_is_refused_before_it_is_asked(make: Callable[[], Any], told: str) -> None:
    """A sentence says what is wrong and what is allowed."""
    with pytest.raises(RestError) as caught:
        make()
    assert told in str(caught.value)
    assert caught.value.status is None
