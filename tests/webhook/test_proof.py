"""Whether a request is the provider's: each way in which it may not be."""

from __future__ import annotations

import warnings
from hashlib import sha256
from typing import Any

import pytest

from echo.webhook.proof import KEPT_SECONDS, MOST_TOKEN, Fault, Proof, Prover, Signed, UnprovenError
from echo.webhook.replays import Replays
from echo.webhook.secrets import Secret
from echo.webhook.signature import payload_hash, sign
from tests.tokens import ACCOUNT, HS256, JTI, NOW, ROTATED, SECRET, base64url, claims, token

BODY = b'{"status":"answered"}'


class Judge:
    """A prover whose clocks stand still, for requests to one address."""

    def __init__(self, *secrets: str, application_id: str | None = None) -> None:
        self.now: float = NOW
        self.prover = Prover(
            [Secret.parse(text) for text in secrets or (SECRET,)],
            Replays(KEPT_SECONDS),
            application_id=application_id,
            wall_clock=lambda: self.now,
            clock=lambda: self.now - NOW,
        )

    def check(self, authorization: str, body: bytes | None = BODY, target: bytes = b"POST /events") -> Proof:
        """Check a request with one header; without a body it is one by GET."""
        return self.check_all([authorization], body, target)

    def check_all(
        self, authorization: list[str], body: bytes | None = BODY, target: bytes = b"POST /events"
    ) -> Proof:
        """Check a request with any number of headers."""
        return self.prover.check(Signed(authorization, target, body or b"", must_hash=body is not None))


def signed(body: bytes | None = BODY, secret: str = SECRET, **said: Any) -> str:
    """An Authorization as the provider sends it, made as our phone does."""
    return f"Bearer {sign(secret, body, **{'iat': NOW, 'jti': JTI, 'api_key': ACCOUNT, **said})}"


def made(
    changed: dict[str, Any] | None = None,
    *,
    header: Any = HS256,
    leave_out: str = "",
    text: str | None = None,
) -> str:
    """An Authorization with any claims and header, rightly signed, without the library that is used otherwise."""
    said = {**claims(BODY), **(changed or {})}
    said.pop(leave_out, None)
    return f"Bearer {token(said, header=header, text=None if text is None else text.encode())}"


def refused(authorization: list[str], body: bytes | None = BODY, *, by: Judge | None = None) -> UnprovenError:
    """The refusal of a request."""
    with pytest.raises(UnprovenError) as caught:
        (by or Judge()).check_all(authorization, body)
    return caught.value


@pytest.mark.parametrize(
    ("authorization", "body"),
    [
        (signed(), BODY),
        (signed().replace("Bearer", "bearer"), BODY),
        (signed().replace("Bearer", "BEARER "), BODY),
        (signed(None), None),
        (made(leave_out="payload_hash"), None),
        (made({"payload_hash": "0" * 64}), None),
        (made({"payload_hash": payload_hash(BODY).upper()}), BODY),
        (made({"iat": NOW + 299.5}), BODY),
        (made({"iat": NOW - 299.5}), BODY),
        (made({"exp": int(NOW) + 60}), BODY),
        (made({"application_id": "any"}), BODY),
        (made({"something": ["new"]}), BODY),
        (made({"aud": "them", "nbf": int(NOW) + 200, "sub": 5}), BODY),
        (signed(b""), b""),
    ],
)
def test_what_the_provider_sends_is_proven(authorization: str, body: bytes | None) -> None:
    """Whatever of it the documents leave open."""
    proof = Judge().check(authorization, body)
    assert proof.jti == JTI
    assert not proof.is_retry


