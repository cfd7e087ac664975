"""
The signature of a token alone (RFC 7515), by PyJWT: HS256, and nothing else.

A module of its own, to be imported where there is a secret: PyJWT takes a tenth of a second to load.
"""

from __future__ import annotations

from jwt import PyJWS, PyJWTError
from jwt.algorithms import HMACAlgorithm

from echo.webhook.signature import ALGORITHM


class _Prepared(HMACAlgorithm):
    """
    HMAC with keys that were looked at when they were read.

    PyJWT would look at the key for each token anew, which takes longer than the rest of the work, and warn each time
    of one below 32 bytes, as some of the provider's accounts have.
    """

    def prepare_key(self, key: str | bytes) -> bytes:
        return key.encode() if isinstance(key, str) else key

    def check_key_length(self, key: bytes) -> None:  # noqa: ARG002  named by PyJWT
        return None


_JWS = PyJWS(algorithms=[])
_JWS.register_algorithm(ALGORITHM, _Prepared(HMACAlgorithm.SHA256))


def is_secret(text: str) -> bool:
    """Tell whether one can sign with ``text``: not with nothing, and not with what belongs to a key pair."""
    try:
        HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(text)
    except (PyJWTError, UnicodeEncodeError):
        return False
    return True


def signed_part(token: str, secret: str) -> bytes | None:
    """Return what a token says, not parsed, if ``secret`` has signed it, else ``None``."""
    try:
        payload: bytes = _JWS.decode(token, secret, algorithms=[ALGORITHM])
    except (PyJWTError, RecursionError):  # the latter from PyJWT before 2.15
        return None
    return payload
