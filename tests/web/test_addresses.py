"""Tests of echo.web.addresses: under which addresses the provider reaches us."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress

from echo.web.addresses import Addresses
from tests.face import Face

LOOPBACK = IPv4Address("TCP", "127.0.0.1", 40000)
STRANGER = IPv4Address("TCP", "192.0.2.1", 40000)

FORWARDED = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "abc.ngrok.app")]


def socket_url(face: Face, **request: object) -> str:
    """Ask for the NCCO and return the address of the socket in it."""
    answer = face.ask("/ncco", **request)  # type: ignore[arg-type]  # passed through as they are
    return str(answer.json()[1]["endpoint"][0]["uri"])


def test_the_socket_is_secure_where_the_rest_is() -> None:
    """An https base has a wss socket, an http base a ws one; a path prefix stays."""
    assert Addresses("https://voice.example/a").socket_url == "wss://voice.example/a/socket"
    assert Addresses("http://localhost:8000").socket_url == "ws://localhost:8000/socket"


def test_the_host_header_tells_where_we_are() -> None:
    """Without a public URL the request's own Host is the address."""
    assert socket_url(Face(), host="localhost:8000") == "ws://localhost:8000/socket"


def test_the_public_url_wins_over_everything() -> None:
    """With a public URL neither Host nor a trusted proxy changes the address."""
    face = Face(public_url="https://voice.example/echo")

    url = socket_url(face, host="evil.example", headers=FORWARDED, peer=LOOPBACK)

    assert url == "wss://voice.example/echo/socket"


@pytest.mark.parametrize(
    "peer",
    [
        LOOPBACK,
        IPv4Address("TCP", "127.8.8.8", 1),
        IPv6Address("TCP", "::1", 1),
        IPv6Address("TCP", "::ffff:127.0.0.1", 1),
        UNIXAddress(b"/run/echo.sock"),
    ],
)
def test_a_tunnel_on_this_machine_is_believed(peer: IAddress) -> None:
    """What a proxy on loopback or a local socket says of host and scheme holds, with nothing configured."""
    assert socket_url(Face(), headers=FORWARDED, peer=peer) == "wss://abc.ngrok.app/socket"


@pytest.mark.parametrize("peer", [STRANGER, IPv6Address("TCP", "2001:db8::1", 1)])
def test_a_stranger_is_not_believed(peer: IAddress) -> None:
    """X-Forwarded headers of anybody else are as if they were not there."""
    assert socket_url(Face(), headers=FORWARDED, peer=peer) == "ws://echo.example/socket"


@pytest.mark.parametrize("peer", [STRANGER, IPv6Address("TCP", "::ffff:192.0.2.1", 1)])
def test_a_named_proxy_is_believed(peer: IAddress) -> None:
    """A proxy that the operator trusts by address or network is believed like one on this machine."""
    face = Face(trusted_proxies=[ip_network("192.0.2.0/24")])

    assert socket_url(face, headers=FORWARDED, peer=peer) == "wss://abc.ngrok.app/socket"


def test_the_nearest_proxy_has_the_last_word() -> None:
    """Of several values the last one counts: the first may be the client's own invention."""
    headers = [("X-Forwarded-Host", "evil.example, voice.example"), ("X-Forwarded-Proto", "http, https")]

    assert socket_url(Face(), headers=headers, peer=LOOPBACK) == "wss://voice.example/socket"


@pytest.mark.parametrize(
    "host",
    [
        "",
        "a b",
        "evil.example/path",
        "evil.example?x",
        "user@evil.example",
        '"',
        "a:b",
        "[::1",
        "a" * 300,
        "\xe9",
    ],
)
def test_a_host_that_is_none_is_refused(host: str) -> None:
    """A Host that could not be one is answered with 400 and never becomes part of a URL."""
    answer = Face().ask("/ncco", host=host)

    assert answer.status == 400
    assert "names no host" in answer.json()["error"]


def test_a_scheme_that_is_none_is_refused() -> None:
    """A trusted proxy that says neither http nor https is answered with 400."""
    answer = Face().ask("/ncco", headers=[("X-Forwarded-Proto", "javascript")], peer=LOOPBACK)

    assert answer.status == 400


def test_two_hosts_are_none() -> None:
    """With two Host headers nobody can know which one a proxy has looked at."""
    answer = Face().ask("/ncco", headers=[("Host", "evil.example")])

    assert answer.status == 400


def test_a_list_of_hosts_is_no_host() -> None:
    """Host is one name; a comma does not make it the last of several."""
    assert Face().ask("/ncco", host="good.example, evil.example").status == 400


def test_an_address_that_is_none_is_not_trusted() -> None:
    """What a PROXY protocol header claims need not be an address."""
    peer = IPv4Address("TCP", "\x1b[31mgarbage", 1)

    assert socket_url(Face(), headers=FORWARDED, peer=peer) == "ws://echo.example/socket"


def test_the_scheme_may_be_written_in_capitals() -> None:
    """Schemes know no case."""
    headers = [("X-Forwarded-Proto", "HTTPS")]

    assert socket_url(Face(), headers=headers, peer=LOOPBACK) == "wss://echo.example/socket"


@pytest.mark.parametrize("host", ["example.com", "example.com:8443", "[2001:db8::1]:8000", "my_host"])
def test_hosts_of_all_kinds_are_taken(host: str) -> None:
    """Names, ports and IPv6 addresses in brackets pass."""
    assert socket_url(Face(), host=host) == f"ws://{host}/socket"
