"""Tests of echo.phone.faults.forgery and of the signers of echo.phone.faults.webhooks."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from echo.phone.faults.forgery import Tampered
from echo.phone.faults.webhooks import signer
from echo.phone.order import CallOrder
from echo.phone.provider.signing import Signer
from tests.phone.faults.fragile import SECRET


def decode(authorization: str | None, *, verify: bool = True) -> dict[str, Any]:
    """The claims of a token."""
    token = str(authorization).removeprefix("Bearer ")
    options: Any = {"verify_signature": verify}
    known: dict[str, Any] = jwt.decode(token, SECRET, algorithms=["HS256"], options=options)
    return known


def test_a_token_is_altered_where_there_is_no_body() -> None:
    """It is well formed and says something else than what was signed."""
    authorization, body = signer(CallOrder("http://app/", signature_secret=SECRET), Tampered).sign(None)

    assert body is None
    assert decode(authorization, verify=False)["jti"].endswith("-altered")
    with pytest.raises(jwt.InvalidSignatureError):
        decode(authorization)


def test_a_body_is_altered_where_there_is_one() -> None:
    """The token is good, and not that of what is sent."""
    authorization, body = signer(CallOrder("http://app/", signature_secret=SECRET), Tampered).sign(b"{}")

    assert body not in {b"{}", None}
    assert decode(authorization)["iss"] == "Vonage"


def test_a_signer_has_what_the_order_has() -> None:
    """Account and application are those of the command line."""
    order = CallOrder("http://app/", signature_secret=SECRET, api_key="k", application_id="a")
    known = decode(signer(order, Signer).sign(None)[0])

    assert (known["api_key"], known["application_id"]) == ("k", "a")


def test_nothing_is_signed_without_a_secret() -> None:
    """It would be a bug to come here."""
    with pytest.raises(ValueError, match="secret"):
        signer(CallOrder("http://app/"), Signer)
