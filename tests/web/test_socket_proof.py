"""Tests of the upgrade and what proves a call: passes, signatures, Authorizations, and nothing at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.address import IPv4Address

from echo.limits import STANDARD
from echo.web import trust
from echo.web.ncco_file import NccoFile
from echo.web.trust import TrustTerms
from echo.webhook.passes import Pass
from echo.webhook.secrets import Secret
from echo.websocket.protocol import CallProtocol
from tests.doubles import RecordingLog
from tests.face import CALLER, KEY, Answer, Face, Wire, read_answer, read_answers
from tests.frames import BINARY, TEXT, close_code, connected_message, encode_frame, upgrade_request
from tests.operator_face import OperatorFace
from tests.tokens import ACCOUNT, JTI, NOW, ROTATED, SECRET, bearer, claims, encoded
from tests.web.test_ncco import write

CALL, OTHER = "CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab", "CON-bbbbbbbb-bbbb-cccc-dddd-0123456789ab"
OPERATORS = "Bearer abc123"
GUESS = "A" * 22

#: Every proof that there is.
ALL = ("token", "vonage", "custom")


def face_with(*socket_auth: str, **others: Any) -> Face:
    """A face whose sockets have to prove their call by one of these."""
    return Face(
        trust=TrustTerms(
            secrets=(Secret(SECRET),), socket_auth=socket_auth, unsigned="allow", authorization=OPERATORS
        ),
        **others,
    )


def endpoint_of(face: Face, call: str = CALL) -> dict[str, Any]:
    """The socket in the script that a call is answered with."""
    found: dict[str, Any] = face.ask(f"/ncco?conversation_uuid={call}").json()[1]["endpoint"][0]
    return found


def path_of(face: Face, call: str = CALL) -> str:
    """Its path."""
    uri: str = endpoint_of(face, call)["uri"]
    return uri.removeprefix("ws://echo.example")


def upgrade(
    face: Face, path: str = "/socket", authorization: Sequence[str] = (), *, peer: IPv4Address = CALLER
) -> tuple[Answer, Wire]:
    """Ask for a socket."""
    wire = face.connect(peer)
    headers = [("Authorization", each) for each in authorization]
    wire.receive(upgrade_request(path, "echo.example", KEY, headers))
    return read_answer(wire.taken()), wire


def status(face: Face, path: str = "/socket", *authorization: str) -> int:
    """The answer to a request for a socket."""
    return upgrade(face, path, authorization)[0].status


def test_the_script_holds_a_token_and_asks_for_a_signature() -> None:
    """Where there is a secret: 128 bits that nobody can guess in the path, and the provider's own proof."""
    face = face_with("token", "vonage")
    endpoint = endpoint_of(face)
    scheme, _, host, socket, token = endpoint["uri"].split("/")
    assert (scheme, host, socket) == ("ws:", "echo.example", "socket")
    assert len(token) == 22
    assert endpoint["authorization"] == {"type": "vonage"}


def test_each_call_has_a_token_of_its_own() -> None:
    """Two callers, two tokens; and either opens its socket once."""
    face = face_with("token")
    first, second = path_of(face), path_of(face, OTHER)
    assert first != second
    assert [status(face, path) for path in (second, first, second, first)] == [101, 101, 403, 403]
    assert [call.conversation for call in face.registry.live.values()] == [OTHER, CALL]


def test_who_asks_again_for_the_same_call_gets_the_same_answer() -> None:
    """As the provider may within seconds; not once the socket is open, and not for a call without a name."""
    face = face_with("token")
    first = path_of(face)
    face.clock.advance(15)
    assert path_of(face) == first
    assert status(face, first) == 101
    second = path_of(face)
    assert second != first
    face.clock.advance(15.1)
    assert path_of(face) not in (first, second)
    assert face.ask("/ncco").body != face.ask("/ncco").body


