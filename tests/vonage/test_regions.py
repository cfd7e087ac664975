"""Tests of echo.vonage.regions: where a token may go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.vonage.regions import API_URL, base_url, parse_api_url

STUB = "http://127.0.0.1:9100"


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("https://api-us-3.vonage.com", "https://api-us-3.vonage.com"),
        ("https://api-eu-4.vonage.com/", "https://api-eu-4.vonage.com"),
        ("https://API-AP-3.Vonage.COM", "https://api-ap-3.vonage.com"),
        ("https://api.nexmo.com:443", "https://api.nexmo.com"),
        ("https://a.b.nexmo.com", "https://a.b.nexmo.com"),
    ],
)
def test_a_region_of_the_provider_is_obeyed(told: str, asked: str) -> None:
    """By https, under one of its domains."""
    assert base_url(told) == asked


@pytest.mark.parametrize(
    "told",
    [
        None,
        "",
        "https://vonage.com",
        "http://api-us-3.vonage.com",
        "https://api-us-3.vonage.com:8443",
        "https://api-us-3.vonage.com.evil.example",
        "https://evilvonage.com",
        "https://evil.example/api.vonage.com",
        "https://evil.example?.vonage.com",
        "https://evil.example#.vonage.com",
        "https://evil.example\\.vonage.com",
        "https://api.vonage.com@evil.example",
        "https://evil.example@api.vonage.com",
        "https://user:pass@api.vonage.com",
        "https://api.vonage.com\\@evil.example",
        "https://api.vonage.com:443@evil.example",
        "https://evil%2eexample%2f.vonage.com",
        "https://evil.example/.vonage.com",
        "https://.vonage.com",
        "https://api..vonage.com",
        "https://-api.vonage.com",
        "https://api.vonage.com.",
        "https://api.vonage.com/v1/../..",
        "https://api.vonage.com\n",
        " https://api.vonage.com",
        "https://ap\ti.vonage.com",
        "https://evil。example.vonage.com",
        "https://api.vonage\u3002com",
        "https://api.vonagE.c\u1d0fm",
        "//api.vonage.com",
        "api.vonage.com",
        "wss://api.vonage.com",
        "https://[::1].vonage.com",
        "https://" + "a" * 64 + ".vonage.com",
    ],
)
def test_whatever_else_is_told_is_not(told: str | None) -> None:
    """The usual address is asked: a query string is signed by nobody."""
    assert base_url(told) == API_URL


@given(st.text(max_size=60))
def test_a_token_never_goes_elsewhere(text: str) -> None:
    """Whatever stands before or behind the provider's name, the request goes to one of its hosts."""
    for told in (
        text,
        f"https://{text}",
        f"https://{text}.vonage.com",
        f"https://api.vonage.com{text}",
        f"https://{text}vonage.com/",
    ):
        host = base_url(told).removeprefix("https://")
        assert host.endswith((".vonage.com", ".nexmo.com"))
        assert set(host) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")


def test_an_api_of_ones_own_is_asked_for_every_call() -> None:
    """Who has a simulated provider means it for all, whatever the region."""
    assert base_url("https://api-us-3.vonage.com", STUB) == STUB
    assert base_url(STUB, STUB) == STUB


def test_another_address_of_the_provider_leaves_the_regions() -> None:
    """It stands for calls whose region nobody told."""
    assert (
        base_url("https://api-us-3.vonage.com", "https://api-eu.vonage.com") == "https://api-us-3.vonage.com"
    )
    assert base_url(None, "https://api-eu.vonage.com") == "https://api-eu.vonage.com"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("https://api.nexmo.com", "https://api.nexmo.com"),
        ("https://API-eu.vonage.com/", "https://api-eu.vonage.com"),
        ("http://127.0.0.1:9100", "http://127.0.0.1:9100"),
        ("http://localhost:9100/", "http://localhost:9100"),
        ("http://[::1]:9100", "http://[::1]:9100"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://gateway.example:8443", "https://gateway.example:8443"),
    ],
)
def test_an_address_of_an_api(text: str, read: str) -> None:
    """Https anywhere, and http on this machine."""
    assert parse_api_url(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.nexmo.com",
        "http://api.nexmo.com",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "https://api.nexmo.com/v1",
        "https://api.nexmo.com?x",
        "https://user@api.nexmo.com",
        "https://api.nexmo.com:0",
        "https://api.nexmo.com:70000",
        "https://",
        "ftp://api.nexmo.com",
    ],
)
def test_what_is_no_address_of_an_api(text: str) -> None:
    """A token in the clear, or a URL with more than a host, is refused."""
    with pytest.raises(ValueError, match="is no address of an API"):
        parse_api_url(text)
