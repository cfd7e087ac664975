"""Tests of echo.phone.provider.rest.trust: whose requests the simulated API takes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from echo.phone.provider.rest.trust import Trust, parse_public_key
from echo.vonage.tokens import ApplicationTokens
from tests.vonage.keys import APPLICATION, key, private_pem, public_pem

NOON = 1795348800

GOOD: dict[str, Any] = {"application_id": APPLICATION, "iat": NOON, "jti": "a"}


def theirs(number: int = 0) -> str:
    """A token that the provider's own library makes of an application's key."""
    vonage_jwt = pytest.importorskip("vonage_jwt", reason="vonage-jwt is not installed")
    client = vonage_jwt.JwtClient(APPLICATION, private_pem(number).decode())
    made: bytes = client.generate_application_jwt()
    return made.decode()


def ours(number: int = 0) -> str:
    """A token that we make of it."""
    return ApplicationTokens(APPLICATION, key(number), now=time.time, random=os.urandom).token()


def trust(now: Callable[[], float] = lambda: NOON) -> Trust:
    """Who trusts the application's key."""
    return Trust(parse_public_key(public_pem()), now=now, application_id=APPLICATION)


def bearer(claims: dict[str, Any], number: int = 0, algorithm: str = "RS256") -> str:
    """A token as the header has it."""
    return f"Bearer {jwt.encode(claims, key(number), algorithm=algorithm)}"


def test_tokens_of_the_provider_s_own_library_and_ours_are_taken_alike() -> None:
    """They say the same, in the same form."""
    tokens = theirs(), ours()
    assert [trust(time.time).problem(f"Bearer {token}") for token in tokens] == [None, None]
    first, second = (jwt.decode(token, options={"verify_signature": False}) for token in tokens)
    assert first.keys() == second.keys()
    assert first["exp"] - first["iat"] == second["exp"] - second["iat"]
    assert jwt.get_unverified_header(tokens[0]) == jwt.get_unverified_header(tokens[1])


def test_tokens_of_both_are_refused_alike() -> None:
    """With the key of another application."""
    told = [trust(time.time).problem(f"Bearer {token}") for token in (theirs(1), ours(1))]
    assert told == ["its token is signed by another key"] * 2


@pytest.mark.parametrize(
    "claims",
    [
        GOOD,
        GOOD | {"exp": NOON + 900},
        GOOD | {"exp": NOON + 86_400},
        GOOD | {"iat": NOON - 900},
        GOOD | {"iat": NOON + 30},
        GOOD | {"acl": {}, "sub": "someone", "nbf": NOON},
    ],
)
def test_a_good_token(claims: dict[str, Any]) -> None:
    """It has an application, a name and a time, and is not over."""
    assert trust().problem(bearer(claims)) is None
    assert trust().problem(bearer(claims).replace("Bearer", "bearer")) is None


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"iat": NOON, "jti": "a"}, "has no application_id"),
        ({"application_id": APPLICATION, "jti": "a"}, "has no iat"),
        ({"application_id": APPLICATION, "iat": NOON}, "has no jti"),
        (GOOD | {"iat": "now"}, "has no iat"),
        (GOOD | {"iat": True}, "has no iat"),
        (GOOD | {"jti": 5}, "has no jti"),
        (GOOD | {"application_id": "other"}, "is of another application"),
        (GOOD | {"iat": NOON - 901}, "has expired"),
        (GOOD | {"exp": NOON - 1}, "has expired"),
        (GOOD | {"iat": NOON + 31}, "was made in the future"),
        (GOOD | {"exp": NOON + 86_401}, "is good for more than a day"),
        (GOOD | {"exp": "later"}, "is good for more than a day"),
    ],
)
def test_a_token_that_says_the_wrong_thing(claims: dict[str, Any], told: str) -> None:
    """It is refused, and why is told."""
    assert trust().problem(bearer(claims)) == f"its token {told}"


@pytest.mark.parametrize(
    ("authorization", "told"),
    [
        (None, "it has no Authorization header"),
        ("", "its Authorization is no 'Bearer' and a token"),
        ("Basic YTpi", "its Authorization is no 'Bearer' and a token"),
        ("Bearer", "its Authorization is no 'Bearer' and a token"),
        (f"Bearer {'x' * 9000}", "its Authorization is no 'Bearer' and a token"),
        ("Bearer a.b.c", "its token is none"),
        ("Bearer x", "its token is none"),
    ],
)
def test_what_is_no_token(authorization: str | None, told: str) -> None:
    """It is refused before anything is made of it."""
    assert trust().problem(authorization) == told


def altered() -> str:
    """A token with the claims of another one."""
    head, _, signature = bearer(GOOD).split(".")
    return ".".join([head, bearer(GOOD | {"jti": "b"}).split(".")[1], signature])


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: f"Bearer {jwt.encode(GOOD, '', algorithm='none')}", "is not signed by RS256"),
        (lambda: f"Bearer {jwt.encode(GOOD, 'x' * 32, algorithm='HS256')}", "is not signed by RS256"),
        (lambda: bearer(GOOD, algorithm="PS256"), "is not signed by RS256"),
        (lambda: bearer(GOOD, 1), "is signed by another key"),
        (altered, "is signed by another key"),
    ],
)
def test_a_token_of_somebody_else(make: Callable[[], str], told: str) -> None:
    """Only RS256 with the application's key is believed, whatever a token says of itself."""
    assert trust().problem(make()) == f"its token {told}"


def test_any_application_will_do_where_none_is_named() -> None:
    """The key is proof enough then."""
    anybody = Trust(parse_public_key(public_pem()), now=lambda: NOON)
    assert anybody.problem(bearer(GOOD | {"application_id": "other"})) is None


def test_a_public_key_is_read() -> None:
    """From its own file, and from that of the private one."""
    assert parse_public_key(public_pem()) == key().public_key()
    assert parse_public_key(private_pem()) == key().public_key()


def test_what_is_no_public_key() -> None:
    """It is told in the rest of a sentence."""
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    for text in (b"", b"-----BEGIN PUBLIC KEY-----\n", b"-----BEGIN PRIVATE KEY-----\n"):
        with pytest.raises(ValueError, match="holds no public key in PEM"):
            parse_public_key(text)
    with pytest.raises(ValueError, match="not RSA"):
        parse_public_key(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