def test_the_memory_of_scripts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the most the oldest is forgotten, and gets another token if it asks again."""
    monkeypatch.setattr(trust, "MOST_SCRIPTS", 2)
    face = face_with("token")
    first = path_of(face, "CON-1")
    for number in range(2, 4):
        path_of(face, f"CON-{number}")
    assert path_of(face, "CON-1") != first
    assert len(face.trust._given) == 2


@pytest.mark.parametrize("path", ["/socket", "/", "/socket/", f"/socket/{GUESS}"])
def test_without_proof_every_socket_is_accepted(path: str) -> None:
    """So that a fresh install works at once; its script has neither token nor authorization."""
    face = Face()
    assert status(face, path) == 101
    assert endpoint_of(face)["uri"] == "ws://echo.example/socket"
    assert "authorization" not in endpoint_of(face)


def test_a_path_with_more_behind_it_is_none() -> None:
    """And so is one with a token that nobody asks a socket of."""
    face = Face()
    assert status(face, "/socket/a/b") == 404
    assert face.ask("/socket/a").status == 404


# Who is refused.


@dataclass(frozen=True)
class Row:
    """
    An upgrade that proves nothing.

    Attributes:
        why: what the log tells.
        path: of the socket, by a face that may have given out a token before.
        authorization: the headers.
        accepted: what would prove a call.
    """

    why: str
    path: str | Callable[[Face], str] = "/socket"
    authorization: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ("token", "vonage")


def used(face: Face) -> str:
    """A token that has opened a socket."""
    path = path_of(face)
    assert status(face, path) == 101
    return path


def expired(face: Face) -> str:
    """A token of ten minutes ago."""
    path = path_of(face)
    face.clock.advance(600)
    return path


def short(face: Face) -> str:
    """A token without its last character."""
    return path_of(face)[:-1]


def padded(face: Face) -> str:
    """A token in another spelling of its bits."""
    return f"{path_of(face)}=="


def other_letters(face: Face) -> str:
    """A token in the wrong case."""
    return path_of(face).lower()


def in_the_query(face: Face) -> str:
    """A token in the wrong place."""
    return "/socket?" + path_of(face).rpartition("/")[2]


def at_the_root(face: Face) -> str:
    """A token that is not below /socket."""
    return "/?" + path_of(face).rpartition("/")[2]


def pushed_out(face: Face) -> str:
    """A token that more calls have followed than are remembered."""
    path = path_of(face)
    face.trust._passes._most = 3
    for number in range(3):
        path_of(face, f"CON-{number}")
    return path


NOTHING, UNKNOWN = "there is no token in the path", "the token in the path is unknown, used or too old"
ALTERED = (
    bearer(None).split(".")[0] + "." + encoded(claims(None, api_key="x")) + "." + bearer(None).split(".")[2]
)
ANY = ("/socket", ())

UNPROVEN: dict[str, Row] = {
    "nothing": Row(NOTHING),
    "nothing at /": Row(NOTHING, "/"),
    "an empty token": Row(NOTHING, "/socket/"),
    "a token used twice": Row(UNKNOWN, used),
    "an expired token": Row(UNKNOWN, expired),
    "a guess": Row(UNKNOWN, f"/socket/{GUESS}"),
    "a guess of another length": Row(UNKNOWN, "/socket/x"),
    "a long guess": Row(UNKNOWN, "/socket/" + "x" * 4000),
    "bytes that are no text": Row(UNKNOWN, "/socket/%ff%fe"),
    "a token cut short": Row(UNKNOWN, short),
    "a token with padding": Row(UNKNOWN, padded),
    "a token in other letters": Row(UNKNOWN, other_letters),
    "a token in the query": Row(NOTHING, in_the_query),
    "a token in the query of /": Row(NOTHING, at_the_root),
    "a token that was pushed out": Row(UNKNOWN, pushed_out),
    "a token where none counts": Row("there is no Authorization header", path_of, accepted=("vonage",)),
    "unsigned": Row("there is no Authorization header"),
    "wrong secret": Row(
        "a signature that no secret of ours has made", authorization=(bearer(None, secret=ROTATED),)
    ),
    "alg none": Row(
        "not Bearer and a token",
        authorization=(f"Bearer {encoded({'alg': 'none'})}.{encoded(claims(None))}.",),
    ),
    "RS256": Row("no secret of ours", authorization=(bearer(None, header={"alg": "RS256"}),)),
    "altered claim": Row("no secret of ours", authorization=(ALTERED,)),
    "old": Row("600 s old by our clock", authorization=(bearer(None, iat=NOW - 600),)),
    "early": Row("600 s new by our clock", authorization=(bearer(None, iat=NOW + 600),)),
    "expired": Row("has expired", authorization=(bearer(None, exp=NOW - 1),)),
    "another issuer": Row("issuer", authorization=(bearer(None, iss="us"),)),
    "no name": Row("jti", authorization=(bearer(None, jti=...),)),
    "no time": Row("iat", authorization=(bearer(None, iat=...),)),
    "no account": Row("api_key", authorization=(bearer(None, api_key=...),)),
    "two headers": Row("2 Authorization headers", authorization=(bearer(None), bearer(None))),
    "a signature where none counts": Row(NOTHING, authorization=(bearer(None),), accepted=("token",)),
    "a wrong Authorization": Row("is not ours", authorization=("Bearer abc124",), accepted=("custom",)),
    "an Authorization in other letters": Row(
        "is not ours", authorization=("bearer abc123",), accepted=("custom",)
    ),
    "no Authorization": Row("0 Authorization headers", accepted=("custom",)),
    "two Authorizations": Row("2 Authorization", authorization=(OPERATORS, OPERATORS), accepted=("custom",)),
    "an Authorization that is no text": Row(
        "is not ours", authorization=("Bearer \xff",), accepted=("custom",)
    ),
    "an Authorization where none counts": Row("not Bearer", authorization=(OPERATORS,)),
    "a guess in an Authorization": Row(
        "is not ours", authorization=(f"Bearer {GUESS}",), accepted=("custom",)
    ),
    "a signature as an Authorization": Row(
        "is not ours", authorization=(bearer(None),), accepted=("custom",)
    ),
}


@pytest.mark.parametrize("row", UNPROVEN.values(), ids=UNPROVEN)
def test_what_proves_no_call_is_refused(row: Row) -> None:
    """403 before there is a protocol; told once, with neither token nor secret."""
    face = face_with(*row.accepted)
    path = row.path if isinstance(row.path, str) else row.path(face)
    calls = len(face.registry.live)

    answer, wire = upgrade(face, path, row.authorization)

    assert answer.status == 403
    assert answer.json() == {"error": "nothing here proves the call that this socket is of"}
    assert not isinstance(wire.protocol, CallProtocol)
    assert len(face.registry.live) == calls
    assert face.refusals.counts == {"socket_auth": 1}
    (line,) = [line for line in face.log.at("warn") if "socket_auth" in line]
    assert row.why in line
    token = path.rpartition("/")[2]
    for hidden in (SECRET, JTI, ACCOUNT, OPERATORS, token if len(token) > 9 else SECRET):
        assert hidden not in line


def test_a_signature_that_was_used_opens_nothing() -> None:
    """A socket is opened once: here even a repeat within seconds is no retry."""
    face = face_with("vonage")
    assert [status(face, "/socket", bearer(None)) for _ in range(2)] == [101, 403]


def test_a_signature_of_a_webhook_opens_nothing() -> None:
    """What was used up there is used up here."""
    face = face_with("vonage")
    face.ask("/events?status=answered", headers=[("Authorization", bearer(None))])
    assert status(face, "/socket", bearer(None)) == 403


def test_what_proved_a_call_is_used_up_with_it() -> None:
    """Whoever reads both proofs off a request can use neither."""
    face = face_with(*ALL)
    path = path_of(face)
    assert status(face, path, bearer(None)) == 101
    assert status(face, "/socket", bearer(None)) == 403
    assert status(face, path) == 403


@pytest.mark.parametrize(
    ("first", "outcome"), [({"conversation_uuid": OTHER}, 1008), ({"conversation_uuid": 5}, 1008)]
)
def test_a_token_of_another_call_ends_the_socket(first: dict[str, Any], outcome: int) -> None:
    """The first message tells whose call it is; one that is not the token's is closed, and is no call's."""
    face = face_with("token")
    _, wire = upgrade(face, path_of(face, CALL))

    wire.receive(encode_frame(TEXT, connected_message(**first).encode()))
    wire.receive(encode_frame(BINARY, bytes(640)))

    assert close_code(wire.taken()) == outcome
    wire.lose()
    assert face.refusals.counts == {"socket_auth": 1}
    assert "(close code 1008: the token is another call's)" in face.log.at("info")[-1]


@pytest.mark.parametrize("first", [{}, {"conversation_uuid": CALL}, {"uuid": "another leg"}])
def test_a_token_of_this_call_goes_on(first: dict[str, Any]) -> None:
    """A script of the operator's may leave the headers out."""
    face = face_with("token")
    _, wire = upgrade(face, path_of(face, CALL))

    wire.receive(encode_frame(TEXT, connected_message(**first).encode()))
    wire.receive(encode_frame(BINARY, bytes(640)))

    assert len(wire.taken()) == 644


