"""Tests of the public face while the daemon is about to go: each answer is the last, and nobody is cut off."""

from __future__ import annotations

from tests.face import Face, read_answer

REQUEST = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"


def finishing(face: Face) -> list[object]:
    """Begin with the end; the list has an entry when it is over."""
    over: list[object] = []
    face.site.finish().addCallback(over.append)
    return over


def test_an_answer_says_that_it_is_the_last() -> None:
    """A proxy's pool of connections comes to its end while calls are drained; before, connections are kept."""
    face = Face()
    wire = face.connect()
    wire.receive(REQUEST)
    assert "connection" not in read_answer(wire.taken()).headers
    face.site.leaving = True

    wire.receive(REQUEST)

    assert read_answer(wire.taken()).headers["connection"] == "close"
    assert wire.disconnecting


def test_who_wants_it_closed_is_told_so_once() -> None:
    """A request that asks for the end of its connection gets one word of it."""
    face = Face()
    face.site.leaving = True
    wire = face.connect()

    wire.receive(REQUEST.replace(b"Host", b"Connection: close\r\nHost"))

    assert wire.taken().lower().count(b"connection: close") == 1


def test_without_connections_it_is_over_at_once() -> None:
    """Nobody to wait for, no timer left."""
    face = Face()

    assert finishing(face) == [None]
    assert face.clock.getDelayedCalls() == []


def test_an_idle_connection_is_ended_and_a_busy_one_answered() -> None:
    """Who has an answer already is let go; who has begun, or has only just connected, gets the answer first."""
    face = Face()
    idle, begun, fresh = face.connect(), face.connect(), face.connect()
    idle.receive(REQUEST)
    begun.receive(REQUEST[:9])
    over = finishing(face)
    assert [wire.disconnecting for wire in (idle, begun, fresh)] == [True, False, False]
    begun.receive(REQUEST[9:])
    fresh.receive(REQUEST)
    assert [read_answer(wire.taken()).status for wire in (begun, fresh)] == [200, 200]

    for wire in (idle, begun, fresh):
        assert over == []
        wire.lose()

    assert over == [None]
    assert face.clock.getDelayedCalls() == []


def test_nobody_is_waited_for_longer_than_the_linger_timeout() -> None:
    """A connection that says nothing does not hold up a restart."""
    face = Face()
    face.connect()
    over = finishing(face)

    face.clock.advance(2)

    assert over == [None]


def test_a_call_is_no_connection_to_wait_for() -> None:
    """What has become a call is the matter of the drain."""
    face = Face()
    face.call()

    assert finishing(face) == [None]
