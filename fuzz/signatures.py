"""Invariant: whatever Authorization comes, what is believed was signed by us for just that, now, and once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from echo.web.trust import TrustTerms
from echo.webhook.passes import Pass
from echo.webhook.proof import KEPT_SECONDS, Fault, Proof, Prover, Signed, UnprovenError
from echo.webhook.replays import Replays
from echo.webhook.secrets import Secret
from tests.face import KEY, Face, read_answer
from tests.frames import upgrade_request
from tests.tokens import HS256, NOW, ROTATED, SECRET, base64url

#: Between the parts of an example.
_BETWEEN = b"\n"

_SECRETS = (Secret(SECRET), Secret(ROTATED, "abcd9999"))


def check(data: bytes) -> None:
    """
    Take apart ``data``, whose first byte says what it is, and see who is believed.

    An Authorization header and a body as they are; or the header and the claims of a token, which is then rightly
    signed by one of two secrets, or by none, and sent with a body; or what is behind /socket/.
    """
    kind, parts = data[:1], [*data[1:].split(_BETWEEN, 2), b"", b"", b""]
    if kind == b"a":
        _check_header(parts[0].decode("latin-1"), parts[1])
    elif kind in (b"s", b"r", b"n"):
        secret = {b"s": SECRET, b"r": ROTATED, b"n": "another"}[kind]
        _check_header(f"Bearer {_signed(parts[0] or json.dumps(HS256).encode(), parts[1], secret)}", parts[2])
    else:
        _check_socket(data[1:])


def _signed(header: bytes, said: bytes, secret: str) -> str:
    text = f"{base64url(header)}.{base64url(said)}"
    return f"{text}.{base64url(hmac.digest(secret.encode(), text.encode(), 'sha256'))}"


def _check_header(authorization: str, body: bytes) -> None:
    """Send it as a POST, three times: now, again, and too late."""
    clock = [0.0]
    prover = Prover(
        _SECRETS,
        Replays(KEPT_SECONDS),
        wall_clock=lambda: NOW + clock[0],
        clock=lambda: clock[0],
        application_id="ours",
    )
    request = Signed([authorization], b"POST /events", body, must_hash=True)
    first, again = _outcome(prover, request), _outcome(prover, request)
    if not isinstance(first, Proof):
        assert first == again
        return
    assert _is_right(authorization, body)
    assert first == Proof(first.jti, is_retry=False)
    assert again == Proof(first.jti, is_retry=True)
    clock[0] = 15.5
    assert _outcome(prover, request) in (Fault.REPLAYED, Fault.STALE)


def _outcome(prover: Prover, request: Signed) -> Proof | Fault:
    try:
        return prover.check(request)
    except UnprovenError as refused:
        assert refused.problem.isascii()
        assert refused.problem.isprintable()
        assert len(refused.problem) < 200
        assert SECRET not in refused.problem
        assert refused.fault is not Fault.UNSIGNED
        return refused.fault


def _is_right(authorization: str, body: bytes) -> bool:
    """Say by the standard library alone whether a header is one that may be believed."""
    scheme, token = authorization.split()
    head, said, signature = token.split(".")
    claims: dict[str, Any] = json.loads(_decoded(said))
    secret = ROTATED if claims["api_key"] == "abcd9999" and not _has_signed(SECRET, token) else SECRET
    return (
        scheme.lower() == "bearer"
        and len(authorization) <= 4096
        and json.loads(_decoded(head))["alg"] == "HS256"
        and _has_signed(secret, token)
        and len(signature) == len(base64url(bytes(32)))
        and claims["iss"] == "Vonage"
        and claims.get("application_id") in (None, "ours")
        and abs(claims["iat"] - NOW) <= 300
        and claims["payload_hash"].lower() == hashlib.sha256(body).hexdigest()
        and 0 < len(claims["jti"]) <= 128
    )


def _has_signed(secret: str, token: str) -> bool:
    text, _, signature = token.rpartition(".")
    return _decoded(signature) == hmac.digest(secret.encode(), text.encode(), "sha256")


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _check_socket(target: bytes) -> None:
    """Ask for a socket behind a path that is not the one that was given out: it is never a call."""
    face = Face(
        trust=TrustTerms(secrets=_SECRETS, socket_auth=("token", "vonage", "custom"), authorization="x" * 40)
    )
    given = face.trust.issue(Pass("CON-1"))
    path = b"/socket/" + target.replace(b" ", b"").replace(b"\r", b"").replace(b"\n", b"")
    wire = face.connect()
    wire.receive(upgrade_request("/PATH", "echo.example", KEY).replace(b"/PATH", path))
    answer = read_answer(wire.taken())
    assert answer.status in (400, 403, 404, 414, 431), answer
    assert not face.registry.live
    assert [line for _, line in face.log.lines if given in line] == []
    wire.lose()
    assert face.trust.check_socket(Signed([], b""), given) == Pass("CON-1")