# Who is not.


def test_a_signature_proves_a_call() -> None:
    """At any address of a socket, with or without the hash of a body that there is not."""
    for path in ("/socket", "/", "/socket?a=b", f"/socket/{GUESS}"):
        assert status(face_with("token", "vonage"), path, bearer(None)) == 101
    assert status(face_with("vonage"), "/socket", bearer(b"")) == 101
    assert status(face_with("vonage"), "/socket", bearer(b"another")) == 101


def test_an_authorization_of_the_operators_proves_any_call() -> None:
    """As often as it comes: it is in a script that somebody else serves."""
    face = face_with("custom")
    assert [status(face, "/socket", OPERATORS) for _ in range(2)] == [101, 101]


def test_a_token_may_come_as_an_authorization() -> None:
    """With custom alone it does not stand in an address, which proxies log; it is good once."""
    face = face_with("custom")
    endpoint = endpoint_of(face)
    assert endpoint["uri"] == "ws://echo.example/socket"
    assert endpoint["authorization"]["type"] == "custom"
    value = endpoint["authorization"]["value"]
    assert [status(face, "/socket", value) for _ in range(2)] == [101, 403]
    assert [call.conversation for call in face.registry.live.values()] == [CALL]


@pytest.mark.parametrize(
    ("accepted", "authorization"),
    [
        (("token",), None),
        (("token", "custom"), None),
        (ALL, {"type": "vonage"}),
        (("vonage",), {"type": "vonage"}),
    ],
)
def test_the_script_asks_for_what_counts(
    accepted: tuple[str, ...], authorization: dict[str, str] | None
) -> None:
    """One proof in the address, one in the header, each where it counts."""
    endpoint = endpoint_of(face_with(*accepted))
    assert endpoint.get("authorization") == authorization
    assert (endpoint["uri"] == "ws://echo.example/socket") is ("token" not in accepted)


