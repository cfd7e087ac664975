"""
Whether it was the provider who sent this: the signature of a webhook, or of the request that opens a socket.

The provider's own libraries check the signature and leave the rest to the application (Vonage, "Signed webhooks").
The rest is what a stranger would use: a token of another account, an old one, one that was used before, or one that
belongs to another body. All of it is looked at here, in this order; what is refused says why, and never holds
anything of the token or of a secret.

A token that comes again with the same request within :data:`RETRY_SECONDS` is the provider's own retry, which it makes
after a time-out and after 429, 503 and 504: it is to get the answer of the first try again, and to change nothing.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256

from echo.errors import EchoError, UntrustedTextError
from echo.untrusted import Json, parse_object
from echo.webhook.replays import Replays
from echo.webhook.secrets import Secret
from echo.webhook.signature import ISSUER, payload_hash

#: Characters. The provider's have 400; a header of several kilobytes is work that a stranger can order.
MOST_TOKEN = 4096

#: Seconds that a clock may differ from the provider's, either way.
WINDOW = 300.0

#: Seconds within which the same token and request are a retry. The provider waits for 10 at most.
RETRY_SECONDS = 15.0

#: Seconds after which a token that was used is refused for its age, whatever it says: it may have come early.
KEPT_SECONDS = 2 * WINDOW

#: Characters of the name of a token; a UUID has 36.
_MOST_NAME = 128

#: Seconds since 1970 that a number may name; beyond it, a float would not be exact.
_LATEST = 2**53

_BEARER = re.compile(r"bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+) *", re.IGNORECASE)


class Fault(Enum):
    """What is wrong with a request that is not proven."""

    UNSIGNED = "unsigned"
    FORGED = "forged"
    STALE = "stale"
    REPLAYED = "replayed"


class UnprovenError(EchoError):
    """
    A request that the provider did not send, as far as we can tell.

    Attributes:
        fault: what is wrong, for a counter.
        problem: one sentence.
    """

    def __init__(self, fault: Fault, problem: str) -> None:
        super().__init__(problem)
        self.fault = fault
        self.problem = problem


@dataclass(frozen=True)
class Signed:
    """
    A request whose signature is to be checked.

    Attributes:
        authorization: the values of its ``Authorization`` headers.
        target: method, path and query; a retry has the same.
        body: the very bytes that came, none for an upgrade.
        must_hash: whether the token has to say which body it is for. Which hash the provider sends for a request that
            has none by its nature, a GET or an upgrade, is not documented, so there it need not, and where there is no
            body, what it says is not looked at.
    """

    authorization: Sequence[str]
    target: bytes
    body: bytes = b""
    must_hash: bool = False


@dataclass(frozen=True)
class Proof:
    """
    A request that was proven.

    Attributes:
        jti: the name of its token.
        is_retry: whether it was here before, and is to get the same answer.
    """

    jti: str
    is_retry: bool


class Prover:
    """Knows the secrets, and the tokens that were used."""

    def __init__(
        self,
        secrets: Sequence[Secret],
        replays: Replays,
        *,
        application_id: str | None = None,
        wall_clock: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        """
        Believe what one of ``secrets`` has signed.

        Args:
            secrets: those of the account, at least one; several while they are changed.
            replays: what was used already, and by whom it may be outlived.
            application_id: the only application whose tokens are believed, if they name one; ``None`` for any.
            wall_clock: gives seconds since 1970.
            clock: gives seconds of a clock that nobody can set.
        """
        from echo.webhook.jws import signed_part  # noqa: PLC0415  a daemon without a secret need not load PyJWT

        self._signed_part = signed_part
        self._secrets = tuple(secrets)
        self._replays = replays
        self._application_id = application_id
        self._wall_clock = wall_clock
        self._clock = clock

    def check(self, request: Signed) -> Proof:
        """
        Check one request, and use its token up.

        Raises:
            UnprovenError: with one sentence and its fault.
        """
        claims = self._claims(_token(request.authorization))
        _check_issuer(claims, self._application_id)
        _check_body(claims, request)
        issued = _issued(claims, self._wall_clock())
        jti = _name(claims)
        seen = self._replays.note(jti, _fingerprint(request), issued=issued, now=self._clock())
        if seen is None:
            return Proof(jti, is_retry=False)
        if seen.is_same and seen.ago <= RETRY_SECONDS:
            return Proof(jti, is_retry=True)
        raise UnprovenError(Fault.REPLAYED, "the token was used before")

    def _claims(self, token: str) -> Mapping[str, Json]:
        """Return the claims, if one of the secrets has signed them that may sign for their account."""
        is_signed = False
        for secret in self._secrets:
            said = self._signed_part(token, secret.value)
            if said is None:
                continue
            is_signed = True
            claims = _parsed(said)
            if secret.api_key in (None, claims["api_key"]):
                return claims
        whose = "is of another account" if is_signed else "has a signature that no secret of ours has made"
        raise UnprovenError(Fault.FORGED, f"the token {whose}")


def _token(authorization: Sequence[str]) -> str:
    """Take the token out of the one header that there may be."""
    if not authorization:
        raise UnprovenError(Fault.UNSIGNED, "there is no Authorization header")
    if len(authorization) > 1:
        many = len(authorization)
        raise UnprovenError(Fault.FORGED, f"there are {many} Authorization headers where one is allowed")
    if len(authorization[0]) > MOST_TOKEN:
        raise UnprovenError(Fault.FORGED, f"the token is longer than {MOST_TOKEN} characters")
    found = _BEARER.fullmatch(authorization[0])
    if found is None:
        raise UnprovenError(Fault.FORGED, "the Authorization header is not Bearer and a token")
    return found[1]


def _parsed(said: bytes) -> Mapping[str, Json]:
    """Read the claims as strictly as everything else, and see to it that they name an account."""
    try:
        claims = parse_object(said, MOST_TOKEN)
    except UntrustedTextError as error:
        raise UnprovenError(Fault.FORGED, f"the token holds no claims: {error.problem}") from None
    account = claims.get("api_key")
    if not isinstance(account, str) or not account:
        raise UnprovenError(Fault.FORGED, "the token does not say whose account it is of (api_key)")
    return claims


def _check_issuer(claims: Mapping[str, Json], application_id: str | None) -> None:
    if claims.get("iss") != ISSUER:
        raise UnprovenError(Fault.FORGED, f"the token's issuer (iss) is not {ISSUER}")
    application = claims.get("application_id")
    if None not in (application, application_id) and application != application_id:
        raise UnprovenError(Fault.FORGED, "the token is of another application (application_id)")


def _check_body(claims: Mapping[str, Json], request: Signed) -> None:
    """Compare the hash with the very bytes that came."""
    said = claims.get("payload_hash")
    if not request.must_hash and (said is None or not request.body):
        return
    if not isinstance(said, str):
        raise UnprovenError(Fault.FORGED, "the token does not say which body it is for (payload_hash)")
    if not hmac.compare_digest(said.lower().encode(), payload_hash(request.body).encode()):
        raise UnprovenError(Fault.FORGED, "the body is not the one that was signed (payload_hash)")


def _issued(claims: Mapping[str, Json], now: float) -> float:
    """Tell when the token was made, if it is neither too old nor too new; seconds since 1970."""
    issued = _seconds(claims, "iat")
    if abs(now - issued) > WINDOW:
        ahead = "old" if issued < now else "new"
        problem = f"the token is {abs(now - issued):.0f} s {ahead} by our clock, and {WINDOW:.0f} s are allowed (iat)"
        raise UnprovenError(Fault.STALE, problem)
    if now >= _seconds(claims, "exp", _LATEST):
        raise UnprovenError(Fault.STALE, "the token has expired (exp)")
    if now + WINDOW < _seconds(claims, "nbf", 0):
        raise UnprovenError(Fault.STALE, "the token is not valid yet (nbf)")
    return issued


def _seconds(claims: Mapping[str, Json], name: str, absent: float | None = None) -> float:
    """Read a time; ``absent`` is what counts where the token does not tell it, ``None`` where it has to."""
    value = claims.get(name, absent)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _LATEST:
        raise UnprovenError(Fault.FORGED, f"the token tells no time where one is required ({name})")
    return float(value)


def _name(claims: Mapping[str, Json]) -> str:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _MOST_NAME:
        raise UnprovenError(Fault.FORGED, f"the token has no name of 1 to {_MOST_NAME} characters (jti)")
    return jti


def _fingerprint(request: Signed) -> bytes:
    return sha256(request.target + b"\0" + request.body).digest()[:16]
