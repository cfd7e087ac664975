"""Tests of echo.web.site: who has a place, and who gives way where there are too few."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from tests.face import Face, Later, read_answer


def test_the_connection_idle_for_longest_gives_way() -> None:
    """Beyond the limit the oldest goes and not the newest, unread; calls do not count."""
    face = Face(max_requests=2)
    call, _ = face.call()
    first, second = face.connect(), face.connect()
    first.receive(b"GET /he")

    third = face.connect()

    assert [wire.state() for wire in (call, first, second, third)] == ["open", "aborted", "open", "open"]
    assert face.site.connections == 2
    assert face.refusals.counts == {"max_requests": 1}


def test_who_was_answered_just_now_has_waited_for_shortest() -> None:
    """A connection that keeps asking is not the oldest, however long it has been there."""
    face = Face(max_requests=2)
    asking, silent = face.connect(), face.connect()
    asking.receive(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")

    face.connect()

    assert [wire.state() for wire in (asking, silent)] == ["open", "aborted"]


def test_who_was_refused_is_the_first_to_go() -> None:
    """A connection that is over but for its last bytes has no claim to a place."""
    face = Face(max_requests=2)
    silent, refused = face.connect(), face.connect()
    refused.receive(b"bad\r\n\r\n")

    face.connect()

    assert [wire.state() for wire in (silent, refused)] == ["open", "aborted"]


def test_a_request_that_is_being_answered_is_not_given_up() -> None:
    """Where every place is needed, it is the newest that is dropped."""
    answer: Deferred[object] = Deferred()
    face = Face(max_requests=1)
    face.site.resource = Later(answer)
    waiting = face.connect()
    waiting.receive(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")

    newest = face.connect()
    answer.callback(None)

    assert (waiting.state(), newest.state()) == ("open", "aborted")
    assert read_answer(waiting.taken()).body == b"later"
    assert face.refusals.counts == {"max_requests": 1}


def test_silent_connections_shut_nobody_out() -> None:
    """With 120 of them a second, for as long as one likes, each call begins and each request is answered."""
    face = Face(max_requests=100)
    for second in range(20):
        for n in range(120):
            face.connect()
            if n % 10 == 0:
                assert face.ask("/ncco").status == 200
                call, _ = face.call()
                call.receive(b"\x82\x80abcd")
        face.clock.advance(1)
        assert len(face.registry.live) == 12 * (second + 1)
    for _ in range(12):
        face.clock.advance(1)

    assert face.site.connections == 0
    assert len(face.site.waiting) == 0


def test_the_last_descriptors_are_kept() -> None:
    """Calls and other connections count; near the end, the connection that was waited for longest gives way."""
    face = Face(descriptors_kept=96)
    face.site.descriptors = 100
    (first, _), (second, _) = face.call(), face.call()
    oldest, other = face.connect(), face.connect()
    assert face.refusals.counts == {}

    newest = face.connect()

    assert [wire.state() for wire in (first, second, other, newest)] == ["open"] * 4
    assert oldest.aborted
    assert face.refusals.counts == {"descriptors_kept": 1}


def test_the_newest_goes_where_there_is_no_other() -> None:
    """Calls are never given up for a descriptor, and one that ends gives its own back."""
    face = Face(descriptors_kept=99)
    face.site.descriptors = 100
    call, _ = face.call()

    assert face.connect().aborted
    assert call.state() == "open"
    call.lose()

    assert face.connect().state() == "open"


@pytest.mark.parametrize(
    ("data", "limit"),
    [
        (b"POST /events HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n", "max_body"),
        (b"GET /" + b"x" * 17000, "max_header"),
        (b"bad\r\n\r\n", "protocol"),
        (b"GET / HTTP/1.1\r\n", "request_timeout"),
        (b"", "request_timeout"),
    ],
)
def test_who_is_refused_is_counted_by_the_name_of_the_limit(data: bytes, limit: str) -> None:
    """One refusal is one count, whether it is answered or just let go."""
    face = Face()
    wire = face.connect()
    wire.receive(data)

    face.clock.advance(10)

    assert face.refusals.counts == {limit: 1}