def test_a_token_is_good_as_long_as_the_operator_says() -> None:
    """A greeting of a quarter of an hour needs a longer one."""
    face = Face(trust=TrustTerms(socket_auth=("token",), token_timeout=900))
    path = path_of(face)
    face.clock.advance(899)
    assert status(face, path) == 101


def test_tokens_outlive_a_reload() -> None:
    """What was given out stays good, and what was used stays used, when what has to be proven changes."""
    face = face_with("token", "vonage")
    waiting, gone = path_of(face, OTHER), used(face)

    face.trust.serve_under(TrustTerms(secrets=(Secret(ROTATED),), socket_auth=("token", "vonage")))

    assert (status(face, waiting), status(face, gone)) == (101, 403)


def test_a_call_that_finds_no_room_keeps_its_token() -> None:
    """The provider may try again with it."""
    face = face_with("token", max_calls=1)
    path, other = path_of(face, OTHER), used(face)
    assert status(face, path) == 503
    assert status(face, other) == 503
    next(iter(face.registry.live.values())).evict(1000, "", "")
    face.clock.advance(STANDARD.linger_timeout)
    assert status(face, path) == 101


def test_each_socket_of_a_script_has_a_token_of_its_own(tmp_path: Path) -> None:
    """Whoever connects again, or twice, finds each address good once."""
    socket = {"action": "connect", "endpoint": [{"type": "websocket", "uri": "${socket_url}?n=1"}]}
    custom = {"authorization": {"type": "custom", "value": "Bearer ${socket_token}"}}
    write(tmp_path / "ncco.json", [socket, socket, custom | {"action": "connect"}])
    face = face_with(*ALL, ncco_file=NccoFile(tmp_path / "ncco.json", RecordingLog()))

    first, second, third = face.ask(f"/ncco?conversation_uuid={CALL}").json()

    paths = [each["endpoint"][0]["uri"].removeprefix("ws://echo.example") for each in (first, second)]
    assert [status(face, path) for path in paths] == [101, 101]
    assert status(face, "/socket", third["authorization"]["value"]) == 101


