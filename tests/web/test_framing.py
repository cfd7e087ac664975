"""Tests of echo.web.framing: two readers of the same bytes read the same requests."""

from __future__ import annotations

import tomllib
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.web.framing import header_problem, host_problem, is_own_name, read_target, trailer_problem
from tests.conftest import ROOT
from tests.face import Face, read_answers

CASES: list[dict[str, Any]] = tomllib.loads((ROOT / "tests/web/requests.toml").read_text("utf-8"))["case"]

TOKENS = st.text("abcXYZ019!#$%&'*+.^_`|~-", min_size=1, max_size=20).map(str.encode)
BYTES = st.binary(max_size=40)


@pytest.mark.parametrize("piece", [None, 1, 7])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_requests_end_where_they_say(case: dict[str, Any], piece: int | None) -> None:
    """Each request of the corpus is answered as it says, in whatever pieces it comes, and nothing is smuggled."""
    face = Face()
    wire = face.connect()

    wire.receive(case["request"].encode("latin-1"), piece)

    answers = [answer.status for answer in read_answers(wire.taken())]
    goes_on = not wire.disconnecting and wire.state() == "open"
    assert (answers, goes_on) == (case["answers"], case.get("open", False))
    assert face.log.at("failure") == []
    wire.lose()


def test_the_corpus_is_one() -> None:
    """No case stands there twice, and each kind of expectation is there."""
    assert len({case["name"] for case in CASES}) == len({case["request"] for case in CASES}) == len(CASES)
    assert {tuple(case["answers"]) for case in CASES} >= {(), (400,), (200,), (200, 404)}


@given(st.sampled_from([b"Content-Length", b"Transfer-Encoding", b"X-Any"]), BYTES)
def test_a_length_that_passes_is_short(name: bytes, value: bytes) -> None:
    """What passes for a length is a number that every reader can hold; what passes for an encoding is chunked."""
    if header_problem(name, value, b"HTTP/1.1") is None and name != b"X-Any":
        assert 0 < len(value) < 20 if name == b"Content-Length" else value.lower() == b"chunked"


@given(st.lists(BYTES, max_size=3), st.sampled_from([b"HTTP/1.0", b"HTTP/1.1"]))
def test_a_host_that_passes_is_one(hosts: list[bytes], version: bytes) -> None:
    """A request that passes has one Host at most, of letters that need no escape anywhere."""
    if host_problem(hosts, version) is None:
        assert len(hosts) in ({1} if version == b"HTTP/1.1" else {0, 1})
        assert not set(b"".join(hosts)) & set(b' \t\r\n\0/?#@\\<>"{},')


@given(TOKENS, BYTES)
def test_a_target_that_passes_is_a_path(method: bytes, target: bytes) -> None:
    """Whatever is asked for: what passes is a path, or the whole server by OPTIONS, and perhaps a host."""
    found = read_target(method, target)
    if found is not None:
        path, host = found
        assert path.startswith(b"/") or (path, method) == (b"*", b"OPTIONS")
        assert host is None or host_problem([host], b"HTTP/1.1") is None


@pytest.mark.parametrize(
    ("method", "target", "found"),
    [
        (b"GET", b"/ncco?a=b", (b"/ncco?a=b", None)),
        (b"GET", b"//a/b", (b"//a/b", None)),
        (b"GET", b"http://a", (b"/", b"a")),
        (b"GET", b"HTTP://a:1/b?c", (b"/b?c", b"a:1")),
        (b"GET", b"https://[::1]:8443?c", (b"/?c", b"[::1]:8443")),
        (b"OPTIONS", b"http://a", (b"*", b"a")),
        (b"OPTIONS", b"*", (b"*", None)),
        (b"GET", b"*", None),
        (b"GET", b"http:///b", None),
        (b"GET", b"http://a/b#c", None),
        (b"GET", b"ws://a/socket", None),
        (b"CONNECT", b"a:443", None),
        (b"GET", b"ncco", None),
    ],
)
def test_each_form_of_a_target(
    method: bytes, target: bytes, found: tuple[bytes, bytes | None] | None
) -> None:
    """The forms of RFC 9112 section 3.2: origin, absolute and asterisk; the fourth is for proxies only."""
    assert read_target(method, target) == found


@given(st.lists(st.tuples(TOKENS, st.text("abc :\x80", max_size=9)), max_size=4))
def test_trailers_that_are_headers_pass(fields: list[tuple[bytes, str]]) -> None:
    """Whatever is a name and a value passes; with a line end inside of it, it does not."""
    lines = [name + b":" + value.encode("latin-1") for name, value in fields]
    assert trailer_problem(lines) is None
    for line_end in (b"\r", b"\n", b"\0"):
        assert trailer_problem([*lines, b"a: b" + line_end]) is not None


@given(st.ip_addresses(), st.sampled_from(["", ":0", ":65535"]))
def test_an_address_is_no_name(address: IPv4Address | IPv6Address, port: str) -> None:
    """Every address leads to us whatever a name server says."""
    host = f"[{address}]" if address.version == 6 else str(address)
    assert is_own_name(f"{host}{port}".encode())


@given(st.from_regex(r"[a-z0-9.-]{0,20}[g-z][a-z0-9.-]{0,20}(:[0-9]{1,5})?", fullmatch=True))
def test_a_name_is_a_strangers_but_for_one(host: str) -> None:
    """Of all names only localhost is ours."""
    assert is_own_name(host.encode()) is (host.partition(":")[0] == "localhost")


@given(st.binary(max_size=40))
def test_any_bytes_are_a_name_or_none(host: bytes) -> None:
    """Whatever is asked for, the answer is yes or no."""
    assert is_own_name(host) in {True, False}
