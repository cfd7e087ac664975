"""Tests of echo.web.signed: webhooks that are not the provider's, each with its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from echo.web.ncco_file import NccoFile
from echo.web.repeats import Repeats, Reply
from echo.web.trust import TrustTerms
from echo.webhook.passes import without_passes
from echo.webhook.proof import Proof
from echo.webhook.secrets import Secret
from tests.doubles import RecordingLog
from tests.face import Answer, Face, read_answer
from tests.tokens import HS256, JTI, NOW, ROTATED, SECRET, base64url, bearer, claims, encoded, token
from tests.web.test_ncco import SlowDisk, write

EVENT = b'{"status":"answered","conversation_uuid":"CON-1","uuid":"u-1"}'
CALL = b'{"to":"442079460000","from":"447700900000","uuid":"u-1","conversation_uuid":"CON-1"}'

#: A private key's beginning: what a confused library takes for a secret, or a secret for it.
RS256 = {"alg": "RS256", "typ": "JWT"}


def terms(*secrets: str, **others: Any) -> TrustTerms:
    """What has to be proven by these secrets."""
    return TrustTerms(secrets=tuple(map(Secret.parse, secrets or (SECRET,))), **others)


def post(face: Face, *authorization: str, body: bytes = EVENT, path: str = "/events") -> Answer:
    """Post a webhook with these ``Authorization`` headers."""
    return face.ask(
        path, method="POST", headers=[("Authorization", each) for each in authorization], body=body
    )


@dataclass(frozen=True)
class Row:
    """
    A webhook that is refused.

    Attributes:
        authorization: its headers.
        fault: what it is counted as.
        body: what is posted; what was signed is ``EVENT``.
        status: the answer.
    """

    authorization: list[str]
    fault: str = "webhook_forged"
    body: bytes = EVENT
    status: int = 401


def said(**changed: Any) -> list[str]:
    """A rightly signed header with some claims changed; ``...`` leaves one out."""
    return [bearer(EVENT, **changed)]


def with_header(header: object, **kept: Any) -> list[str]:
    """A header whose token begins with another one."""
    return [f"Bearer {token(claims(EVENT), header=header, **kept)}"]


def says(text: bytes) -> list[str]:
    """A header with a rightly signed token that holds ``text``."""
    return [f"Bearer {token(None, text=text)}"]


def unsigned(header: object) -> list[str]:
    """A header with a token that nobody has signed."""
    return [f"Bearer {encoded(header)}.{encoded(claims(EVENT))}."]


def altered() -> list[str]:
    """A header whose claims were changed after they were signed."""
    head, _, signature = token(claims(EVENT)).split(".")
    return [f"Bearer {head}.{encoded(claims(EVENT, api_key='abcd9999'))}.{signature}"]


STALE = "webhook_stale"

REFUSED: dict[str, Row] = {
    "no signature": Row([], "webhook_unsigned", status=503),
    # the signature
    "alg none": Row(unsigned({"alg": "none"})),
    "alg None": Row(unsigned({"alg": "None", "typ": "JWT"})),
    "alg none, signed": Row(with_header({"alg": "none"})),
    "no alg": Row(with_header({"typ": "JWT"})),
    "RS256 with the secret as key": Row(with_header(RS256)),
    "ES256 with the secret as key": Row(with_header({"alg": "ES256"})),
    "HS384": Row(with_header({"alg": "HS384"})),
    "HS512": Row(with_header({"alg": "HS512"})),
    "hs256": Row(with_header({"alg": "hs256"})),
    "alg in a list": Row(with_header({"alg": ["HS256"]})),
    "a header that is no object": Row(with_header(["HS256"])),
    "an extension that we do not know": Row(with_header({**HS256, "crit": ["exp"], "exp": 1})),
    "a payload elsewhere": Row(with_header({**HS256, "crit": ["b64"], "b64": False})),
    "signed by SHA-512 under HS256": Row(with_header(HS256, digest="sha512")),
    "wrong secret": Row([bearer(EVENT, secret=ROTATED)]),
    "empty secret": Row([bearer(EVENT, secret="")]),
    "secret with a line end": Row([bearer(EVENT, secret=f"{SECRET}\n")]),
    "signature of another token": Row(
        [bearer(EVENT).rpartition(".")[0] + "." + bearer(None).rpartition(".")[2]]
    ),
    "signature cut short": Row([bearer(EVENT)[:-2]]),
    "no signature behind the dot": Row([bearer(EVENT).rpartition(".")[0] + "."]),
    "altered claim": Row(altered()),
    # the body
    "altered body": Row(said(), body=EVENT + b" "),
    "altered body of the same length": Row(said(), body=EVENT.replace(b"CON-1", b"CON-2")),
    "no body": Row(said(), body=b""),
    "a hash missing": Row(said(payload_hash=...)),
    "a hash of nothing": Row(said(payload_hash="")),
    "a hash that is null": Row(said(payload_hash=None)),
    "a hash in base64": Row(said(payload_hash=base64url(b"0" * 32))),
    # the claims
    "no issuer": Row(said(iss=...)),
    "another issuer": Row(said(iss="Nexmo")),
    "issuer in other letters": Row(said(iss="vonage")),
    "no account": Row(said(api_key=...)),
    "no time": Row(said(iat=...)),
    "a time that is text": Row(said(iat=str(NOW))),
    "10 min old": Row(said(iat=NOW - 600), STALE),
    "10 min early": Row(said(iat=NOW + 600), STALE),
    "5 min and a second old": Row(said(iat=NOW - 301), STALE),
    "5 min and a second early": Row(said(iat=NOW + 301), STALE),
    "of 1970": Row(said(iat=0), STALE),
    "expired": Row(said(exp=NOW - 1), STALE),
    "of the future": Row(said(nbf=NOW + 3600), STALE),
    "no name": Row(said(jti=...)),
    "an empty name": Row(said(jti="")),
    "a name that is a number": Row(said(jti=1)),
    "claims that are a list": Row(says(b"[]")),
    "claims that are no JSON": Row(says(b"{")),
    "a claim twice": Row(says(b'{"iss":"Vonage","iss":"Vonage"}')),
    # the header
    "two headers": Row([bearer(EVENT), bearer(EVENT)]),
    "two headers, one of them empty": Row(["", bearer(EVENT)]),
    "two tokens in one header": Row([f"{bearer(EVENT)}, {bearer(EVENT)}"]),
    "an empty header": Row([""]),
    "Bearer alone": Row(["Bearer"]),
    "Basic": Row(["Basic dXNlcjpwYXNzd29yZA=="]),
    "the token alone": Row([bearer(EVENT).removeprefix("Bearer ")]),
    "no token": Row(["Bearer abc"]),
    "bytes that are no text": Row(["Bearer \xff.\xfe.\xfd"]),
    "a token of 5000 characters": Row([f"Bearer {'a' * 5000}"]),
}


@pytest.mark.parametrize("row", REFUSED.values(), ids=REFUSED)
def test_what_is_not_the_providers_is_refused(row: Row) -> None:
    """It changes nothing, is counted, and told in a line without the secret and the token."""
    face = Face(trust=terms())

    answer = post(face, *row.authorization, body=row.body)

    assert answer.status == row.status
    assert list(answer.json()) == ["error"]
    assert face.refusals.counts == {row.fault: 1}
    assert face.log.at("info") == []
    (line,) = face.log.at("warn")
    assert line.startswith(f"refused by {row.fault}: 192.0.2.7: ")
    for hidden in (
        SECRET,
        JTI,
        *(part for each in row.authorization for part in each.split(".") if len(part) > 9),
    ):
        assert hidden not in line


def test_the_table_is_long_enough() -> None:
    """Whoever takes rows out of it has to say so here."""
    assert len(REFUSED) >= 40


@pytest.mark.parametrize(
    "row", [row for row in REFUSED.values() if row.status == 401], ids=lambda row: row.fault
)
def test_the_script_is_refused_alike(row: Row) -> None:
    """Whoever is refused learns nothing of where calls go, and gets no token."""
    face = Face(trust=terms(socket_auth=("token",)))

    answer = post(face, *row.authorization, body=row.body, path="/ncco")

    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert face.drawn == 0


def test_a_token_of_a_megabyte_is_refused_before_it_is_read() -> None:
    """The connection ends within the header, and no more than a header's worth was kept of it."""
    face = Face(trust=terms())
    wire = face.connect()

    wire.receive(b"POST /events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + b"a" * 1_000_000, 4096)

    assert read_answer(wire.taken()).status == 431
    assert face.refusals.counts == {"max_header": 1}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ([], "there is no Authorization header"),
        ([bearer(EVENT, secret=ROTATED)], "has a signature that no secret of ours has made"),
        ([bearer(EVENT, iat=NOW - 600)], "is 600 s old by our clock"),
        ([bearer(b"")], "the body is not the one that was signed"),
    ],
)
def test_the_line_tells_what_to_look_at(fault: list[str], words: str) -> None:
    """A wrong secret, a wrong clock and a proxy that changes bodies are told from one another."""
    face = Face(trust=terms())
    post(face, *fault)
    assert words in face.log.at("warn")[0]


