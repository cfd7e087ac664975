"""Tests of echo.phone.faults.forgery."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from echo.phone.dial import signer_of
from echo.phone.faults.forgery import Tampered
from echo.phone.order import CallOrder
from tests.phone.faults.fragile import SECRET


def decode(authorization: str | None, *, verify: bool = True) -> dict[str, Any]:
    """The claims of a token."""
    token = str(authorization).removeprefix("Bearer ")
    options: Any = {"verify_signature": verify}
    known: dict[str, Any] = jwt.decode(token, SECRET, algorithms=["HS256"], options=options)
    return known


def sent(body: bytes | None) -> tuple[str | None, bytes | None]:
    """What is sent in the place of ``body``."""
    signer = signer_of(CallOrder("http://app/", signature_secret=SECRET), Tampered)
    assert signer is not None
    return signer.sign(body)


def test_a_token_is_altered_where_there_is_no_body() -> None:
    """It is well formed and says something else than what was signed."""
    authorization, body = sent(None)

    assert body is None
    assert decode(authorization, verify=False)["jti"].endswith("-altered")
    with pytest.raises(jwt.InvalidSignatureError):
        decode(authorization)


def test_a_body_is_altered_where_there_is_one() -> None:
    """The token is good, and not that of what is sent."""
    authorization, body = sent(b"{}")

    assert body not in {b"{}", None}
    assert decode(authorization)["iss"] == "Vonage"
