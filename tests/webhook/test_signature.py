"""The token that signs a webhook, as a receiver reads it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest

from echo.webhook.signature import payload_hash, sign

SECRET = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEF"
JTI = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Header, claims, signature and what was signed, without the library that made the token."""
    header, claims, signature = (
        base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")
    )
    return json.loads(header), json.loads(claims), signature, token.rpartition(".")[0].encode()


def test_a_token_has_the_claims_of_the_documents() -> None:
    """Issuer, time, name, account, application and the hash of the body are there, under their names."""
    token = sign(SECRET, b'{"a":1}', iat=1800000000, jti=JTI, api_key="abcd1234", application_id="app")

    header, claims, _, _ = parts(token)

    assert header == {"alg": "HS256", "typ": "JWT"}
    assert claims == {
        "iss": "Vonage",
        "iat": 1800000000,
        "jti": JTI,
        "api_key": "abcd1234",
        "application_id": "app",
        "payload_hash": hashlib.sha256(b'{"a":1}').hexdigest(),
    }


def test_what_is_not_known_is_left_out() -> None:
    """Without account and application, and for a request without a body, the claims are the three others."""
    _, claims, _, _ = parts(sign(SECRET, None, iat=1, jti=JTI))
    assert claims == {"iss": "Vonage", "iat": 1, "jti": JTI}


def test_an_empty_body_is_a_body() -> None:
    """A body of no bytes has a hash; only a request without one has none."""
    _, claims, _, _ = parts(sign(SECRET, b"", iat=1, jti=JTI))
    assert claims["payload_hash"] == payload_hash(b"") == hashlib.sha256().hexdigest()


@pytest.mark.parametrize("secret", [SECRET, "x", "Zoë \U0001f600", " "])
def test_the_signature_is_hmac_sha_256(secret: str) -> None:
    """Header and claims are signed with the secret, also with a short one, and nothing is warned of."""
    _, _, signature, signed = parts(sign(secret, b"{}", iat=1, jti=JTI))
    assert hmac.compare_digest(signature, hmac.new(secret.encode(), signed, hashlib.sha256).digest())


def test_another_secret_does_not_verify() -> None:
    """A library that checks the token refuses it with any other secret."""
    token = sign(SECRET, None, iat=1, jti=JTI)
    assert jwt.decode(token, SECRET, ["HS256"])["jti"] == JTI
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, SECRET[::-1], ["HS256"])


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        ("", "empty"),
        (
            "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n",
            "the signature secret of the account",
        ),
        ("ssh-rsa AAAAB3NzaC1yc2E", "the signature secret of the account"),
    ],
)
def test_a_secret_that_is_none_is_refused(secret: str, problem: str) -> None:
    """No secret at all, or a key of another kind, is told from a signature secret."""
    with pytest.raises(ValueError, match=problem):
        sign(secret, None, iat=1, jti=JTI)


@pytest.mark.parametrize("body", [None, b"", b'{"a":1}'])
def test_the_providers_own_library_believes_a_token(body: bytes | None) -> None:
    """What we sign passes ``verify_signature`` of Vonage's SDK, and no other secret's does."""
    vonage_jwt = pytest.importorskip("vonage_jwt", reason="vonage-jwt is not installed")
    token = sign(SECRET, body, iat=1700000000, jti=JTI, api_key="abcd1234")
    assert vonage_jwt.verify_signature(token, SECRET) is True
    assert vonage_jwt.verify_signature(token, SECRET[::-1]) is False
