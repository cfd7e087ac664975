"""Tests of echo.web.door: who is let in, by the rate of their address and by the room that there is."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress

from echo.call.state import State
from echo.web.addresses import Proxies
from echo.web.door import Door
from tests.face import CALLER, KEY, Answer, Face, read_answer
from tests.frames import BINARY, encode_frame, upgrade_request

OTHER = IPv4Address("TCP", "192.0.2.8", 5060)
LOOPBACK = IPv4Address("TCP", "127.0.0.1", 5060)


def upgrade(face: Face, peer: IAddress = CALLER, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Ask for a call on a connection of its own, which stays."""
    wire = face.connect(peer)
    wire.receive(upgrade_request("/socket", "echo.example", KEY, headers))
    return read_answer(wire.taken())


def test_a_thousand_calls_start_at_once_from_one_address() -> None:
    """A provider that dials all its calls anew is no attack: each is taken and answered."""
    face = Face()

    wires = [face.call()[0] for _ in range(1000)]
    for wire in wires:
        wire.receive(encode_frame(BINARY, bytes(640)))

    assert all(len(wire.taken()) == 644 for wire in wires)
    assert {call.state for call in face.registry.live.values()} == {State.TALKING}
    assert face.refusals.counts == {}


def test_a_thousand_calls_with_their_webhooks_start_in_ten_seconds() -> None:
    """An address that has just used up its bursts still starts a hundred calls a second, with five requests each."""
    face = Face(upgrades_burst=1, requests_burst=1)

    for _ in range(1000):
        for path in ("/ncco", "/health", "/health", "/health", "/health"):
            face.clock.advance(0.001)
            assert face.ask(path).status == 200
        face.clock.advance(0.005)
        wire, _ = face.call()
        wire.receive(encode_frame(BINARY, bytes(640)))

    assert len(face.registry.live) == 1000
    assert face.refusals.counts == {}


def test_upgrades_beyond_the_rate_are_told_when_to_come_back() -> None:
    """429 with Retry-After; another address goes on, and so does this one after that time."""
    face = Face(upgrades_burst=2, upgrades_per_second=1)
    assert [upgrade(face).status for _ in range(3)] == [101, 101, 429]
    refused = upgrade(face)

    assert refused.headers["retry-after"] == "1"
    assert upgrade(face, OTHER).status == 101
    face.clock.advance(1)
    assert upgrade(face).status == 101
    assert face.refusals.counts == {"upgrades_per_second": 2}
    assert "refused by upgrades_per_second: 192.0.2.7" in face.log.at("warn")


