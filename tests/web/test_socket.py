"""Tests of echo.web.socket: how a request becomes a call, and what keeps it from it."""

from __future__ import annotations

import gc
import weakref

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress

from echo.websocket.protocol import CallProtocol
from tests.face import KEY, Answer, Face, read_answer
from tests.frames import BINARY, accept_value, encode_frame

UPGRADE = {
    "Host": ["echo.example"],
    "Upgrade": ["websocket"],
    "Connection": ["Upgrade"],
    "Sec-WebSocket-Version": ["13"],
    "Sec-WebSocket-Key": [KEY],
}


def request(
    line: str = "GET /socket HTTP/1.1", changes: dict[str, list[str]] | None = None, body: bytes = b""
) -> bytes:
    """Write an upgrade with some headers changed; an empty list leaves one out."""
    headers = UPGRADE | (changes or {})
    lines = [f"{name}: {value}" for name, values in headers.items() for value in values]
    return "\r\n".join([line, *lines, "", ""]).encode("latin-1") + body


def answer(face: Face, data: bytes) -> Answer:
    """Send ``data`` on a connection of its own and read the answer."""
    wire = face.connect()
    wire.receive(data)
    return read_answer(wire.taken())


def test_an_upgrade_is_accepted() -> None:
    """The answer carries the accept value of RFC 6455 section 1.3 and no extension."""
    upgraded = answer(Face(), request())

    assert upgraded.status == 101
    assert upgraded.headers["sec-websocket-accept"] == accept_value(KEY) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert "sec-websocket-extensions" not in upgraded.headers
    assert "sec-websocket-protocol" not in upgraded.headers
    assert "server" not in upgraded.headers


@pytest.mark.parametrize(
    "changes",
    [
        {"Origin": ["http://echo.example"]},
        {"Origin": ["null"]},
        {"Origin": ["file://"]},
        {"Origin": ["no origin at all \xff"]},
        {"Origin": ["http://a.example", "http://b.example"]},
        {"Connection": ["keep-alive, Upgrade"]},
        {"Upgrade": ["WebSocket"]},
        {"Sec-WebSocket-Extensions": ["permessage-deflate; client_max_window_bits"]},
        {"Sec-WebSocket-Protocol": ["chat, chat"]},
        {"Authorization": ["Bearer x"]},
        {"X-Anything": ["\x80\x85\x0b"]},
        {"User-Agent": []},
        {"Content-Length": ["0"]},
    ],
)
def test_what_a_peer_says_besides_does_not_matter(changes: dict[str, list[str]]) -> None:
    """Origins of any kind, offers that we do not take and unknown headers never cost a call."""
    upgraded = answer(Face(), request(changes=changes))

    assert upgraded.status == 101
    assert "sec-websocket-extensions" not in upgraded.headers
    assert "sec-websocket-protocol" not in upgraded.headers


@pytest.mark.parametrize("offer", [["WSBRIDGE"], ["chat, WSBRIDGE"], ["chat", "WSBRIDGE"]])
def test_the_providers_subprotocol_is_selected_when_offered(offer: list[str]) -> None:
    """WSBRIDGE is answered wherever it stands in the offer."""
    upgraded = answer(Face(), request(changes={"Sec-WebSocket-Protocol": offer}))

    assert upgraded.headers["sec-websocket-protocol"] == "WSBRIDGE"


@pytest.mark.parametrize(
    ("changes", "status", "word"),
    [
        ({"Upgrade": []}, 426, "ws://"),
        ({"Upgrade": ["h2c"]}, 426, "ws://"),
        ({"Connection": []}, 400, "Connection"),
        ({"Connection": ["close"]}, 400, "Connection"),
        ({"Sec-WebSocket-Version": ["8"]}, 426, "13"),
        ({"Sec-WebSocket-Version": []}, 426, "13"),
        ({"Sec-WebSocket-Version": ["13", "13"]}, 426, "13"),
        ({"Host": []}, 400, "Host"),
        ({"Host": ["a", "b"]}, 400, "Host"),
        ({"Sec-WebSocket-Key": []}, 400, "Key"),
        ({"Sec-WebSocket-Key": [KEY, KEY]}, 400, "Key"),
        ({"Sec-WebSocket-Key": ["short"]}, 400, "Key"),
        ({"Sec-WebSocket-Key": ["!" + KEY[1:]]}, 400, "Key"),
        ({"Sec-WebSocket-Key": ["\xe9" * 24]}, 400, "Key"),
        ({"Content-Length": ["2"], "X-Last": ["1\r\n\r\nab"]}, 400, "body"),
        ({"Transfer-Encoding": ["chunked\r\n\r\n0"]}, 400, "body"),
    ],
)
def test_a_broken_upgrade_is_refused_with_a_reason(
    changes: dict[str, list[str]], status: int, word: str
) -> None:
    """What is not an upgrade gets an HTTP answer that names the header at fault."""
    refused = answer(Face(), request(changes=changes))

    assert refused.status == status
    assert word in refused.json()["error"]


