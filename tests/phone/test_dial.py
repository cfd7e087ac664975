"""Tests of echo.phone.dial: what an order means for who signs, who listens and how a socket is opened."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from echo.errors import PhoneError
from echo.phone.dial import far_end_of, first_text, format_of, identity_of, own_socket, signer_of
from echo.phone.order import CallOrder
from echo.phone.provider.signing import API_KEY, Unsigned

URL = "ws://x.example/"
SECRET = "a signature secret that is long enough"


def claims(order: CallOrder) -> dict[str, Any]:
    """What a signer of ``order`` says in its token."""
    signer = signer_of(order)
    assert signer is not None
    token = str(signer.sign(None)[0]).removeprefix("Bearer ")
    known: dict[str, Any] = jwt.decode(token, SECRET, algorithms=["HS256"])
    return known


def test_a_signer_has_what_the_order_has() -> None:
    """Account and application are those of the command line; without one the account is made up."""
    known = claims(CallOrder(URL, signature_secret=SECRET, api_key="k", application_id="a"))

    assert (known["api_key"], known["application_id"]) == ("k", "a")
    assert claims(CallOrder(URL, signature_secret=SECRET))["api_key"] == API_KEY


def test_nobody_signs_without_a_secret() -> None:
    """Without a secret there is no signer; a secret that is none is one sentence; a fault has a signer of its kind."""
    assert signer_of(CallOrder(URL)) is None
    with pytest.raises(PhoneError, match="the signature secret: "):
        signer_of(CallOrder(URL, signature_secret=""))
    assert type(signer_of(CallOrder(URL, signature_secret=SECRET), Unsigned)) is Unsigned


def test_the_far_end() -> None:
    """The far end is what the order says, with its buffer and its way with a notify."""
    strict = far_end_of(CallOrder(URL))
    lax = far_end_of(CallOrder(URL, far_end="wsbridge", buffer=1024, notify_on_clear="answer"))

    assert (strict.name, strict.capacity, strict.answer_cleared) == ("documented", 3072, False)
    assert (lax.name, lax.capacity, lax.answer_cleared) == ("wsbridge", 1024, True)


@pytest.mark.parametrize(
    ("wanted", "authorization"),
    [
        (None, None),
        ("vonage", {"type": "vonage"}),
        ("Bearer x", {"type": "custom", "value": "Bearer x"}),
    ],
)
def test_a_socket_of_ones_own(wanted: str | None, authorization: object) -> None:
    """A socket is opened as if an NCCO had it, with the headers and the authorization of the order."""
    endpoint, leg = own_socket(CallOrder(URL, headers={"a": 1}, authorization=wanted))

    assert (endpoint["uri"], endpoint["headers"]) == (URL, {"a": 1})
    assert endpoint.get("authorization") == authorization
    assert (leg.limit, len(leg.uuid)) == (None, 36)


def test_who_calls() -> None:
    """The number of the order goes before the one that is proposed; without either it is made up."""
    assert identity_of(CallOrder(URL, caller="111", called="222"), "333").from_ == "111"
    assert identity_of(CallOrder(URL), "333").from_ == "333"
    assert identity_of(CallOrder(URL, called="222")).to == "222"


def test_the_first_text() -> None:
    """The first text has the rate of the call and the endpoint's headers, in the style of the order."""
    order = CallOrder(URL, leading_space=True, legacy=True)
    endpoint: dict[str, Any] = {"content-type": "audio/l16;rate=8000", "headers": {"a": [1]}}
    audio = format_of(order, endpoint)

    assert first_text(order, endpoint, audio) == ' {"a": [1], "content-type": "audio/l16;rate=8000"}'
    assert "event" in first_text(CallOrder(URL), {"headers": "x"}, format_of(CallOrder(URL), {}))
