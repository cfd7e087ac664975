"""What is left of a script for a call whose socket was lost."""

from __future__ import annotations

import pytest

from echo.ncco.again import connected_again
from echo.untrusted import Json

HERE = "wss://echo.example.com/socket"


def to(uri: Json, **more: Json) -> dict[str, Json]:
    """An action that connects to a socket."""
    return {"action": "connect", "endpoint": [{"type": "websocket", "uri": uri, **more}]}


HELLO: dict[str, Json] = {"action": "talk", "text": "hello"}
GOODBYE: dict[str, Json] = {"action": "talk", "text": "goodbye"}


def test_from_the_connect_on() -> None:
    """What came before is over, what comes behind still comes."""
    script = [HELLO, to(HERE), GOODBYE]
    assert connected_again(script, HERE, {}) == [to(HERE), GOODBYE]


@pytest.mark.parametrize(
    "lost",
    [
        None,
        HERE,
        f"{HERE}/",
        f"{HERE}/AAAAAAAAAAAAAAAAAAAAAA",
        f"{HERE}?lang=en",
        "ws://10.0.0.5:8000/socket",
    ],
)
def test_the_same_socket_by_another_name(lost: str | None) -> None:
    """Host, query and the key of one upgrade differ from one time to the next."""
    fresh = f"{HERE}/BBBBBBBBBBBBBBBBBBBBBB"
    assert connected_again([HELLO, to(fresh)], lost, {}) == [to(fresh)]


@pytest.mark.parametrize("lost", ["wss://echo.example.com/talk", "", "wss://[", "447700900000"])
def test_another_socket(lost: str) -> None:
    """A socket that the script does not lead to is not ours to connect."""
    assert connected_again([HELLO, to(HERE)], lost, {}) is None


def test_the_right_one_of_several() -> None:
    """A script may have several sockets; it goes on at the one that was lost."""
    script = [to("wss://a.example/menu"), to(HERE), to("wss://a.example/bot")]
    assert connected_again(script, "wss://a.example/bot", {}) == script[2:]
    assert connected_again(script, None, {}) == script


def test_metadata_is_told_again() -> None:
    """As it was told first, types and all; more than the provider takes is left as the script has it."""
    script = [to(HERE, headers={"uuid": "new"}), GOODBYE]
    (connect, _) = connected_again(script, HERE, {"uuid": "old", "age": 40}) or []
    assert connect == to(HERE, headers={"uuid": "old", "age": 40})
    assert connected_again(script, HERE, {"much": "x" * 512}) == script
    assert script == [to(HERE, headers={"uuid": "new"}), GOODBYE]


@pytest.mark.parametrize(
    "action",
    [
        {"action": "connect"},
        {"action": "connect", "endpoint": []},
        {"action": "connect", "endpoint": "x"},
        {"action": "connect", "endpoint": ["x"]},
        {"action": "connect", "endpoint": [{"type": "phone", "number": "1"}]},
        {"action": "connect", "endpoint": [{"type": "websocket"}]},
        to(7),
        {"action": "talk", "endpoint": [{"type": "websocket", "uri": HERE}]},
    ],
)
def test_what_is_no_connect_to_a_socket(action: dict[str, Json]) -> None:
    """An operator's script may say anything; it is passed over."""
    assert connected_again([action, to(HERE)], None, {}) == [to(HERE)]
    assert connected_again([action], None, {}) is None