def test_an_old_version_is_told_the_right_one() -> None:
    """RFC 6455 section 4.2.2: the answer names the version that we speak."""
    refused = answer(Face(), request(changes={"Sec-WebSocket-Version": ["8"]}))

    assert refused.reason == "Upgrade Required"
    assert refused.headers["sec-websocket-version"] == "13"
    assert refused.headers["upgrade"] == "websocket"


def test_http_1_0_cannot_upgrade() -> None:
    """A WebSocket needs HTTP/1.1."""
    assert answer(Face(), request("GET /socket HTTP/1.0")).status == 400


def test_a_stopping_daemon_takes_no_call() -> None:
    """While it drains, upgrades are answered with 503, and with when to ask again."""
    face = Face()
    face.is_open = False

    refused = answer(face, request())

    assert (refused.status, refused.headers["retry-after"]) == (503, "7")


def test_the_number_of_calls_is_limited() -> None:
    """Beyond ``max_calls`` an upgrade is 503, and a place that becomes free is given again."""
    face = Face(max_calls=1)
    wire, _ = face.call()
    assert answer(face, request()).status == 503

    wire.lose()

    assert answer(face, request()).status == 101


@pytest.mark.parametrize("piece", [None, 1, 7])
def test_frames_that_come_with_the_upgrade_are_not_lost(piece: int | None) -> None:
    """Bytes in the same segment as the request belong to the call."""
    face = Face()
    wire = face.connect()

    wire.receive(request(body=encode_frame(BINARY, b"first") + encode_frame(BINARY, b"second")), piece)

    head, _, rest = wire.taken().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ")
    assert rest == b"\x82\x05first\x82\x06second"


def test_a_call_behind_a_large_answer_is_heard() -> None:
    """An upgrade that waited behind an answer which fills the transport makes a call that is read."""
    face = Face()
    wire = face.connect()
    wire.buffer = 100

    wire.receive(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" + request())

    assert isinstance(wire.protocol, CallProtocol)
    assert wire.producerState == "producing"


def test_nothing_of_http_stays_behind() -> None:
    """The channel and its request are gone once the call has taken their connection."""
    face = Face()
    wire = face.connect()
    channel = weakref.ref(wire.protocol)
    gc.disable()
    try:
        wire.receive(request())

        assert isinstance(wire.protocol, CallProtocol)
        assert channel() is None
        assert face.site.connections == 0
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("peer", "name"),
    [
        (IPv4Address("TCP", "192.0.2.7", 5060), "192.0.2.7:5060"),
        (IPv6Address("TCP", "::ffff:192.0.2.7", 5060), "192.0.2.7:5060"),
        (IPv6Address("TCP", "2001:db8::1", 5060), "[2001:db8::1]:5060"),
        (UNIXAddress(b""), "a local socket"),
    ],
)
def test_the_log_names_the_other_end(peer: IAddress, name: str) -> None:
    """A call's first line says where it comes from, in the shortest form that is clear."""
    face = Face()

    face.call(peer=peer)

    assert face.log.at("info") == [f"call 1 from {name}"]


def test_a_call_outlives_every_deadline_of_http() -> None:
    """Three minutes later a call that is fed still stands: HTTP's clock has stopped for it."""
    face = Face()
    wire, protocol = face.call()
    for _ in range(180):
        face.clock.advance(1)
        wire.receive(encode_frame(BINARY, bytes(640)))

    assert not wire.aborted
    assert protocol.session is not None