# What it costs an address.


def test_proven_upgrades_do_not_count_against_their_address() -> None:
    """Neither as upgrades nor as requests: a provider dials a thousand calls from one address."""
    face = face_with(
        "token", upgrades_burst=1, upgrades_per_second=1, requests_burst=10, requests_per_second=1
    )
    paths = [f"/socket/{face.trust.issue(Pass(CALL))}" for _ in range(50)]

    assert {status(face, path) for path in paths} == {101}

    assert face.refusals.counts == {}
    assert [status(face), status(face)] == [403, 429]


def test_guesses_count_against_their_address() -> None:
    """As upgrades; a call that proves itself comes through beside them, and another address may guess."""
    face = face_with("token", upgrades_burst=3, upgrades_per_second=1)
    path = path_of(face)
    assert [status(face, f"/socket/{GUESS}") for _ in range(5)] == [403, 403, 403, 429, 429]
    assert status(face, path) == 101
    assert upgrade(face, peer=IPv4Address("TCP", "192.0.2.8", 1))[0].status == 403


@pytest.mark.parametrize("broken", ["GET /socket HTTP/1.0", "GET / HTTP/1.0", "GET /socket/x HTTP/1.0"])
def test_upgrades_that_are_none_count_as_requests(broken: str) -> None:
    """Whoever says Upgrade and means something else is charged as everybody."""
    face = Face(requests_burst=2, requests_per_second=1)
    answers = []
    for _ in range(4):
        wire = face.connect()
        wire.receive(f"{broken}\r\nHost: a\r\nUpgrade: websocket\r\n\r\n".encode())
        answers.append(read_answer(wire.taken()).status)
    assert answers == [426, 426, 429, 429]


@pytest.mark.parametrize(
    "line", ["POST /socket", "GET /socket/a/b", "GET /health", "GET //", "GET /nothing", "HEAD /"]
)
def test_the_word_upgrade_makes_nothing_free(line: str) -> None:
    """What can become no call is charged before it is looked at."""
    face = Face(requests_burst=1, requests_per_second=1)
    answers = []
    for _ in range(2):
        wire = face.connect()
        wire.receive(f"{line} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n".encode())
        answers.append(read_answer(wire.taken(), line.split(maxsplit=1)[0]).status)
    assert answers[1] == 429


def test_who_asks_too_often_is_not_heard_on() -> None:
    """Behind a 429 nothing of a connection is read any more, whatever was sent with it."""
    face = face_with("token", upgrades_burst=1, upgrades_per_second=1)
    wire = face.connect()
    wire.receive(upgrade_request("/socket", "echo.example", KEY) * 4)
    answers = read_answers(wire.taken())
    assert [each.status for each in answers] == [403, 429]
    assert answers[1].headers["connection"] == "close"
    assert wire.disconnecting


