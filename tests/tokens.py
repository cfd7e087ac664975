"""
Tokens as the provider signs webhooks with, right ones and all kinds of wrong ones.

They are made by the standard library alone, so that what the tests believe does not rest on the library under test.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

SECRET = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEF"
ROTATED = "ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210zyxwvu"
ACCOUNT = "abcd1234"
JTI = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"

#: When the tests take place, seconds since 1970; the face of ``tests.face`` has it at its start.
NOW = 1_800_000_000

HS256 = {"alg": "HS256", "typ": "JWT"}

_HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


def base64url(data: bytes) -> str:
    """Encode as tokens are (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encoded(value: object) -> str:
    """Encode a part of a token."""
    return base64url(json.dumps(value).encode())


def claims(body: bytes | None, **said: Any) -> dict[str, Any]:
    """What a token of the provider says; ``...`` leaves a claim out."""
    whole: dict[str, Any] = {"iss": "Vonage", "iat": NOW, "jti": JTI, "api_key": ACCOUNT}
    if body is not None:
        whole["payload_hash"] = hashlib.sha256(body).hexdigest()
    return {name: value for name, value in {**whole, **said}.items() if value is not ...}


def token(
    said: object, *, secret: str = SECRET, header: object = HS256, text: bytes | None = None, digest: str = ""
) -> str:
    """A token that says this, or, whatever that is, ``text``; signed by ``digest`` or as its header claims."""
    algorithm = header.get("alg") if isinstance(header, dict) else None
    digest = digest or (_HASHES.get(algorithm, "sha256") if isinstance(algorithm, str) else "sha256")
    signed = f"{encoded(header)}.{encoded(said) if text is None else base64url(text)}"
    return f"{signed}.{base64url(hmac.digest(secret.encode(), signed.encode(), digest))}"


def bearer(body: bytes | None = None, *, secret: str = SECRET, header: object = HS256, **said: Any) -> str:
    """An ``Authorization`` as the provider sends it, with some claims changed."""
    return f"Bearer {token(claims(body, **said), secret=secret, header=header)}"
