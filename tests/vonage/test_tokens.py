"""Tests of echo.vonage.tokens: what a token says, and when there is a new one."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from echo.vonage.tokens import LIFE, MARGIN, ApplicationTokens, is_application_id, parse_private_key
from tests.vonage.keys import APPLICATION, key, private_pem, public_pem

NOON = 1795348800


class Clock:
    """A time that tests set, and randomness that counts."""

    def __init__(self) -> None:
        self.now = NOON + 0.75
        self.drawn = 0

    def random(self, count: int) -> bytes:
        """So many bytes, other ones each time."""
        self.drawn += 1
        return self.drawn.to_bytes(count, "big")

    def tokens(self) -> ApplicationTokens:
        """Tokens by this clock."""
        return ApplicationTokens(APPLICATION, key(), now=lambda: self.now, random=self.random)


def claims_of(token: str) -> dict[str, Any]:
    """What a token says; its signature is looked at, and its times are not."""
    options: Any = {"verify_exp": False, "verify_iat": False}
    said: dict[str, Any] = jwt.decode(token, key().public_key(), algorithms=["RS256"], options=options)
    return said


def test_what_a_token_says() -> None:
    """It names the application and itself, and is good for a quarter of an hour."""
    token = Clock().tokens().token()
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "typ": "JWT"}
    assert claims_of(token) == {
        "application_id": APPLICATION,
        "iat": NOON,
        "exp": NOON + 900,
        "jti": "00000000-0000-4000-8000-000000000001",
    }


@pytest.mark.parametrize(
    ("later", "made"),
    [(0, 1), (LIFE - MARGIN - 1, 1), (LIFE - MARGIN, 2), (LIFE, 2), (-1, 2), (-86_400, 2), (10**9, 2)],
)
def test_when_a_token_is_renewed(later: int, made: int) -> None:
    """It is used until a minute before its end; a clock that was put back makes it one of the future."""
    clock = Clock()
    tokens = clock.tokens()
    first = tokens.token()
    clock.now += later
    assert (tokens.token() == first) is (made == 1)
    assert tokens.made == made


def test_a_token_that_was_refused_is_used_no_more() -> None:
    """Another one is made, with a name of its own; refusing it again changes nothing."""
    tokens = Clock().tokens()
    first = tokens.token()
    tokens.forget(first)
    second = tokens.token()
    tokens.forget(first)
    assert second != first
    assert tokens.token() == second


def test_nothing_shows_a_token() -> None:
    """Neither the key nor a token is in what is shown of their holder."""
    tokens = Clock().tokens()
    token = tokens.token()
    assert token not in repr(tokens) + str(vars(type(tokens)))


def test_a_private_key_is_read() -> None:
    """PEM as the dashboard gives it, or as openssl once wrote it."""
    old = key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    assert parse_private_key(private_pem()).public_key() == key().public_key()
    assert parse_private_key(old).public_key() == key().public_key()
    assert parse_private_key(b"\r\n" + private_pem().replace(b"\n", b"\r\n")).key_size == 2048


def pem(made: Any, password: bytes | None = None) -> bytes:
    """A private key as a file."""
    how = NoEncryption() if password is None else BestAvailableEncryption(password)
    written: bytes = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)
    return written


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: b"", "holds no private key in PEM (-----BEGIN PRIVATE KEY-----)"),
        (lambda: b"\xff\x00", "holds no private key"),
        (lambda: private_pem()[:-200], "holds no private key"),
        (public_pem, "holds the public key, which the provider keeps"),
        (lambda: pem(key(), b"secret"), "holds a key with a password"),
        (lambda: pem(ec.generate_private_key(ec.SECP256R1())), "holds a key that is not RSA"),
        (lambda: pem(rsa.generate_private_key(65537, 1024)), "holds a key of 1024 bits, and at least 2048"),
    ],
)
def test_what_is_no_private_key(made: Any, told: str) -> None:
    """It is told in the rest of a sentence, which shows nothing of the file."""
    with pytest.raises(ValueError, match="holds") as caught:
        parse_private_key(made())
    assert str(caught.value).startswith(told)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("text", "is_one"), [(APPLICATION, True), ("a", True), ("", False), ("a b", False), ("x" * 65, False)]
)
def test_the_id_of_an_application(text: str, *, is_one: bool) -> None:
    """It is printable and short, and otherwise opaque."""
    assert is_application_id(text) is is_one
