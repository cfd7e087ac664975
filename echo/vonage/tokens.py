"""
The tokens by which an application proves itself to the provider's REST API.

Each is a JSON Web Token (RFC 7519), signed by RS256 with the private key of the application, whose public half the
provider holds (Vonage, "Authentication: JWT"). One serves for a quarter of an hour, as those of the provider's own
libraries, and is replaced before that. It is a secret as long as it lives: nothing here shows one.

Nothing here asks for the time or for randomness: both are brought.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

#: The provider takes no other from an application.
ALGORITHM: Final = "RS256"

#: Seconds for which a token is good, and those before its end in which none is used: a request takes its time, and
#: the provider's clock may be ahead.
LIFE: Final = 900
MARGIN: Final = 60

#: RFC 7518 section 3.3.
LEAST_BITS: Final = 2048

#: The id of an application is a UUID; to us it is opaque.
_APPLICATION_ID = re.compile(r"[!-~]{1,64}")


def is_application_id(text: str) -> bool:
    """Tell whether a text can be the id of an application."""
    return _APPLICATION_ID.fullmatch(text) is not None


def parse_private_key(pem: bytes) -> RSAPrivateKey:
    """
    Read the private key of an application, as the provider's dashboard gives it: PEM, without a password.

    Raises:
        ValueError: with the rest of a sentence that begins with the name of the file.
    """
    # a daemon that places no calls need not load it
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    if b"PUBLIC KEY-----" in pem and b"PRIVATE KEY-----" not in pem:
        raise ValueError("holds the public key, which the provider keeps")
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        raise ValueError("holds a key with a password, and nobody is here to type it") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("holds no private key in PEM (-----BEGIN PRIVATE KEY-----)") from None
    if not isinstance(key, RSAPrivateKey):
        problem = "holds a key that is not RSA, as that of an application is"
        raise ValueError(problem)  # noqa: TRY004  what is wrong is in the file
    if key.key_size < LEAST_BITS:
        raise ValueError(f"holds a key of {key.key_size} bits, and at least {LEAST_BITS} are required")
    return key


class ApplicationTokens:
    """
    The tokens of one application, each until shortly before its end.

    Attributes:
        made: how many there have been.
    """

    def __init__(
        self,
        application_id: str,
        key: RSAPrivateKey,
        *,
        now: Callable[[], float],
        random: Callable[[int], bytes],
    ) -> None:
        """
        Make tokens as they are needed.

        Args:
            application_id: whose tokens they are.
            key: see :func:`parse_private_key`.
            now: tells the time in seconds since 1970.
            random: gives so many random bytes, as ``os.urandom`` does.
        """
        self._application_id = application_id
        self._key = key
        self._now = now
        self._random = random
        self.made = 0
        self._token = ""
        self._made_at = 0

    def token(self) -> str:
        """Give a token that is good for the next minute, in its compact form, without ``Bearer``."""
        now = int(self._now())
        # a clock that was put back makes a token one of the future, which nobody takes
        if not self._token or not self._made_at <= now < self._made_at + LIFE - MARGIN:
            self._token, self._made_at = self._sign(now), now
            self.made += 1
        return self._token

    def forget(self, token: str) -> None:
        """Give no token any more that was refused; what has been made since then stays."""
        if token == self._token:
            self._token = ""

    def _sign(self, now: int) -> str:
        import jwt  # noqa: PLC0415  as above

        claims: dict[str, Any] = {
            "application_id": self._application_id,
            "iat": now,
            "exp": now + LIFE,
            "jti": str(UUID(bytes=self._random(16), version=4)),
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)
