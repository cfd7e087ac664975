"""
Whose requests are taken: those with a token of the application, signed by its private key.

As the provider does it (Vonage, "Authentication: JWT"): RS256 only, ``application_id``, ``iat`` and ``jti`` must be
there; without ``exp`` a token is good for 15 minutes, and none is for more than a day.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

#: Seconds: for what a token is good that does not say, the most that it may say, and how far clocks may be apart.
LIFE: Final = 900
LONGEST: Final = 24 * 3600
LEEWAY: Final = 30

_BEARER = re.compile(r"Bearer +([!-~]+)", re.IGNORECASE)
_MOST: Final = 8192


def parse_public_key(pem: bytes) -> Any:
    """
    Read the public key of an application from PEM; from its private one as well, which holds it.

    Raises:
        ValueError: with the rest of a sentence that begins with the name of the file.
    """
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  most calls do not need it
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        load_pem_private_key,
        load_pem_public_key,
    )

    try:
        if b"PRIVATE KEY-----" in pem:
            key: Any = load_pem_private_key(pem, password=None).public_key()
        else:
            key = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("holds no public key in PEM (-----BEGIN PUBLIC KEY-----)") from None
    if not isinstance(key, RSAPublicKey):
        problem = "holds a key that is not RSA, as that of an application is"
        raise ValueError(problem)  # noqa: TRY004  what is wrong is in the file
    return key


class Trust:
    """Tells good tokens from others."""

    def __init__(self, key: Any, *, now: Callable[[], float], application_id: str | None = None) -> None:
        """
        Take tokens that ``key`` proves.

        Args:
            key: see :func:`parse_public_key`.
            now: tells the time in seconds since 1970.
            application_id: whose tokens they must be; ``None`` for any that the key proves.
        """
        self._key = key
        self._now = now
        self._application_id = application_id

    def problem(self, authorization: str | None) -> str | None:
        """Say in one clause why a request is not taken, by its ``Authorization``; ``None`` for one that is."""
        if authorization is None:
            return "it has no Authorization header"
        found = _BEARER.fullmatch(authorization.strip())
        if found is None or len(authorization) > _MOST:
            return "its Authorization is no 'Bearer' and a token"
        return self._problem_of(found[1])

    def _problem_of(self, token: str) -> str | None:
        import jwt  # noqa: PLC0415  as above

        # times are looked at here, by the clock that we were given
        by_pyjwt = {f"verify_{name}": False for name in ("exp", "iat", "nbf", "aud", "iss", "sub", "jti")}
        try:
            claims = jwt.decode(token, self._key, algorithms=["RS256"], options=by_pyjwt)  # type: ignore[arg-type]  # names of a TypedDict
        except jwt.InvalidAlgorithmError:
            return "its token is not signed by RS256"
        except jwt.InvalidSignatureError:
            return "its token is signed by another key"
        except jwt.PyJWTError:
            return "its token is none"
        return self._claims_problem(claims)

    def _claims_problem(self, claims: dict[str, Any]) -> str | None:
        for name, kind in (("application_id", str), ("jti", str), ("iat", int)):
            if not isinstance(claims.get(name), kind) or claims[name] is True:
                return f"its token has no {name}"
        if self._application_id not in {None, claims["application_id"]}:
            return "its token is of another application"
        return _time_problem(claims, self._now())


def _time_problem(claims: dict[str, Any], now: float) -> str | None:
    begins = claims["iat"]
    ends = claims.get("exp", begins + LIFE)
    if not isinstance(ends, int | float) or ends > begins + LONGEST:
        return "its token is good for more than a day"
    if begins > now + LEEWAY:
        return "its token was made in the future"
    return "its token has expired" if ends < now else None
