"""
Who signs the webhooks of a phone, well or, as a fault, badly.

A fault is a signer of its own: the rest of the phone does not know that what it sends is to be refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from echo.errors import PhoneError
from echo.untrusted import Json
from echo.webhook.signature import sign

#: The account of a phone that was given none. It looks like one of the provider's keys.
API_KEY = "abcd1234"

#: Seconds. Older than any age that an application should take: the documents leave it to the application,
#: libraries have minutes.
STALE = 3600


class Signer:
    """
    Signs as the provider does: a token for each request, with the time and a name of its own.

    A retry sends the token of the first try again, as it is the same request.
    """

    def __init__(
        self,
        secret: str,
        *,
        now: Callable[[], float],
        new_id: Callable[[], str],
        api_key: str | None = API_KEY,
        application_id: str | None = None,
    ) -> None:
        """
        Sign with ``secret``.

        Args:
            secret: the account's signature secret.
            now: tells the time in seconds since 1970.
            new_id: makes a name for each token, a UUID.
            api_key: the account, ``None`` for a token without.
            application_id: the application, likewise.

        Raises:
            PhoneError: for a secret that is none.
        """
        self._secret = secret
        self._now = now
        self._new_id = new_id
        self._api_key = api_key
        self._application_id = application_id
        try:
            self.token(None)
        except ValueError as error:
            raise PhoneError(f"the signature secret: {error}") from None

    def sign(self, body: bytes | None) -> tuple[str | None, bytes | None]:
        """Tell the value of ``Authorization`` (``None`` for no such header), and the body to send with it."""
        return f"Bearer {self.token(body)}", body

    def token(self, body: bytes | None, *, age: float = 0, jti: str | None = None) -> str:
        """Make a token, ``age`` seconds old, named ``jti`` or as no other one."""
        return sign(
            self._secret,
            body,
            iat=int(self._now() - age),
            jti=self._new_id() if jti is None else jti,
            api_key=self._api_key,
            application_id=self._application_id,
        )


class Unsigned(Signer):
    """Sends no signature: what anybody can send."""

    def sign(self, body: bytes | None) -> tuple[str | None, bytes | None]:
        """Leave the header out."""
        return None, body


class Altered(Signer):
    """
    Changes the body after it was signed, as somebody on the way could; by a space, so it stays the same JSON.

    A request without a body is sent as it is: nothing signs a query.
    """

    def sign(self, body: bytes | None) -> tuple[str | None, bytes | None]:
        """Sign one body and send another."""
        return f"Bearer {self.token(body)}", None if body is None else body + b" "


class Stale(Signer):
    """Signs an hour ago."""

    def sign(self, body: bytes | None) -> tuple[str | None, bytes | None]:
        """Sign with an old time."""
        return f"Bearer {self.token(body, age=STALE)}", body


class Replayed(Signer):
    """Gives each token the name of the first one, as whoever sends an old request again does."""

    _first: str | None = None

    def sign(self, body: bytes | None) -> tuple[str | None, bytes | None]:
        """Sign with a name that was there before."""
        if self._first is None:
            self._first = self._new_id()
        return f"Bearer {self.token(body, jti=self._first)}", body


def upgrade_authorization(endpoint: Mapping[str, Json], signer: Signer | None) -> str | None:
    """
    Tell the ``Authorization`` of the request that opens a socket, by the endpoint's ``authorization``.

    ``custom`` is sent as it stands there; ``vonage``, the default within the object, is a token like that of a
    webhook without a body (Vonage, Voice API 1.10).

    Raises:
        PhoneError: for an object that asks for neither, or for a token where there is no secret.
    """
    wanted = endpoint.get("authorization")
    if wanted is None:
        return None
    if not isinstance(wanted, dict):
        raise PhoneError('the endpoint\'s authorization is no object; {"type": "vonage"} is one')
    kind, value = wanted.get("type", "vonage"), wanted.get("value")
    if kind == "custom" and isinstance(value, str) and value:
        return value
    if kind == "custom":
        raise PhoneError(
            "the endpoint's authorization is custom, and needs a value of at least one character"
        )
    if kind != "vonage":
        raise PhoneError("the endpoint's authorization has a type that is neither vonage nor custom")
    if signer is None:
        raise PhoneError(
            "the endpoint wants the provider's authorization: give the --signature-secret to sign it"
        )
    return signer.sign(None)[0]
