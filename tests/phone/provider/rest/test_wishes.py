"""Tests of echo.phone.provider.rest.wishes: requests as they are read, and as they are refused."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.phone.provider.rest.wishes import MAX_BODY, RefusedError, Wish, read_wish
from echo.vonage import requests
from echo.vonage.endpoints import phone, socket
from echo.vonage.requests import NewCall
from tests.phone.provider.rest.legs import UUID

NCCO = [{"action": "talk", "text": "hello"}]
PHONE = {"type": "phone", "number": "447700900123"}
SOCKET = {"type": "websocket", "uri": "wss://h/", "content-type": "audio/l16;rate=16000"}
CALL: dict[str, Any] = {"to": [PHONE], "from": {"type": "phone", "number": "447700900124"}, "ncco": NCCO}


def read(method: str, path: str, document: object = None) -> Wish:
    """Read a request with a JSON body."""
    return read_wish(method, path, b"" if document is None else json.dumps(document).encode())


@pytest.mark.parametrize(
    ("request_", "verb"),
    [
        (requests.look(UUID), "look"),
        (requests.hang_up(UUID), "hangup"),
        (requests.mute(UUID), "mute"),
        (requests.mute(UUID, on=False), "unmute"),
        (requests.earmuff(UUID), "earmuff"),
        (requests.earmuff(UUID, on=False), "unearmuff"),
        (requests.transfer(UUID, ncco=NCCO), "transfer"),
        (requests.transfer(UUID, url="https://h/"), "transfer"),
        (requests.talk(UUID, "a"), "talk"),
        (requests.stop_talk(UUID), "stop talk"),
        (requests.stream(UUID, "https://h/a.mp3"), "stream"),
        (requests.stop_stream(UUID), "stop stream"),
        (requests.press(UUID, "1"), "dtmf"),
    ],
)
def test_what_our_client_sends_is_understood(request_: requests.Request, verb: str) -> None:
    """Each request of it is the wish that it is meant as."""
    wish = read(request_.method, request_.path, request_.document)
    assert (wish.verb, wish.uuid) == (verb, UUID)
    assert wish.document == (request_.document or {})


@pytest.mark.parametrize(
    "call",
    [
        NewCall(to=phone("447700900123"), ncco=NCCO),
        NewCall(
            to=socket("wss://h/"), from_="447700900124", answer_url="https://h/", event_url="https://h/e"
        ),
        NewCall(to=phone("447700900123"), ncco=NCCO, ringing=120, longest=86400),
    ],
)
def test_a_call_of_our_client_is_understood(call: NewCall) -> None:
    """It is a call to be placed."""
    request_ = requests.create(call)
    assert read(request_.method, request_.path, request_.document).verb == "create"


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"to": []}, "to"),
        ({"to": [PHONE, PHONE]}, "to"),
        ({"to": PHONE}, "to"),
        ({"to": ["x"]}, "to"),
        ({"to": [{"type": "fax", "number": "1"}]}, "to"),
        ({"to": [{"type": ["phone"]}]}, "to"),
        ({"to": [{"type": "phone"}]}, "to"),
        ({"to": [{"type": "phone", "number": "+447700900123"}]}, "to"),
        ({"to": [{"type": "websocket", "uri": "wss://h/"}]}, "to"),
        ({"to": [SOCKET | {"content-type": "audio/l16;rate=44100"}]}, "to"),
        ({"from": None, "random_from_number": True}, "from"),
        ({"ncco": []}, "ncco"),
        ({"ncco": [{"action": "hangup"}]}, "ncco"),
        ({"answer_url": ["https://h/"]}, "ncco"),
        ({"event_url": "https://h/"}, "event_url"),
        ({"event_url": ["h"]}, "event_url"),
        ({"ringing_timer": 121}, "ringing_timer"),
        ({"length_timer": "60"}, "length_timer"),
    ],
)
def test_a_call_that_is_wrong(wrong: dict[str, Any], name: str) -> None:
    """It is answered by 400, which names what is wrong."""
    with pytest.raises(RefusedError) as caught:
        read("POST", "/v1/calls", CALL | wrong)
    reply = caught.value.reply
    assert (reply.status, reply.document and reply.document["error_title"]) == (400, "Bad Request")
    assert reply.document is not None
    assert [each["name"] for each in reply.document["invalid_parameters"]] == [name]  # type: ignore[union-attr,index,call-overload]  # as JSON has it


def test_a_call_without_a_number_that_calls() -> None:
    """Either one is named, or any will do; not neither."""
    call = {name: value for name, value in CALL.items() if name != "from"}
    assert read("POST", "/v1/calls", call | {"random_from_number": True}).verb == "create"
    with pytest.raises(RefusedError):
        read("POST", "/v1/calls", call)


LEG = f"/v1/calls/{UUID}"

#: What the keys of documents are called.
NAMES = (
    "to",
    "from",
    "type",
    "number",
    "uri",
    "ncco",
    "answer_url",
    "action",
    "destination",
    "url",
    "text",
    "digits",
)


@pytest.mark.parametrize(
    ("method", "path", "document", "status"),
    [
        ("GET", "/", None, 404),
        ("GET", "/v2/calls", None, 404),
        ("GET", "/v1/calls", None, 405),
        ("POST", LEG, {}, 405),
        ("PUT", f"{LEG}/input/dtmf", {}, 405),
        ("PUT", f"{LEG}/a/b/c", {}, 404),
        ("DELETE", LEG, None, 405),
        ("PUT", LEG, None, 400),
        ("PUT", LEG, [], 400),
        ("PUT", LEG, {}, 400),
        ("PUT", LEG, {"action": "explode"}, 400),
        ("PUT", LEG, {"action": ["hangup"]}, 400),
        ("PUT", LEG, {"action": "transfer"}, 400),
        ("PUT", LEG, {"action": "transfer", "destination": {"type": "ncco"}}, 400),
        ("PUT", LEG, {"action": "transfer", "destination": {"type": "x", "ncco": NCCO}}, 400),
        ("PUT", LEG, {"action": "transfer", "destination": {"type": "ncco", "ncco": []}}, 400),
        ("PUT", LEG, {"action": "transfer", "destination": {"type": "ncco", "url": "https://h/"}}, 400),
        ("PUT", f"{LEG}/talk", {}, 400),
        ("PUT", f"{LEG}/talk", {"text": ""}, 400),
        ("PUT", f"{LEG}/stream", {}, 400),
        ("PUT", f"{LEG}/stream", {"stream_url": "https://h/"}, 400),
        ("PUT", f"{LEG}/dtmf", {"digits": "12x"}, 400),
        ("PUT", f"{LEG}/dtmf", {"digits": 5.5}, 400),
    ],
)
def test_what_cannot_be_wished_for(method: str, path: str, document: object, status: int) -> None:
    """The status tells of what kind the mistake is."""
    with pytest.raises(RefusedError) as caught:
        read(method, path, document)
    assert caught.value.reply.status == status


def test_a_body_that_is_too_large() -> None:
    """It is not read."""
    with pytest.raises(RefusedError) as caught:
        read_wish("PUT", LEG, b" " * (MAX_BODY + 1))
    assert caught.value.reply.status == 413


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**6)
    | st.text(max_size=8)
    | st.sampled_from(["ncco", "phone"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(
    st.sampled_from(["POST", "PUT"]),
    st.sampled_from(["/v1/calls", LEG, f"{LEG}/talk", f"{LEG}/stream"]),
    JSON,
)
def test_whatever_is_sent_is_read_or_refused(method: str, path: str, document: object) -> None:
    """No document makes anything else of it."""
    with suppress(RefusedError):
        assert read(method, path, document).verb
