"""Tests of echo.dial.options and echo.dial.order: from words to a call, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from echo.dial.options import VARIABLES, build
from echo.dial.order import TEST_CALL, DialOrder, dial_order
from echo.errors import EchoError, NccoError, RestError
from echo.phone.commands.parser import UsageError
from echo.service.setting import PREFIX
from echo.vonage.requests import create
from tests.vonage.keys import APPLICATION, key, private_pem

TO = ("--to", "447700900123")
SOCKET = ("--socket", "wss://echo.example.com/socket")
ENDPOINT = {
    "type": "websocket",
    "uri": "wss://echo.example.com/socket",
    "content-type": "audio/l16;rate=16000",
    "authorization": {"type": "vonage"},
}


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has an application."""
    file = tmp_path / "private.key"
    file.write_bytes(private_pem())
    return {"ECHO_APPLICATION_ID": APPLICATION, "ECHO_PRIVATE_KEY": str(file)}


def order(environ: dict[str, str], *words: str) -> DialOrder:
    """The order of a command line."""
    return dial_order(build().parse_args(words), environ)


def document(environ: dict[str, str], *words: str) -> Any:
    """What the API is sent for it."""
    return create(order(environ, *words).call).document


def test_a_phone_and_an_answer_url(environ: dict[str, str]) -> None:
    """The answer URL says what happens."""
    words = (*TO, "--from", "+44 20 7946 0000", "--answer-url", "https://echo.example.com/ncco")
    assert document(environ, *words) == {
        "to": [{"type": "phone", "number": "447700900123"}],
        "from": {"type": "phone", "number": "442079460000"},
        "answer_url": ["https://echo.example.com/ncco"],
        "answer_method": "GET",
    }
    assert document(environ, *words, "--post")["answer_method"] == "POST"


def test_a_phone_that_is_connected_to_a_socket(environ: dict[str, str]) -> None:
    """An NCCO connects the two, once the phone is answered."""
    said = document(environ, *TO, *SOCKET)
    assert said["ncco"] == [{"action": "connect", "endpoint": [ENDPOINT]}]
    assert said["random_from_number"] is True


def test_a_socket_alone(environ: dict[str, str]) -> None:
    """Something is read to it, so that there is something to hear."""
    said = document(environ, *SOCKET)
    assert (said["to"], said["ncco"]) == ([ENDPOINT], [{"action": "talk", "text": TEST_CALL}])
    said = document(environ, *SOCKET, "--talk", "Hello")
    assert said["ncco"] == [{"action": "talk", "text": "Hello"}]


def test_a_socket_in_other_ways(environ: dict[str, str]) -> None:
    """Its rate, its metadata, and who proves what."""
    words = ("--rate", "8000", "--header", "a=1", "--header", "b=x", "--authorization", "Bearer abc")
    assert document(environ, *SOCKET, *words)["to"] == [
        {
            "type": "websocket",
            "uri": "wss://echo.example.com/socket",
            "content-type": "audio/l16;rate=8000",
            "headers": {"a": 1, "b": "x"},
            "authorization": {"type": "custom", "value": "Bearer abc"},
        }
    ]
    assert "authorization" not in document(environ, *SOCKET, "--authorization", "none")["to"][0]


def test_an_ncco_in_a_file(environ: dict[str, str], tmp_path: Path) -> None:
    """It is followed as it is, once it is seen that the provider will take it."""
    file = tmp_path / "ncco.json"
    file.write_text('[{"action": "talk", "text": "Hello"}]')
    assert document(environ, *TO, "--ncco", str(file))["ncco"] == [{"action": "talk", "text": "Hello"}]


def test_times_and_events(environ: dict[str, str]) -> None:
    """They are sent as they are given."""
    words = ("--talk", "a", "--ringing", "20", "--longest", "60", "--event-url", "https://h/e")
    said = document(environ, *TO, *words)
    assert (said["ringing_timer"], said["length_timer"], said["event_url"]) == (20, 60, ["https://h/e"])


def test_the_application(environ: dict[str, str]) -> None:
    """The environment says whose call it is, unless the command line does."""
    made = order(environ, *TO, "--talk", "a")
    assert (made.application_id, made.api_url) == (APPLICATION, "https://api.nexmo.com")
    assert made.key.public_key() == key().public_key()
    made = order(environ, *TO, "--talk", "a", "--application-id", "b", "--api-url", "http://127.0.0.1:9/")
    assert (made.application_id, made.api_url) == ("b", "http://127.0.0.1:9")
    assert "PRIVATE" not in repr(made)


def test_the_variables_are_those_of_the_daemon() -> None:
    """One file of settings serves both."""
    assert list(VARIABLES.values()) == [PREFIX + name.upper() for name in VARIABLES]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "whom to call? --to NUMBER is a phone, --socket URL a WebSocket"),
        (TO, "what happens once it is answered?"),
        ((*TO, *SOCKET, "--talk", "a"), "connects the two"),
        ((*TO, "--talk", "a", "--post"), "there is no --answer-url"),
        ((*TO, "--talk", "a", "--header", "a=1"), "there is no --socket"),
        ((*TO, "--talk", "a", "--answer-url", "https://h/"), "do not go together"),
        (("--to", "x"), "is no phone number"),
        (("--socket", "https://h/"), "it must begin with ws:// or wss://"),
        ((*SOCKET, "--rate", "44100"), "is no rate"),
        ((*TO, "--talk", "a", "--ringing", "121"), "from 1 to 120"),
        ((*TO, "--talk", "a", "--application-id", "a b"), "is not the id of an application"),
        ((*TO, "--talk", "a", "--api-url", "http://api.nexmo.com"), "is no address of an API"),
    ],
)
def test_what_does_not_go(environ: dict[str, str], words: tuple[str, ...], told: str) -> None:
    """It is wrong usage, and a sentence says how to mend it."""
    with pytest.raises(UsageError) as caught:
        order(environ, *words)
    assert told in str(caught.value)


@pytest.mark.parametrize("missing", ["ECHO_APPLICATION_ID", "ECHO_PRIVATE_KEY"])
def test_an_application_is_needed(environ: dict[str, str], missing: str) -> None:
    """What is missing is named, with the variable that may hold it."""
    del environ[missing]
    with pytest.raises(UsageError, match=missing):
        order(environ, *TO, "--talk", "a")


@pytest.mark.parametrize(
    ("words", "kind", "told"),
    [
        (("--private-key", "/nowhere/private.key"), RestError, "cannot be read: No such file or directory"),
        (("--private-key", __file__), RestError, "holds no private key in PEM"),
        (("--ncco", "/nowhere/ncco.json"), RestError, "cannot be read"),
        (("--ncco", __file__), NccoError, "the text is not JSON"),
        (("--talk", "x" * 1501), NccoError, "--talk: $[0].text"),
        (("--socket", "wss://h/", "--header", f"a={'x' * 600}"), RestError, "bytes where 512 are allowed"),
    ],
)
def test_files_and_values_that_are_no_good(
    environ: dict[str, str], words: tuple[str, ...], kind: type[EchoError], told: str
) -> None:
    """No call can be placed then, and a sentence says why."""
    more = () if {"--ncco", "--talk", "--socket"} & set(words) else ("--talk", "a")
    with pytest.raises(kind) as caught:
        order(environ, *TO, *more, *words)
    assert told in str(caught.value)
