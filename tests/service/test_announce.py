"""Tests of echo.service.announce: what the daemon says at its start."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress

from echo.apps import APPS
from echo.audio.format import AudioFormat
from echo.call.flow import WhenSlow
from echo.call.terms import CallTerms
from echo.service import announce as announce_module
from echo.service.announce import announce, announce_operator
from echo.service.settings import resolve
from tests.doubles import RecordingLog

EVERYWHERE = IPv4Address("TCP", "0.0.0.0", 8000)


def told(host: Any = EVERYWHERE, *, secure: bool = False, **given: str) -> RecordingLog:
    """Announce a daemon with these settings and return the log."""
    settings = resolve(given, {}, lambda _path: b"")
    log = RecordingLog()
    terms = CallTerms(
        settings.limits,
        AudioFormat(settings.rate),
        WhenSlow(settings.when_slow) if settings.when_slow_given else None,
        APPS[settings.app],
        log,
        lambda: 0.0,
    )
    announce(settings, terms, host, secure=secure)
    return log


def test_it_says_where_everything_is() -> None:
    """Answer URL, event URL, socket URL and health are told as they are reached from this machine."""
    lines = told().at("info")

    assert "answer URL  http://localhost:8000/ncco" in lines
    assert "event URL   http://localhost:8000/events" in lines
    assert "socket URL  ws://localhost:8000/socket" in lines
    assert "health      http://localhost:8000/health" in lines


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_it_says_how_open_it_is(host: str) -> None:
    """On all interfaces it says so, and that any WebSocket is taken."""
    lines = told(IPv4Address("TCP", host, 8000)).at("info")

    assert "all interfaces, port 8000" in lines[0]
    assert "any WebSocket is accepted" in lines[-1]


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        (
            {"signature_secret": "hush"},
            [
                "webhooks have to be signed by the signature secret; unsigned ones: retry",
                "app echo, 16000 Hz, when slow: drop; a WebSocket has to prove its call by token or vonage",
            ],
        ),
        (
            {
                "signature_secret": "hush,k:hush",
                "socket_auth": "none",
                "unsigned": "allow",
                "application_id": "a-1",
            },
            [
                "webhooks of application a-1 have to be signed by one of 2 signature secrets; unsigned ones: allow",
                "app echo, 16000 Hz, when slow: drop; any WebSocket is accepted",
            ],
        ),
        (
            {"socket_auth": "token"},
            [
                "any webhook is believed: there is no signature secret",
                "app echo, 16000 Hz, when slow: drop; a WebSocket has to prove its call by token",
            ],
        ),
    ],
)
def test_it_says_what_has_to_be_proven(given: dict[str, str], lines: list[str]) -> None:
    """And by how many secrets, without one of them."""
    log = told(EVERYWHERE, secure=False, **given)
    assert log.at("info")[-2:] == lines
    assert [line for _, line in log.lines if "hush" in line] == []


@pytest.mark.parametrize(
    ("calls", "which"), [("all", "all calls are"), ("asked", "calls of apps that ask for it are")]
)
def test_it_says_that_calls_are_recorded(calls: str, which: str) -> None:
    """Nobody is recorded without the operator having been told so."""
    lines = told(record="/recordings", record_calls=calls).at("info")
    assert f"recording   {which} recorded into /recordings: callers have to be told" in lines
    assert not any("recorded" in line for line in told().at("info"))


@pytest.mark.parametrize(
    ("host", "base"),
    [
        (IPv4Address("TCP", "127.0.0.1", 81), "http://localhost:81"),
        (IPv4Address("TCP", "192.0.2.1", 81), "http://192.0.2.1:81"),
        (IPv6Address("TCP", "2001:db8::1", 81), "http://[2001:db8::1]:81"),
    ],
)
def test_one_interface_is_named(host: Any, base: str) -> None:
    """An interface of the operator's choice is told, and is part of the addresses."""
    lines = told(host).at("info")

    assert f"listens on {host.host}, port 81" in lines[0]
    assert f"answer URL  {base}/ncco" in lines


def test_a_public_url_is_told_instead() -> None:
    """With a public URL its addresses are told, and no word of tunnels."""
    lines = told(public_url="https://voice.example/echo").at("info")

    assert "socket URL  wss://voice.example/echo/socket" in lines
    assert not any("tunnel" in line for line in lines)


def test_tls_shows_in_the_addresses() -> None:
    """A port with TLS is https and wss."""
    assert "socket URL  wss://localhost:8000/socket" in told(secure=True).at("info")


def test_a_unix_socket_has_a_path_and_no_url() -> None:
    """A Unix socket is told by its path; nobody can open it in a browser."""
    lines = told(UNIXAddress(b"/run/echo.sock")).at("info")

    assert lines[0].endswith("listens on the Unix socket /run/echo.sock")
    assert not any("URL  " in line for line in lines)


@pytest.mark.parametrize(
    ("host", "line"),
    [
        (
            IPv4Address("TCP", "127.0.0.1", 9000),
            "http://localhost:9000/calls, /metrics and /ready: for this machine",
        ),
        (
            IPv6Address("TCP", "::1", 9000),
            "http://localhost:9000/calls, /metrics and /ready: for this machine",
        ),
        (UNIXAddress(b"/run/o.sock"), "the Unix socket /run/o.sock: whoever may open it sees the calls"),
    ],
)
def test_the_operators_port_is_told(host: Any, line: str) -> None:
    """Where to look, and that it is nobody else's."""
    log = RecordingLog()

    announce_operator(host, log, secure=False)

    assert log.at("info")[0].startswith(f"operator    {line}")
    assert log.at("warn") == []


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.1", "192.0.2.1, port 9000; whoever asks there sees who calls"),
        ("0.0.0.0", "all interfaces, port 9000: everybody who can reach this machine can reach it; whoever"),
    ],
)
def test_an_operators_port_for_others_is_warned_of(address: str, place: str) -> None:
    """It shows phone numbers, so who opens it to a network is told."""
    log = RecordingLog()

    announce_operator(IPv4Address("TCP", address, 9000), log, secure=True)

    assert log.at("info")[0].startswith("operator    https://")
    assert log.at("warn")[0].startswith(f"the operator's port listens on {place}")


def test_the_policy_in_force_is_told() -> None:
    """For an app that loses nothing, dropping has become pausing."""
    assert "when slow: drop" in told().at("info")[-1]
    assert "when slow: pause" in told(app="reflect").at("info")[-1]


def test_lifted_limits_are_told_loudly() -> None:
    """Nobody runs with ``--limits lab`` without being told."""
    assert told().at("warn") == []
    assert "LIMITS ARE LIFTED" in told(limits="lab").at("warn")[0]


def test_doubtful_settings_are_warned_of() -> None:
    """What ``resolve`` found doubtful is told at the start."""
    assert "ping_interval" in told(ping_interval="100").at("warn")[0]


def test_slow_parsing_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Autobahn's native code a call costs three times as much, which an operator must know."""
    monkeypatch.setattr(announce_module, "USES_NVX", False)

    assert "native code" in told().at("warn")[0]
