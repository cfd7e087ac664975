"""Tests of echo.web.operator: the pages of the operator's port, and who may see them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress

from echo.limits import STANDARD
from echo.web.operator import MOST_CONNECTIONS
from tests.operator_face import LOOPBACK, OperatorFace

PAGES = ("/calls", "/metrics", "/ready", "/openapi.json")
IPV6 = IPv6Address("TCP", "::1", 9000)
MAPPED = IPv6Address("TCP", "::ffff:127.0.0.1", 9000)
OUTSIDE = IPv4Address("TCP", "192.0.2.1", 9000)


@pytest.mark.parametrize("path", PAGES)
def test_each_page_keeps_to_the_manners_of_the_public_face(path: str) -> None:
    """GET and HEAD are answered, OPTIONS lists them, and whatever else is asked is 405 with the same list."""
    face = OperatorFace()

    assert face.look(path).status == 200
    assert (face.look(path, method="HEAD").status, face.look(path, method="HEAD").body) == (200, b"")
    for method, status in (("OPTIONS", 204), ("POST", 405), ("TRACE", 405)):
        answer = face.look(path, method=method)
        assert (answer.status, answer.headers["allow"]) == (status, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("path", [*PAGES, "/nothing"])
def test_each_answer_is_guarded(path: str) -> None:
    """Nothing may be framed, kept, or taken for something else, and nobody is told what we are made of."""
    headers = OperatorFace().look(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/", "/nothing", "/socket", "/health", "/calls/1"])
def test_what_is_not_there_is_404(path: str) -> None:
    """What is there is said, and is this port's: calls come in on the other."""
    answer = OperatorFace().look(path)

    assert answer.status == 404
    assert answer.json() == {"error": "nothing is here; there are /calls, /metrics, /ready and /openapi.json"}


@pytest.mark.parametrize("path", ["/calls", "/metrics", "/ready"])
def test_the_public_face_shows_none_of_it(path: str) -> None:
    """On the port of the calls these pages are not there."""
    assert OperatorFace().ask(path).status == 404


@pytest.mark.parametrize("host", [LOOPBACK, IPV6, MAPPED])
@pytest.mark.parametrize(
    "name", ["localhost", "LOCALHOST:9000", "127.0.0.1", "127.0.0.1:9000", "[::1]:9000", "192.0.2.1"]
)
def test_on_loopback_it_answers_to_addresses_and_localhost(host: IAddress, name: str) -> None:
    """No name server has a say in those."""
    assert OperatorFace().look("/ready", name=name, host=host).status == 200


@pytest.mark.parametrize("host", [LOOPBACK, IPV6, MAPPED])
@pytest.mark.parametrize(
    "name",
    ["evil.example", "evil.example:9000", "localhost.evil.example", "127.0.0.1.nip.example", "", "[x]"],
)
def test_on_loopback_it_answers_to_no_other_name(host: IAddress, name: str) -> None:
    """A stranger's name that leads to this machine is of no use to the stranger."""
    answer = OperatorFace().look("/calls", name=name, host=host)

    assert answer.status == 421
    assert "localhost" in answer.json()["error"]


def test_the_name_in_the_request_line_counts() -> None:
    """A whole URL there is what is asked for, whatever the Host header says (RFC 9112 section 3.2.2)."""
    assert OperatorFace().look("http://evil.example/calls").status == 421
    assert OperatorFace().look("http://localhost/ready", name="evil.example").status == 200


def test_without_a_name_there_is_nothing_to_refuse() -> None:
    """No browser asks without one; a script in HTTP/1.0 may."""
    wire = OperatorFace().approach()

    wire.receive(b"GET /ready HTTP/1.0\r\n\r\n")

    assert wire.taken().startswith(b"HTTP/1.0 200 ")


@pytest.mark.parametrize("host", [OUTSIDE, UNIXAddress(b"/run/echo/operator.sock")])
def test_elsewhere_it_answers_to_any_name(host: IAddress) -> None:
    """Where the operator has put it in a network, it has a name there; a Unix socket is opened by no browser."""
    assert OperatorFace().look("/ready", name="echo.internal", host=host).status == 200


def test_the_public_face_answers_to_any_name() -> None:
    """A proxy on this machine passes on the name that the provider asked for."""
    face = OperatorFace()
    wire = face.connect()
    wire.hostAddr = LOOPBACK

    wire.receive(b"GET /health HTTP/1.1\r\nHost: echo.example.com\r\n\r\n")

    assert wire.taken().startswith(b"HTTP/1.1 200 ")


def test_its_connections_have_places_of_their_own() -> None:
    """However many others there are, the operator gets in; and never more than a few."""
    face = OperatorFace(max_requests=1000)
    for _ in range(100):
        face.connect()
    wires = [face.approach() for _ in range(MOST_CONNECTIONS)]
    assert {wire.state() for wire in wires} == {"open"}
    assert len(face.operator.channels) == MOST_CONNECTIONS
    assert face.operator.limits.max_requests == MOST_CONNECTIONS


def test_other_limits_count_from_then_on() -> None:
    """All but the number of connections, which stays small."""
    face = OperatorFace()

    face.operator.serve_under(replace(STANDARD, max_header=2000, max_requests=5000))

    assert (face.operator.limits.max_header, face.operator.limits.max_requests) == (2000, MOST_CONNECTIONS)