def test_the_word_upgrade_makes_nothing_free_for_the_operator_either() -> None:
    """There are no sockets on that port."""
    face = OperatorFace(requests_burst=1, requests_per_second=1)
    assert [face.look("/socket", headers=[("Upgrade", "websocket")]).status for _ in range(2)] == [404, 429]


def test_who_is_refused_for_want_of_room_is_charged() -> None:
    """A flood of upgrades to a full daemon is a flood."""
    face = Face(max_calls=1, requests_burst=2, requests_per_second=1)
    assert [status(face) for _ in range(4)] == [101, 503, 429, 429]


# What is logged.


def test_no_token_is_logged() -> None:
    """Not with the request for the script, not with the upgrade, not with an event about the socket."""
    face = face_with(*ALL)
    path = path_of(face)
    token = path.rpartition("/")[2]
    uri = f"wss://echo.example{path}"
    face.ask("/events", method="POST", body=f'{{"status":"started","to":"{uri}"}}'.encode())
    face.ask(f"/events?status=started&to={uri}")
    _, wire = upgrade(face, path)
    wire.lose()
    face.ask(path)
    face.ask(path.replace("socket", "%73ocket") + "/")
    assert len(face.log.lines) > 8
    assert [line for _, line in face.log.lines if token in line] == []


def test_no_token_is_in_the_list_of_calls() -> None:
    """Even where a script has put the address of the socket among its headers."""
    face = OperatorFace(trust=TrustTerms(socket_auth=("token",)))
    path = path_of(face)
    _, wire = upgrade(face, path)
    wire.receive(encode_frame(TEXT, connected_message(here=f"wss://echo.example{path}").encode()))
    told = face.look("/calls").body.decode()
    assert '"here": "wss://echo.example/socket/..."' in told
    assert path not in told


def draining(face: Face) -> Face:
    """The same face, where no new call is taken any more, and those that are on may go on."""
    face.is_open, face.is_draining = False, True
    return face


def test_a_call_that_was_taken_is_let_in_while_the_daemon_drains() -> None:
    """Its caller hears the greeting as the daemon is told to stop; when all are closed, it is too late."""
    face = face_with("token", "vonage")
    early, late = path_of(face), path_of(face, OTHER)
    draining(face)
    assert upgrade(face, early)[0].status == 101
    assert upgrade(face, early)[0].status == 503
    face.is_draining = False
    assert upgrade(face, late)[0].status == 503


def test_a_call_whose_socket_is_lost_while_the_daemon_drains() -> None:
    """It is one of those that may go on."""
    face = draining(face_with("token", "vonage"))
    lost = {
        "status": "disconnected",
        "uuid": "socket",
        "conversation_uuid": CALL,
        "to": "ws://echo.example/socket",
    }
    (connect,) = face.ask("/events", method="POST", body=json.dumps(lost).encode()).json()
    path = connect["endpoint"][0]["uri"].removeprefix("ws://echo.example")
    assert upgrade(face, path)[0].status == 101


@pytest.mark.parametrize("path", ["/socket", "/", f"/socket/{GUESS}"])
@pytest.mark.parametrize("socket_auth", [("token", "vonage"), ("vonage",), ("none",)])
def test_who_proves_no_taken_call_is_refused_while_the_daemon_drains(
    path: str, socket_auth: tuple[str, ...]
) -> None:
    """A signature proves a call, and nothing of when it was taken."""
    face = draining(face_with(*socket_auth))
    assert upgrade(face, path, [bearer(None)])[0].status == 503


def test_a_call_that_is_sent_elsewhere_is_not_let_in(tmp_path: Path) -> None:
    """The script for the busy names the address of all, and another one is to take the call."""
    script = tmp_path / "busy.json"
    write(script, [{"action": "talk", "text": "${socket_url}"}])
    face = draining(face_with("token", busy_file=NccoFile(script, RecordingLog())))
    url = face.ask(f"/ncco?conversation_uuid={CALL}").json()[0]["text"]
    assert upgrade(face, url.removeprefix("ws://echo.example"))[0].status == 503
