"""The parser of each single value: what it takes, what it makes of it, and how it says no."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.service import values

RIGHT: list[tuple[Callable[[str], Any], str, object]] = [
    (values.port, "8000", "8000"),
    (values.port, "0", "0"),
    (values.port, "65535", "65535"),
    (values.port, "008000", "8000"),
    (values.port, "tcp:8000", "tcp:8000"),
    (values.port, r"tcp6:8000:interface=\:\:1", r"tcp6:8000:interface=\:\:1"),
    (values.port, "ssl:8443:privateKey=key.pem", "ssl:8443:privateKey=key.pem"),
    (values.port, "tls:/etc/echo/tls:8443", "tls:/etc/echo/tls:8443"),
    (values.port, "unix:/run/echo.sock:mode=660", "unix:/run/echo.sock:mode=660"),
    (values.port, "systemd:domain=INET:name=echo", "systemd:domain=INET:name=echo"),
    (values.port, "haproxy:tcp:8000", "haproxy:tcp:8000"),
    (values.port, "onion:80", "onion:80"),
    (values.interface, "", ""),
    (values.interface, "127.0.0.1", "127.0.0.1"),
    (values.interface, "::1", "::1"),
    (values.interface, "0:0:0:0:0:0:0:1", "::1"),
    (values.interface, "fe80::1%eth0", "fe80::1%eth0"),
    (values.interface, "localhost", "localhost"),
    (values.interface, "host-1.example.com.", "host-1.example.com."),
    (values.file_path, "ncco.json", "ncco.json"),
    (values.file_path, "/a b/ü.json", "/a b/ü.json"),
    (values.rate, "8000", 8000),
    (values.rate, "16000", 16000),
    (values.rate, "24000", 24000),
    (values.public_url, "https://echo.example.com", "https://echo.example.com"),
    (values.public_url, "http://localhost:8000", "http://localhost:8000"),
    (values.public_url, "HTTPS://Echo.Example.COM/", "https://echo.example.com"),
    (values.public_url, "https://e.example/Voice/echo/", "https://e.example/Voice/echo"),
    (values.public_url, "https://e.example//", "https://e.example"),
    (values.public_url, "https://e.example:0443/a%20b", "https://e.example:443/a%20b"),
    (values.public_url, "http://my_container:1", "http://my_container:1"),
    (values.public_url, "http://[::1]:8000/x", "http://[::1]:8000/x"),
    (values.networks, "", ()),
    (values.networks, "  ", ()),
    (values.networks, "10.0.0.5", (ip_network("10.0.0.5/32"),)),
    (
        values.networks,
        "10.0.0.0/8, fd00::/8",
        (ip_network("10.0.0.0/8"), ip_network("fd00::/8")),
    ),
    (values.whole_number(1, 100), "1", 1),
    (values.whole_number(1, 100), "100", 100),
    (values.whole_number(1, 100), "007", 7),
    (values.choice(("drop", "pause"), "a way"), "pause", "pause"),
]

NEITHER_PORT = "is neither a port number nor a server endpoint"
NO_INTERFACE = "is neither an address nor a host name"
NO_URL = "is not a URL of a host and perhaps a path"

WRONG: list[tuple[Callable[[str], Any], str, str]] = [
    (values.port, "65536", "is not a port number"),
    (values.port, "9" * 5000, "is not a port number"),
    (values.port, "", NEITHER_PORT),
    (values.port, "-1", NEITHER_PORT),
    (values.port, "+80", NEITHER_PORT),
    (values.port, " 8000", NEITHER_PORT),
    (values.port, "8000\n", NEITHER_PORT),
    (values.port, "8_000", NEITHER_PORT),
    (values.port, "\uff18\uff10", NEITHER_PORT),
    (values.port, "http", NEITHER_PORT),
    (values.port, ":8000", NEITHER_PORT),
    (values.port, "127.0.0.1:8000", NEITHER_PORT),
    (values.port, "unix:/tmp/\0x", NEITHER_PORT),
    (values.interface, "127.0.0.256", NO_INTERFACE),
    (values.interface, "1.2.3", NO_INTERFACE),
    (values.interface, "80", NO_INTERFACE),
    (values.interface, "[::1]", NO_INTERFACE),
    (values.interface, "::1::2", NO_INTERFACE),
    (values.interface, "two words", NO_INTERFACE),
    (values.interface, "-dash", NO_INTERFACE),
    (values.interface, "a..b", NO_INTERFACE),
    (values.interface, "localhost:8000", NO_INTERFACE),
    (values.interface, "local\nhost", NO_INTERFACE),
    (values.file_path, "", "is not the path of a file"),
    (values.file_path, "a\0b", "is not the path of a file"),
    (values.rate, "44100", "is not a rate of the Voice API"),
    (values.rate, "8000.0", "is not a rate of the Voice API"),
    (values.rate, "", "is not a rate of the Voice API"),
    (values.public_url, "", "does not begin with http:// or https://"),
    (values.public_url, "echo.example.com", "does not begin with http:// or https://"),
    (values.public_url, "wss://echo.example.com", "does not begin with http:// or https://"),
    (values.public_url, " https://echo.example.com", "does not begin with http:// or https://"),
    (values.public_url, "https://e.example/?x=1", "has a query or a fragment"),
    (values.public_url, "https://e.example/#top", "has a query or a fragment"),
    (values.public_url, "https://", NO_URL),
    (values.public_url, "https:///ncco", NO_URL),
    (values.public_url, "https://me:secret@e.example", NO_URL),
    (values.public_url, "https://e.example/a b", NO_URL),
    (values.public_url, "https://e.example\n", NO_URL),
    (values.public_url, "https://e.example/%zz", NO_URL),
    (values.public_url, "https://bücher.example", NO_URL),
    (values.public_url, "https://e.example/${x}", NO_URL),
    (values.public_url, "https://e.example:", NO_URL),
    (values.public_url, "https://e.example:0", "has a port that is not one"),
    (values.public_url, "https://e.example:65536", "has a port that is not one"),
    (values.public_url, "https://[:::]", "has an IPv6 address that is not one"),
    (values.networks, "10.0.0.1,", "has '', which is no address or network"),
    (values.networks, "proxy.local", "has 'proxy.local', which is no address or network"),
    (values.networks, "10.0.0.0/33", "has '10.0.0.0/33', which is no address or network"),
    (values.networks, "1.1.1.1 2.2.2.2", "has '1.1.1.1 2.2.2.2', which is no address or network"),
    (
        values.networks,
        "::1,10.1.2.3/8",
        "has '10.1.2.3/8', which is no address or network (the network around it is 10.0.0.0/8)",
    ),
    (values.whole_number(1, 100), "0", "is out of range"),
    (values.whole_number(1, 100), "101", "is out of range"),
    (values.whole_number(1, 100), "-5", "is out of range"),
    (values.whole_number(1, 100), "9" * 5000, "is out of range"),
    (values.whole_number(1, 100), "", "is not a whole number"),
    (values.whole_number(1, 100), "1.0", "is not a whole number"),
    (values.whole_number(1, 100), "1e3", "is not a whole number"),
    (values.whole_number(1, 100), "1_0", "is not a whole number"),
    (values.whole_number(1, 100), " 1", "is not a whole number"),
    (values.whole_number(1, 100), "1\n", "is not a whole number"),
    (values.whole_number(1, 100), "٣", "is not a whole number"),
    (values.choice(("drop", "pause"), "a way"), "Drop", "is not a way"),
    (values.choice(("drop", "pause"), "a way"), "", "is not a way"),
]


@pytest.mark.parametrize(("parse", "text", "value"), RIGHT)
def test_a_right_text_becomes_its_value(parse: Callable[[str], Any], text: str, value: object) -> None:
    """Each parser takes what it should, and makes one form of it."""
    assert parse(text) == value


@pytest.mark.parametrize(("parse", "text", "problem"), WRONG)
def test_a_wrong_text_is_refused_with_its_reason(
    parse: Callable[[str], Any], text: str, problem: str
) -> None:
    """Each parser refuses what it should, with the words that end the sentence."""
    with pytest.raises(ValueError, match=r"^(is|has|does) ") as caught:
        parse(text)
    assert str(caught.value) == problem


def test_a_shown_value_is_escaped_and_cut() -> None:
    """Whatever a person typed, its copy in a message stays one short printable line."""
    text = values.shown("\x1b[2Jé\n" + "x" * 1000)
    assert text.startswith(r"'\x1b[2J\u00e9\nxxx")
    assert text.isprintable()
    assert len(text) < 130


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("prot", "port"),
        ("PROT", "port"),
        ("ratte", "rate"),
        ("intrface", "interface"),
        ("zebra", None),
        ("", None),
    ],
)
def test_the_nearest_name_is_found(word: str, found: str | None) -> None:
    """A slip of a finger leads to the name that was meant; something else leads nowhere."""
    assert values.nearest(word, ["port", "rate", "interface"]) == found


ANY = st.text(max_size=80) | st.text("0123456789abcdef:./-_%[]@?#, htpswl", max_size=40)


@given(
    st.sampled_from([values.port, values.interface, values.public_url, values.rate, values.file_path]), ANY
)
def test_a_value_is_its_own_writing(parse: Callable[[str], Any], text: str) -> None:
    """Whatever is written: it is refused by a ValueError, or what it becomes is read as the same again."""
    try:
        value = parse(text)
    except ValueError as refused:
        assert str(refused).isprintable()
    else:
        assert parse(str(value)) == value


@given(ANY)
def test_networks_are_their_own_writing(text: str) -> None:
    """Whatever is written: a list of networks is read as the same again, joined by commas."""
    try:
        found = values.networks(text)
    except ValueError as refused:
        assert str(refused).isprintable()
    else:
        assert values.networks(",".join(map(str, found))) == found


@given(ANY | st.integers().map(str), st.integers(), st.integers(0, 10**9))
def test_a_number_is_within_its_bounds(text: str, smallest: int, more: int) -> None:
    """Whatever is written: what is taken for a number lies within the bounds."""
    try:
        number = values.whole_number(smallest, smallest + more)(text)
    except ValueError:
        return
    assert smallest <= number <= smallest + more
    assert number == int(text)
