"""
The account's signature secrets, and how they are written down.

They are neither the API secret nor the private key of the application (Vonage, "Signed webhooks"). Nothing here, no
sentence and no ``repr``, shows one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

#: Each one is tried for each token, and two are enough to change them.
MOST_SECRETS = 16

#: An account's key as it stands before a colon: ``abcd1234:the secret``.
_ACCOUNT = re.compile(r"([0-9A-Za-z]{1,32}):(.*)")

_ANOTHER_KEY = "holds a key pair's key, or what is no text, where the account's signature secret is required"

_BETWEEN = re.compile(r"[,\r\n]")


@dataclass(frozen=True)
class Secret:
    """
    One signature secret of an account.

    Attributes:
        value: the secret.
        api_key: the only account whose tokens it may sign; ``None`` for any.
    """

    value: str = field(repr=False)
    api_key: str | None = None

    @classmethod
    def parse(cls, text: str) -> Secret:
        """
        Read ``SECRET`` or ``KEY:SECRET``; a secret with a colon that is good for any account begins with one.

        Raises:
            ValueError: with the rest of a sentence, for an empty secret, or a private key in its place.
        """
        from echo.webhook.jws import is_secret  # noqa: PLC0415  a daemon without a secret need not load PyJWT

        found = _ACCOUNT.fullmatch(text)
        key, value = (found[1], found[2]) if found else (None, text.removeprefix(":"))
        if not value:
            raise ValueError("holds an empty secret")
        if not is_secret(value):
            raise ValueError(_ANOTHER_KEY)
        return cls(value, key)


def parse_secrets(text: str) -> tuple[Secret, ...]:
    """
    Read one or several secrets, with commas or line ends between them; spaces around one are not of it.

    Raises:
        ValueError: with the rest of a sentence.
    """
    if "-----BEGIN" in text:
        raise ValueError(_ANOTHER_KEY)
    found = [Secret.parse(each.strip()) for each in _BETWEEN.split(text) if each.strip()]
    if not found:
        raise ValueError("holds no secret")
    if len(found) > MOST_SECRETS:
        raise ValueError(f"holds {len(found)} secrets")
    return tuple(dict.fromkeys(found))
