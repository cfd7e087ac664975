"""Tests of echo.web.home: the page for a person."""

from __future__ import annotations

from twisted.internet.address import IPv4Address

from echo.websocket.protocol import CallProtocol
from tests.face import KEY, Face
from tests.frames import upgrade_request

TUNNEL = IPv4Address("TCP", "127.0.0.1", 40000)


def test_the_page_shows_what_to_paste_into_the_dashboard() -> None:
    """Answer URL and event URL are those of the tunnel that the page was opened through."""
    headers = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "abc.ngrok.app")]

    page = Face().ask("/", headers=headers, peer=TUNNEL)

    assert page.headers["content-type"].startswith("text/html")
    assert b"https://abc.ngrok.app/ncco" in page.body
    assert b"https://abc.ngrok.app/events" in page.body
    assert b"wss://abc.ngrok.app/socket" in page.body


def test_the_page_counts_the_calls() -> None:
    """One call is one call, two are calls."""
    face = Face()
    assert b"0 calls on the line" in face.ask("/").body
    face.call()
    assert b"1 call on the line" in face.ask("/").body
    face.call()
    assert b"2 calls on the line, 2 since the start" in face.ask("/").body


def test_the_page_allows_no_script() -> None:
    """The policy of the page forbids everything but its own style."""
    policy = Face().ask("/").headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "unsafe" not in policy


def test_a_websocket_on_the_front_page_is_a_call() -> None:
    """The original sample takes a socket on any path, so ``/`` takes one too."""
    face = Face()
    wire = face.connect()

    wire.receive(upgrade_request("/", "echo.example", KEY))

    assert wire.taken().startswith(b"HTTP/1.1 101 ")
    assert isinstance(wire.protocol, CallProtocol)
    assert len(face.registry.live) == 1