def test_a_flood_of_forgeries_is_told_in_a_few_lines() -> None:
    """Each is counted."""
    face = Face(trust=terms())

    for _ in range(100):
        post(face, "Bearer a.b.c")

    assert face.refusals.counts == {"webhook_forged": 100}
    assert len(face.log.at("warn")) == 5


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/events", EVENT),
        ("POST", "/webhooks/event", EVENT),
        ("GET", "/events?status=answered", b""),
        ("POST", "/ncco", CALL),
        ("POST", "/webhooks/answer", CALL),
        ("GET", "/ncco?to=442079460000", b""),
        ("GET", "/webhooks/answer", b""),
        ("HEAD", "/ncco", b""),
    ],
)
def test_what_is_the_providers_is_taken(method: str, path: str, body: bytes) -> None:
    """On each of its URLs, by each method; and refused there without a signature."""
    face = Face(trust=terms())
    headers = [("Authorization", bearer(body if method == "POST" else None))]

    assert face.ask(path, method=method, headers=headers, body=body).status == 200
    assert face.refusals.counts == {}
    assert face.ask(path, method=method, body=body).status == 503


@pytest.mark.parametrize("path", ["/", "/health", "/openapi.json"])
def test_what_is_no_webhook_needs_no_signature(path: str) -> None:
    """People and load balancers have none."""
    assert Face(trust=terms()).ask(path).status == 200


