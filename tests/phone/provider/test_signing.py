"""Signers: the good one, and those that are faults."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import jwt
import pytest

from echo.errors import PhoneError
from echo.phone.provider.signing import (
    STALE,
    Altered,
    Replayed,
    Signer,
    Stale,
    Unsigned,
    upgrade_authorization,
)
from echo.untrusted import Json
from echo.webhook.signature import payload_hash
from tests.phone.provider.doubles import NOON

SECRET = "0123456789abcdef0123456789abcdef"
BODY = b'{"status":"ringing"}'


def names() -> Callable[[], str]:
    """A source of names that are counted."""
    numbers = count()
    return lambda: f"name-{next(numbers)}"


def signer_of(kind: type[Signer], **more: Any) -> Signer:
    """A signer at noon."""
    return kind(SECRET, now=lambda: NOON + 0.9, new_id=names(), **more)


def claims_of(authorization: str | None) -> dict[str, Any]:
    """The claims of a token whose signature is right."""
    assert authorization is not None
    scheme, _, token = authorization.partition(" ")
    assert scheme == "Bearer"
    options: Any = {"verify_iat": False}  # the test's noon is not that of the machine
    claims: dict[str, Any] = jwt.decode(token, SECRET, ["HS256"], options=options)
    return claims


def test_each_request_has_a_token_of_its_own() -> None:
    """Time, account and hash are right, the body stays as it is, and no two tokens have the same name."""
    signer = signer_of(Signer, api_key="k", application_id="a")

    (first, body), (second, _) = signer.sign(BODY), signer.sign(BODY)

    claims = claims_of(first)
    assert body == BODY
    assert claims["jti"] != claims_of(second)["jti"]
    assert claims == {
        "iss": "Vonage",
        "iat": int(NOON),
        "jti": claims["jti"],
        "api_key": "k",
        "application_id": "a",
        "payload_hash": payload_hash(BODY),
    }


def test_a_request_without_a_body_has_no_hash() -> None:
    """A GET is signed too, and has nothing to hash."""
    authorization, body = signer_of(Signer).sign(None)
    assert body is None
    assert "payload_hash" not in claims_of(authorization)


def test_unsigned() -> None:
    """The fault sends the body without any signature."""
    assert signer_of(Unsigned).sign(BODY) == (None, BODY)


def test_altered() -> None:
    """The fault's token is well signed, and for other bytes than those that are sent; they stay JSON."""
    authorization, body = signer_of(Altered).sign(BODY)
    assert body is not None
    assert body.strip() == BODY
    assert claims_of(authorization)["payload_hash"] == payload_hash(BODY) != payload_hash(body)
    assert signer_of(Altered).sign(None)[1] is None


def test_stale() -> None:
    """The fault's token is right in all but its time, an hour ago."""
    claims = claims_of(signer_of(Stale).sign(BODY)[0])
    assert claims["iat"] == int(NOON) - STALE
    assert claims["payload_hash"] == payload_hash(BODY)


def test_replayed() -> None:
    """The fault's first token is right, and the later ones have its name."""
    signer = signer_of(Replayed)
    first, second = (claims_of(signer.sign(body)[0]) for body in (BODY, None))
    assert first["jti"] == second["jti"]
    other = claims_of(signer_of(Signer).sign(BODY)[0])
    assert other.keys() == first.keys()


@pytest.mark.parametrize("secret", ["", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"])
def test_a_secret_that_is_none_is_told_before_the_call(secret: str) -> None:
    """A signer cannot be made of a secret that cannot sign."""
    with pytest.raises(PhoneError, match="the signature secret"):
        Signer(secret, now=lambda: NOON, new_id=names())


@pytest.mark.parametrize(
    ("authorization", "sent"),
    [
        (None, None),
        ({"type": "custom", "value": "Bearer abc 123"}, "Bearer abc 123"),
        ({"type": "vonage"}, "a token"),
        ({}, "a token"),
        ({"type": "vonage", "value": "ignored"}, "a token"),
    ],
)
def test_the_authorization_of_an_upgrade(authorization: Json, sent: str | None) -> None:
    """Without the object there is no header; custom is verbatim; vonage, also the default, is a token."""
    endpoint: dict[str, Json] = {} if authorization is None else {"authorization": authorization}
    value = upgrade_authorization(endpoint, signer_of(Signer))
    if sent == "a token":
        assert claims_of(value)["iss"] == "Vonage"
    else:
        assert value == sent


@pytest.mark.parametrize(
    ("authorization", "problem"),
    [
        ("Bearer x", "no object"),
        ({"type": "custom"}, "needs a value"),
        ({"type": "custom", "value": ""}, "needs a value"),
        ({"type": "basic"}, "neither vonage nor custom"),
        ({"type": "vonage"}, "--signature-secret"),
    ],
)
def test_an_authorization_that_cannot_be_sent(authorization: Json, problem: str) -> None:
    """What is no authorization is told in one sentence, as is one that needs a secret where there is none."""
    with pytest.raises(PhoneError, match=problem):
        upgrade_authorization({"authorization": authorization}, None)
