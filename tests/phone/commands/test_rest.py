"""``rest``, and the REST API beside a call: what is ordered."""

from __future__ import annotations

from typing import Any

import pytest

from echo.phone.commands.main import build, main
from echo.phone.commands.orders import api_order
from echo.phone.commands.parser import UsageError
from echo.phone.order import ApiOrder, RestOrder
from tests.phone.commands.conftest import StandIn

HTTP = "http://localhost:8000/ncco"
WS = "ws://localhost:8000/socket"


def beside(*words: str) -> ApiOrder | None:
    """The API beside a call."""
    parser, _ = build()
    return api_order(parser.parse_args(["call", *words]))


def test_a_call_has_no_api_unless_it_is_asked_for() -> None:
    """Nothing listens then."""
    assert beside(HTTP) is None


def test_an_api_beside_a_call() -> None:
    """Its port, whose requests it takes, and what it does wrong."""
    words = ("--rest-port", "9100", "--public-key", "k", "--rest-fault", "429:2", "--rest-fault", "slow")
    assert beside(HTTP, *words) == ApiOrder(9100, "k", None, ("429:2", "slow"))
    assert beside(HTTP, *words, "--application-id", "a") == ApiOrder(9100, "k", "a", ("429:2", "slow"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--rest-port", "9100"), "the REST API needs --public-key FILE"),
        (("--public-key", "k"), "--public-key is for the REST API: there is no --rest-port"),
        (("--rest-fault", "500"), "--rest-fault is for the REST API: there is no --rest-port"),
        (("--rest-port", "70000"), "is not a whole number from 0 to 65535"),
        (("--rest-fault", "418"), "this is no fault of the API: write one of 401, 429"),
    ],
)
def test_what_does_not_go(words: tuple[str, ...], told: str) -> None:
    """A sentence says why."""
    with pytest.raises(UsageError) as caught:
        beside(HTTP, *words)
    assert told in str(caught.value)


def test_a_socket_has_no_api(capsys: pytest.CaptureFixture[str]) -> None:
    """The application is not told of a call that it was not asked about."""
    assert main(["call", WS, "--rest-port", "0", "--public-key", "k"]) == 64
    assert "--rest-port is for an answer URL" in capsys.readouterr().err


def test_the_api_that_places_calls(stand_in: StandIn) -> None:
    """What each call does besides is as for one call."""
    orders: list[Any] = []

    def run_rest(order: RestOrder) -> int:
        orders.append(order)
        return 1

    stand_in("echo.phone.rest.run", run_rest=run_rest)
    words = "--port 9100 --public-key k --calls 3 --duration 5 --expect echo --event-url http://h/e --json"
    assert main(["rest", *words.split()]) == 1
    (order,) = orders
    assert (order.api, order.calls, order.output.as_json) == (ApiOrder(9100, "k"), 3, True)
    assert (order.call.duration, order.call.expect, order.call.event_url) == (5, "echo", "http://h/e")


def test_a_key_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    """An API that takes everybody's requests would show nothing."""
    assert main(["rest"]) == 64
    assert "needs --public-key FILE" in capsys.readouterr().err


def test_a_key_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    """It is told before anything listens."""
    assert main(["rest", "--public-key", "/nowhere"]) == 2
    assert "'/nowhere' cannot be read: No such file or directory" in capsys.readouterr().err