@pytest.mark.parametrize(
    ("unsigned_is", "status", "retry_after"),
    [("retry", 503, "1"), ("reject", 401, None), ("allow", 200, None)],
)
def test_the_operator_says_what_becomes_of_the_unsigned(
    unsigned_is: str, status: int, retry_after: str | None
) -> None:
    """A provider that left a signature out by mistake tries again after 503, and does not after 401."""
    answer = post(Face(trust=terms(unsigned=unsigned_is)))

    assert answer.status == status
    assert answer.headers.get("retry-after") == retry_after


def test_what_is_allowed_unsigned_is_not_allowed_forged() -> None:
    """Whoever sends a signature means it."""
    face = Face(trust=terms(unsigned="allow"))
    assert post(face, bearer(EVENT, secret=ROTATED)).status == 401


def test_without_a_secret_a_signature_does_not_matter() -> None:
    """A fresh install answers an account whose webhooks are signed."""
    assert post(Face(), bearer(EVENT, secret=ROTATED)).status == 200
    assert post(Face(), "Bearer nonsense", "Basic more of it").status == 200


def test_another_application_is_refused() -> None:
    """Where the operator has said which one is ours; a token that names none passes."""
    face = Face(trust=terms(application_id="ours"))
    assert post(face, bearer(EVENT, application_id="theirs")).status == 401
    assert post(face, bearer(EVENT, application_id="ours")).status == 200
    assert post(face, bearer(EVENT, jti="another")).status == 200


def test_a_secret_that_is_bound_to_an_account() -> None:
    """It signs for that one and for no other."""
    face = Face(trust=terms(f"abcd1234:{SECRET}", f"abcd9999:{ROTATED}"))
    assert post(face, bearer(EVENT)).status == 200
    assert post(face, bearer(EVENT, secret=ROTATED, api_key="abcd9999", jti="2")).status == 200
    assert post(face, bearer(EVENT, secret=ROTATED, jti="3")).status == 401


# The same request again.


def test_a_retry_changes_nothing() -> None:
    """Within 15 s an event that comes again is answered, and not told again."""
    face = Face(trust=terms())
    assert post(face, bearer(EVENT)).status == 200
    face.clock.advance(15)

    assert post(face, bearer(EVENT)).status == 200

    assert len(face.log.at("info")) == 1
    assert face.refusals.counts == {}


def test_a_replay_is_refused() -> None:
    """Later it is somebody else's, as long as its time is not over; and then that is what is wrong with it."""
    face = Face(trust=terms())
    post(face, bearer(EVENT))
    face.clock.advance(15.1)
    assert post(face, bearer(EVENT)).status == 401
    face.clock.advance(284)
    assert post(face, bearer(EVENT)).status == 401
    face.clock.advance(2)
    assert post(face, bearer(EVENT)).status == 401
    assert face.refusals.counts == {"webhook_replayed": 2, "webhook_stale": 1}


@pytest.mark.parametrize(
    ("body", "path"), [(EVENT.replace(b"1", b"2"), "/events"), (EVENT, "/ncco"), (EVENT, "/events?a=b")]
)
def test_a_name_that_was_used_for_something_else_is_refused(body: bytes, path: str) -> None:
    """The same token name with another body, or at another address, is no retry."""
    face = Face(trust=terms())
    post(face, bearer(EVENT))
    assert post(face, bearer(body), body=body, path=path).status == 401
    assert face.refusals.counts == {"webhook_replayed": 1}


