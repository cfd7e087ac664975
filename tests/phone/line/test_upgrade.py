"""Tests of echo.phone.line.upgrade: the opening handshake as the provider writes it."""

from __future__ import annotations

import pytest

from echo.errors import PhoneError
from echo.phone.line.upgrade import SocketAddress, upgrade_request


def test_the_request_is_the_provider_s() -> None:
    """Headers and their order are those of the published module: no port, Origin of http, no extensions."""
    address = SocketAddress.parse("wss://app.example:8443/socket?call=1%2F2")

    assert upgrade_request(address, b"a2V5").decode().split("\r\n") == [
        "GET /socket?call=1%2F2 HTTP/1.1",
        "Pragma: no-cache",
        "Cache-Control: no-cache",
        "Host: app.example",
        "Origin: http://app.example",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: a2V5",
        "Sec-WebSocket-Protocol: WSBRIDGE",
        "Sec-WebSocket-Version: 13",
        "",
        "",
    ]


def test_the_subprotocol_can_be_left_out() -> None:
    """Whether today's platform offers it is not known, so it is an option."""
    request = upgrade_request(SocketAddress.parse("ws://a/"), b"k", subprotocol=False)

    assert b"Sec-WebSocket-Protocol" not in request


def test_authorization_goes_verbatim() -> None:
    """The value of a custom authorization is the whole value of the header."""
    request = upgrade_request(SocketAddress.parse("ws://a/"), b"k", authorization="Bearer abc 123")

    assert b"\r\nAuthorization: Bearer abc 123\r\n" in request


def test_authorization_adds_no_header_of_its_own() -> None:
    """A line end in the value is refused."""
    with pytest.raises(PhoneError, match="printable ASCII"):
        upgrade_request(SocketAddress.parse("ws://a/"), b"k", authorization="x\r\nEvil: 1")


@pytest.mark.parametrize(
    ("url", "secure", "host", "port", "resource", "header"),
    [
        ("ws://a", False, "a", 80, "/", "a"),
        ("wss://a/x", True, "a", 443, "/x", "a"),
        ("WSS://A:1/?q", True, "a", 1, "/?q", "a"),
        ("ws://[::1]:8000/socket", False, "::1", 8000, "/socket", "[::1]"),
        ("ws://127.0.0.1:0/", False, "127.0.0.1", 0, "/", "127.0.0.1"),
    ],
)
def test_an_address_is_read(url: str, secure: bool, host: str, port: int, resource: str, header: str) -> None:
    """Scheme, host, port and resource are taken as RFC 6455 section 3 has them."""
    address = SocketAddress.parse(url)

    assert (address.secure, address.host, address.port, address.resource) == (secure, host, port, resource)
    assert address.host_header == header


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://a/", "ws:// or wss://"),
        ("ws:///path", "a host"),
        ("ws://a b/", "without spaces"),
        ("ws://a/\r\nEvil: 1", "without spaces"),
        ("ws://a:port/", "not the address"),
        ("ws://a:70000/", "not the address"),
        ("ws://me:secret@a/", "no user"),
        ("ws://a/#top", "#fragment"),
        ("ws://a/" + "x" * 2048, "2048 are allowed"),
        ("", "without spaces"),
    ],
)
def test_any_other_address_is_refused_in_a_sentence(url: str, problem: str) -> None:
    """What the provider would not call is refused before anything is opened."""
    with pytest.raises(PhoneError, match=problem.replace("#", "[#]")):
        SocketAddress.parse(url)