def test_requests_beyond_the_rate_end_their_connection_only() -> None:
    """429 with Retry-After before a byte of the body is kept; calls of the same address go on."""
    face = Face(requests_burst=3, requests_per_second=1)
    call, _ = face.call()
    wire = face.connect()

    wire.receive(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n" * 2 + b"POST /events HTTP/1.1\r\nHost: a\r\n")
    assert wire.taken().count(b"HTTP/1.1 200 OK") == 2
    wire.receive(b"Content-Length: 60000\r\n\r\n" + bytes(30000))

    refused = read_answer(wire.taken())
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    assert refused.json() == {"error": "more than 1 requests a second from one address"}
    assert wire.half_closed
    assert face.refusals.counts == {"requests_per_second": 1}
    assert face.ask("/health", peer=OTHER).status == 200
    call.receive(encode_frame(BINARY, b"x"))
    assert call.taken() == b"\x82\x01x"


def test_an_address_does_not_pay_for_one_connection() -> None:
    """After a hundred connections that break every rule, their address is served as before."""
    face = Face()
    for _ in range(100):
        wire, _ = face.call()
        wire.receive(encode_frame(3))
        face.ask("/" + "x" * 20000)
        face.connect().receive(b"\r\nnonsense\r\n\r\n")

    assert upgrade(face).status == 101
    assert face.ask("/ncco").status == 200


def test_without_room_for_a_call_its_rate_is_left_alone() -> None:
    """A full daemon answers 503 with Retry-After, and who asks again and again finds a place when there is one."""
    face = Face(max_calls=1, upgrades_burst=1, upgrades_per_second=1)
    wire, _ = face.call()
    face.clock.advance(1)
    for _ in range(10):
        refused = upgrade(face)
        assert (refused.status, refused.headers["retry-after"]) == (503, "5")

    wire.lose()

    assert upgrade(face).status == 101
    assert face.refusals.counts == {"max_calls": 10}


def test_a_daemon_that_uses_too_much_memory_takes_no_more_calls() -> None:
    """Those that are on go on, new ones get 503, until there is memory again; it is looked at once a second."""
    face = Face(max_memory=100)
    wire, _ = face.call()
    face.memory_used = 100 * 1024 * 1024 + 1
    assert upgrade(face).status == 101  # it was looked at within this second
    face.clock.advance(1)

    assert upgrade(face).status == 503
    wire.receive(encode_frame(BINARY, b"x"))
    assert wire.taken() == b"\x82\x01x"
    assert face.ask("/health").status == 200
    face.memory_used -= 1
    face.clock.advance(1)
    assert upgrade(face).status == 101
    assert face.refusals.counts == {"max_memory": 1}


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        (CALLER, (), "192.0.2.7"),
        (CALLER, ("198.51.100.1",), "192.0.2.7"),
        (LOOPBACK, (), "127.0.0.1"),
        (LOOPBACK, ("198.51.100.1",), "198.51.100.1"),
        (LOOPBACK, ("203.0.113.9, 198.51.100.1",), "198.51.100.1"),
        (LOOPBACK, ("203.0.113.9", "198.51.100.1"), "198.51.100.1"),
        (LOOPBACK, ("198.51.100.1, 10.0.0.5",), "198.51.100.1"),
        (LOOPBACK, ("203.0.113.9, 198.51.100.1, 10.0.0.5, 127.0.0.1",), "198.51.100.1"),
        (LOOPBACK, ("10.0.0.6, 10.0.0.5",), "10.0.0.6"),
        (LOOPBACK, ("unknown",), "127.0.0.1"),
        (LOOPBACK, ("203.0.113.9, unknown, 10.0.0.5",), "10.0.0.5"),
        (LOOPBACK, ("",), "127.0.0.1"),
        (LOOPBACK, ("x" * 5000,), "127.0.0.1"),
        (LOOPBACK, ("203.0.113.9, " + "10.0.0.5, " * 20 + "10.0.0.5",), "10.0.0.5"),
        (LOOPBACK, ("198.51.100.1:4711",), "198.51.100.1"),
        (LOOPBACK, ("[2001:db8::1]:4711",), "2001:db8::/64"),
        (LOOPBACK, ("::ffff:198.51.100.1",), "198.51.100.1"),
        (UNIXAddress(b""), ("198.51.100.1",), "198.51.100.1"),
        (UNIXAddress(b""), (), "a local socket"),
        (IPv4Address("TCP", "10.0.0.5", 1), ("198.51.100.1",), "198.51.100.1"),
        (IPv6Address("TCP", "::ffff:192.0.2.7", 1), (), "192.0.2.7"),
        (IPv6Address("TCP", "2001:db8:1:2:3:4:5:6", 1), (), "2001:db8:1:2::/64"),
        (IPv6Address("TCP", "fe80::1%eth0", 1), (), "fe80::/64"),
        (IPv4Address("TCP", "nonsense", 1), ("198.51.100.1",), "nonsense"),
    ],
)
def test_a_request_is_charged_to_the_nearest_stranger(
    peer: IAddress, forwarded: tuple[str, ...], caller: str
) -> None:
    """Behind trusted proxies it is the last entry that is none of theirs; what stands left of it may be a lie."""
    face = Face(trusted_proxies=[ip_network("10.0.0.0/8")], requests_burst=1)
    headers = [("X-Forwarded-For", value) for value in forwarded]

    assert face.ask("/health", peer=peer, headers=headers).status == 200
    assert face.ask("/health", peer=peer, headers=headers).status == 429

    assert face.log.at("warn") == [f"refused by requests_per_second: {caller}"]


def test_callers_behind_a_proxy_have_a_rate_each() -> None:
    """One that asks too much costs the others behind the same proxy nothing."""
    face = Face(upgrades_burst=1)
    first, second = (("X-Forwarded-For", "198.51.100.1"),), (("X-Forwarded-For", "198.51.100.2"),)

    assert upgrade(face, LOOPBACK, first).status == 101
    assert upgrade(face, LOOPBACK, first).status == 429
    assert upgrade(face, LOOPBACK, second).status == 101


def test_other_limits_count_from_the_next_request_on() -> None:
    """What was used up stays so while a rate stays the same, and begins anew where it changes."""
    face = Face(upgrades_burst=1)
    limits, door = face.site.limits, face.site.door
    assert upgrade(face).status == 101

    door.serve_under(limits, Proxies())
    assert upgrade(face).status == 429
    door.serve_under(type(limits)(), Proxies())

    assert upgrade(face).status == 101


def test_a_door_of_its_own_knows_no_memory() -> None:
    """Where nobody can tell how much memory is used, nobody is refused for it."""
    face = Face()

    door = Door(face.site.limits, Proxies(), face.clock.seconds, face.refusals)

    assert door.refuse_room(CALLER, 0) is None