def test_a_retry_gets_the_same_script() -> None:
    """With the same token for its socket: the provider knows one call, not two."""
    face = Face(trust=terms(socket_auth=("token",)))

    first, again = (post(face, bearer(CALL), body=CALL, path="/ncco") for _ in range(2))

    assert first.body == again.body
    assert first.headers["content-type"] == again.headers["content-type"] == "application/json"
    assert face.drawn == 1


def test_a_retry_of_what_cannot_be_understood_is_answered_alike() -> None:
    """What was wrong is wrong still."""
    face = Face(trust=terms())
    first, again = (post(face, bearer(b"no"), body=b"no") for _ in range(2))
    assert (first.status, first.body) == (again.status, again.body)
    assert first.status == 400


def test_used_tokens_stay_used_when_what_has_to_be_proven_changes() -> None:
    """A reload forgets none."""
    face = Face(trust=terms())
    post(face, bearer(EVENT))
    face.clock.advance(20)

    face.trust.serve_under(terms(ROTATED, SECRET))

    assert post(face, bearer(EVENT)).status == 401
    assert face.refusals.counts == {"webhook_replayed": 1}


def test_a_retry_waits_for_the_answer_of_the_first_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that takes longer than the provider waits is asked once, and both get what it says."""
    path, disk = tmp_path / "ncco.json", SlowDisk()
    write(path, [{"action": "talk", "text": "${socket_url}"}])
    monkeypatch.setattr("tests.face.maybeDeferred", disk)
    face = Face(trust=terms(socket_auth=("token",)), ncco_file=NccoFile(path, RecordingLog()))
    request = f"GET /ncco HTTP/1.1\r\nHost: a\r\nAuthorization: {bearer(None)}\r\n\r\n".encode()
    wires = [face.connect() for _ in range(2)]
    for wire in wires:
        wire.receive(request)
    assert len(disk.waiting) == 1

    disk.finish()

    first, again = (read_answer(wire.taken()) for wire in wires)
    assert first.json() == again.json()
    assert without_passes(first.json()[0]["text"]) == "ws://a/socket/..."


def test_a_failure_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a bug of ours the retry is answered anew; whoever waited for the first answer learns of the bug."""
    path, disk = tmp_path / "ncco.json", SlowDisk()
    write(path, [{"action": "talk"}])
    monkeypatch.setattr("tests.face.maybeDeferred", disk)
    face = Face(trust=terms(), ncco_file=NccoFile(path, RecordingLog()))
    request = f"GET /ncco HTTP/1.1\r\nHost: a\r\nAuthorization: {bearer(None)}\r\n\r\n".encode()
    wires = [face.connect() for _ in range(3)]
    wires[0].receive(request)
    wires[1].receive(request)
    disk.finish(RuntimeError("a bug"))
    wires[2].receive(request)
    disk.finish()

    assert [read_answer(wire.taken()).status for wire in wires] == [500, 500, 200]


# The memory of answers.

FIRST, AGAIN = Proof("a", is_retry=False), Proof("a", is_retry=True)


def answers(*texts: bytes) -> Callable[[], Reply]:
    """Make one answer after the other."""
    each = iter(texts)
    return lambda: Reply(next(each))


def test_answers_are_kept_as_long_as_retries_come() -> None:
    """Then they leave, and what is forgotten is answered anew."""
    now = [0.0]
    repeats = Repeats(lambda: now[0])
    make = answers(b"one", b"two")
    assert repeats.once(FIRST, make) == Reply(b"one")
    now[0] = 15.0
    assert repeats.once(AGAIN, make) == Reply(b"one")
    now[0] = 15.1
    assert repeats.once(AGAIN, make) == Reply(b"two")
    assert len(repeats) == 1


def test_the_memory_of_answers_is_bounded() -> None:
    """By their number and by their bytes: the oldest leave."""
    repeats = Repeats(lambda: 0.0, most=3, most_bytes=10)
    for number in range(5):
        repeats.once(Proof(str(number), is_retry=False), answers(b"x"))
    assert len(repeats) == 3
    repeats.once(Proof("large", is_retry=False), answers(b"x" * 9))
    assert len(repeats) == 2
    repeats.once(Proof("larger", is_retry=False), answers(b"x" * 11))
    assert len(repeats) == 0


def test_who_waits_gets_what_was_made() -> None:
    """Two retries of a request that is being answered."""
    repeats = Repeats(lambda: 0.0)
    made: Deferred[Reply] = Deferred()
    got: list[Reply] = []
    for proof in (FIRST, AGAIN, AGAIN):
        reply = repeats.once(proof, lambda: made)
        assert isinstance(reply, Deferred)
        reply.addCallback(got.append)

    made.callback(Reply(b"late"))

    assert got == [Reply(b"late")] * 3
