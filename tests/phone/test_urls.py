"""The URLs that the phone calls and asks."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.phone import urls

HINT = "write http://{0} for an answer URL or ws://{0} for a socket"


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost:8000/ncco",
        "https://example.com",
        "ws://127.0.0.1:8000/socket?id=a%20b&x=1",
        "wss://[::1]:443/socket",
        "WS://Example.com/Socket",
    ],
)
def test_a_target_stays_as_it_is_written(text: str) -> None:
    """An answer URL or a socket is taken to the letter: its query is the application's own."""
    assert urls.target(text) == text


@pytest.mark.parametrize(
    ("parse", "text", "sentence"),
    [
        (urls.target, "localhost:8000", "'localhost:8000' is no URL: " + HINT.format("localhost:8000")),
        (urls.target, "localhost", HINT.format("localhost")),
        (urls.target, "//host/path", HINT.format("host/path")),
        (urls.target, "5", "'5' is no URL"),
        (urls.web_url, "host/x", "write http://host/x"),
        (urls.target, "", "'' is no URL"),
        (urls.target, "http://a b", "characters that must be percent-encoded"),
        (urls.target, "http://h/\r\nX: y", "'http://h/\\r\\nX: y' is no URL"),
        (urls.target, "http://h\u00e9/", "characters that must be percent-encoded"),
        (urls.target, "ftp://h/", "it must begin with http://, https://, ws:// or wss://"),
        (urls.web_url, "ws://h/", "it must begin with http:// or https://"),
        (urls.target, "http://h/#x", "has a fragment (#...)"),
        (urls.target, "http://h/#", "has a fragment (#...)"),
        (urls.target, "http://h:99999/", "'http://h:99999/' is no URL: "),
        (urls.target, "http://h:0/", "names no host, or a port that is none"),
        (urls.target, "http://h:x/", "'http://h:x/' is no URL: "),
        (urls.target, "http:///ncco", "names no host"),
        (urls.target, "http://[::1/", "'http://[::1/' is no URL: "),
    ],
)
def test_a_wrong_url_is_refused(parse: Callable[[str], str], text: str, sentence: str) -> None:
    """What is no URL, or none for this, is named in a sentence that says how to write it."""
    with pytest.raises(ValueError, match=r"^.") as caught:
        parse(text)
    assert sentence in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("text", ["http://me:hush@host/", "ws://hush@host/"])
def test_a_password_is_refused_and_not_repeated(text: str) -> None:
    """A URL with a user is refused, and its password does not come to be seen."""
    with pytest.raises(ValueError, match="a user and a password is refused") as caught:
        urls.target(text)
    assert "hush" not in str(caught.value)


@given(
    st.sampled_from([urls.target, urls.web_url]),
    st.text(max_size=60) | st.from_regex(r"(https?|wss?)://[!-~]{0,30}", fullmatch=True),
)
def test_a_url_is_one_line_with_a_host(parse: Callable[[str], str], text: str) -> None:
    """Whatever is written: it is refused in one line, or stays as it is and names a host."""
    try:
        url = parse(text)
    except ValueError as refused:
        assert str(refused).isprintable()
    else:
        assert url == text
        assert urlsplit(url).hostname
        assert url.isascii()
        assert url.isprintable()