HEADERS = {
    "none": {"alg": "none"},
    "None": {"alg": "None"},
    "RS256": {"alg": "RS256", "typ": "JWT"},
    "HS384": {"alg": "HS384"},
    "HS512": {"alg": "HS512"},
    "hs256": {"alg": "hs256"},
    "no alg": {"typ": "JWT"},
    "alg is a list": {"alg": ["HS256"]},
    "unknown crit": {"alg": "HS256", "crit": ["exp"], "exp": 1},
    "header is a list": ["HS256"],
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_no_other_algorithm_is_believed(header: Any) -> None:
    """A token names its own, and may not choose."""
    assert refused([made(header=header)]).fault is Fault.FORGED


FORGED: dict[str, str] = {
    "no token": "Bearer ",
    "another scheme": signed().replace("Bearer", "Basic"),
    "two tokens": f"{signed()} {signed()}",
    "only a token": signed().removeprefix("Bearer "),
    "no dots": "Bearer abcdef",
    "one part too many": f"{signed()}.abc",
    "no signature": signed().rpartition(".")[0] + ".",
    "the signature of another": signed().rpartition(".")[0] + "." + signed(None).rpartition(".")[2],
    "not base64": "Bearer \x00.\x00.\x00",
    "not ASCII": "Bearer \xe9.\xe9.\xe9",
    "claims are a list": made(text="[1]"),
    "header is deep": "Bearer " + base64url(b"[" * 1000) + "." + signed().partition(".")[2],
    "header is no JSON": "Bearer " + base64url(b"HS256") + "." + signed().partition(".")[2],
    "padding": f"{signed()}=",
    "line break": signed().replace(".", ".\n", 1),
    "wrong secret": signed(secret=ROTATED),
    "secret with a space": signed(secret=f"{SECRET} "),
    "a megabyte": f"Bearer {'a' * 1_000_000}",
    "one character too long": f"Bearer {'a' * (MOST_TOKEN - 6)}",
    "issuer missing": made(leave_out="iss"),
    "another issuer": made({"iss": "Nexmo"}),
    "issuer in a list": made({"iss": ["Vonage"]}),
    "time missing": made(leave_out="iat"),
    "time is a text": made({"iat": str(int(NOW))}),
    "time is true": made({"iat": True}),
    "time is no number": made({"iat": float("nan")}),
    "time is infinite": made({"iat": float("inf")}),
    "time beyond any float": made({"iat": 10**400}),
    "expiry is a text": made({"exp": "tomorrow"}),
    "beginning is null": made({"nbf": None}),
    "account missing": made(leave_out="api_key"),
    "account empty": made({"api_key": ""}),
    "account is a list": made({"api_key": ["abcd1234"]}),
    "claims twice": made(text='{"iss":"Vonage","iss":"Vonage"}'),
    "claims are deep": made(text="[" * 1000),
    "claims are no JSON": made(text="iss=Vonage"),
    "claims are empty": made(text=""),
    "claims begin with a mark": made(text="\ufeff{}"),
    "name missing": made(leave_out="jti"),
    "name empty": made({"jti": ""}),
    "name too long": made({"jti": "a" * 129}),
    "name is a number": made({"jti": 7}),
    "hash missing": made(leave_out="payload_hash"),
    "hash of another body": made({"payload_hash": payload_hash(BODY + b" ")}),
    "hash cut short": made({"payload_hash": payload_hash(BODY)[:-1]}),
    "hash empty": made({"payload_hash": ""}),
    "hash is a number": made({"payload_hash": 0}),
    "hash is half a character": made({"payload_hash": "\ud800" * 64}),
    "hash by another function": made({"payload_hash": sha256(BODY + b"\n").hexdigest()}),
}


@pytest.mark.parametrize("authorization", FORGED.values(), ids=FORGED)
def test_what_is_forged_is_refused(authorization: str) -> None:
    """With a sentence that holds nothing of the token and of the secret."""
    error = refused([authorization])
    assert error.fault is Fault.FORGED
    assert SECRET not in str(error)
    assert JTI not in str(error)
    assert len(str(error)) < 120


def test_a_request_without_signature_is_told_from_a_forged_one() -> None:
    """By its fault: the provider sends one unsigned now and then, by mistake."""
    assert refused([]).fault is Fault.UNSIGNED


def test_two_headers_are_refused() -> None:
    """Another reader might have believed the other one."""
    assert refused([signed(), signed()]).fault is Fault.FORGED


def test_an_altered_body_is_refused() -> None:
    """By a space, which changes nothing of its meaning."""
    assert "body" in str(refused([signed()], BODY + b" "))


@pytest.mark.parametrize("iat", [NOW - 600, NOW + 600, NOW - 301, NOW + 301, 0, -5])
def test_the_window_has_two_ends(iat: float) -> None:
    """Ten minutes early is as wrong as ten minutes late."""
    assert refused([made({"iat": iat})]).fault is Fault.STALE


def test_an_expired_token_is_refused() -> None:
    """Where it says when it ends, though the provider's do not."""
    assert refused([made({"exp": int(NOW)})]).fault is Fault.STALE


def test_a_token_may_begin_later() -> None:
    """Where it says when, by no more than clocks may differ."""
    assert refused([made({"nbf": int(NOW) + 301})]).fault is Fault.STALE


def test_a_retry_is_told_from_a_replay() -> None:
    """The same token and request within 15 s is the provider's; later it is somebody else's."""
    judge = Judge()
    assert not judge.check(signed()).is_retry
    judge.now += 15
    assert judge.check(signed()).is_retry
    judge.now += 0.1
    with pytest.raises(UnprovenError) as caught:
        judge.check(signed())
    assert caught.value.fault is Fault.REPLAYED


@pytest.mark.parametrize(
    ("body", "target"),
    [
        (None, b"GET /events?status=completed"),
        (None, b"GET /ncco"),
        (b"", b"POST /events"),
        (b"x", b"GET /events"),
    ],
)
def test_a_token_of_one_request_does_not_fit_another(body: bytes | None, target: bytes) -> None:
    """What was read off a GET says nothing of another one at the same time, for nothing in it is signed."""
    judge = Judge()
    said = {} if body is None else {"payload_hash": payload_hash(body)}
    assert judge.check(made(leave_out="payload_hash"), None, b"GET /events").jti
    with pytest.raises(UnprovenError) as caught:
        judge.check(made(said), body, target)
    assert caught.value.fault is Fault.REPLAYED


def test_secrets_can_be_rotated() -> None:
    """The old one and the new one are good side by side."""
    judge = Judge(SECRET, ROTATED)
    assert judge.check(signed(jti="a")).jti
    assert judge.check(signed(jti="b", secret=ROTATED)).jti


def test_a_short_secret_is_one() -> None:
    """Some accounts have one that is shorter than the standard would like (RFC 7518 section 3.2)."""
    with warnings.catch_warnings(action="ignore"):
        authorization = signed(secret="short")
    assert Judge("short").check(authorization).jti


def test_a_bound_secret_signs_for_its_account_only() -> None:
    """Another account's token by the same secret is refused, and one that names none."""
    judge = Judge(f"abcd1234:{SECRET}")
    assert judge.check(signed()).jti
    assert "account" in str(refused([signed(api_key="abcd9999")], by=judge))
    assert refused([made(leave_out="api_key")], by=judge).fault is Fault.FORGED


def test_two_accounts_may_have_secrets_of_their_own() -> None:
    """Each signs for itself, and not for the other one."""
    judge = Judge(f"abcd1234:{SECRET}", f"abcd9999:{ROTATED}")
    assert judge.check(signed(jti="a")).jti
    assert judge.check(signed(jti="b", secret=ROTATED, api_key="abcd9999")).jti
    assert refused([signed(secret=ROTATED)], by=judge).fault is Fault.FORGED


def test_another_application_is_refused_where_ours_is_known() -> None:
    """A token that names none is believed, since the claim is optional."""
    judge = Judge(application_id="ours")
    assert judge.check(signed(jti="a", application_id="ours")).jti
    assert judge.check(signed(jti="b")).jti
    assert refused([signed(jti="c", application_id="theirs")], by=judge).fault is Fault.FORGED
    assert refused([made({"application_id": 5})], by=judge).fault is Fault.FORGED
