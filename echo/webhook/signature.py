"""
The signature of a webhook: a JSON Web Token (RFC 7519) that says who sent it and which body it was.

The provider sends it as ``Authorization: Bearer <token>``, signed by HMAC-SHA-256 with the account's signature
secret, which is neither the API secret nor the private key of the application (Vonage, "Signed webhooks"). The
same kind of token opens a socket whose endpoint has ``"authorization": {"type": "vonage"}``.
"""

from __future__ import annotations

from hashlib import sha256

#: The claim ``iss`` of every token.
ISSUER = "Vonage"

#: No other algorithm is ever to be believed: a token names its own, and ``none`` is one of the names.
ALGORITHM = "HS256"


def payload_hash(body: bytes) -> str:
    """Hash a body as the claim of that name holds it: SHA-256 of the very bytes that are sent, in hex."""
    return sha256(body).hexdigest()


def sign(
    secret: str,
    body: bytes | None,
    *,
    iat: int,
    jti: str,
    api_key: str | None = None,
    application_id: str | None = None,
) -> str:
    """
    Make the token of one webhook.

    Args:
        secret: the account's signature secret, not empty.
        body: what is posted; ``None`` for a request without a body, whose token has no ``payload_hash``.
        iat: when it is signed, in seconds since 1970.
        jti: names this token and no other one, a UUID.
        api_key: the account, by which a receiver of several chooses the secret.
        application_id: the application.

    Returns:
        The token in its compact form, without ``Bearer``.

    Raises:
        ValueError: for an empty secret, and for a private key in its place.
    """
    if not secret:
        raise ValueError("the signature secret is empty: it must have at least one character")
    claims: dict[str, str | int] = {"iss": ISSUER, "iat": iat, "jti": jti}
    optional = {"api_key": api_key, "application_id": application_id}
    claims |= {name: value for name, value in optional.items() if value is not None}
    if body is not None:
        claims["payload_hash"] = payload_hash(body)
    return _encode(claims, secret)


def _encode(claims: dict[str, str | int], secret: str) -> str:
    import warnings  # noqa: PLC0415  only needed where tokens are

    import jwt  # noqa: PLC0415  a daemon or a phone without a secret need not load it

    with warnings.catch_warnings():
        # some secrets of the provider's accounts are shorter than the 32 bytes that PyJWT asks for
        warnings.simplefilter("ignore", jwt.InsecureKeyLengthWarning)
        try:
            return jwt.encode(claims, secret, algorithm=ALGORITHM)
        except jwt.InvalidKeyError:
            problem = "this is a key pair's key, where the signature secret of the account is required"
            raise ValueError(problem) from None
