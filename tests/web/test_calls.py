"""Tests of echo.web.calls and echo.web.pieces: the list of calls, and that making it holds up nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from twisted.internet.defer import Deferred

from echo.limits import STANDARD
from echo.web import calls as calls_module
from echo.web.calls import TOGETHER
from tests.doubles import FRAME
from tests.face import read_answer
from tests.frames import BINARY, TEXT, close_frame, connected_message, encode_frame
from tests.operator_face import OperatorFace, turn

GET = b"GET /calls HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_without_calls_the_list_is_empty() -> None:
    """Nobody has called yet."""
    answer = OperatorFace().look("/calls")

    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == {"live": [], "ended": []}


def test_a_call_is_told_with_all_that_is_known_of_it() -> None:
    """Who, since when, what the provider said of it, and every figure."""
    face = OperatorFace()
    wire, _ = face.call()
    wire.receive(encode_frame(TEXT, connected_message(8000, caller="447700900000").encode()))
    wire.receive(encode_frame(BINARY, FRAME))
    face.clock.advance(1.5)

    (call,) = face.look("/calls").json()["live"]

    assert (call["number"], call["who"], call["state"]) == (1, "192.0.2.7:5060", "talking")
    assert (call["since"], call["seconds"], call["rate"]) == (1.8e9, 1.5, 8000)
    assert (call["frames_in"], call["frames_out"], call["wrong_sized"], call["texts_in"]) == (1, 1, 1, 1)
    assert (call["metadata"], call["ending"]) == ({"caller": "447700900000"}, None)


def test_an_end_is_told_for_an_hour() -> None:
    """A call that has ended moves to the other list, with who ended it, and leaves it an hour later."""
    face = OperatorFace()
    wire, _ = face.call()
    wire.receive(close_frame(1000, "bye"))
    wire.lose()

    (call,) = face.look("/calls").json()["ended"]
    assert call["ending"] == {"by": "provider", "code": 1000, "reason": "bye", "limit": ""}
    face.clock.advance(STANDARD.records_kept_for)
    assert len(face.look("/calls").json()["ended"]) == 1
    face.clock.advance(1)
    assert face.look("/calls").json() == {"live": [], "ended": []}


def test_many_calls_are_written_a_few_at_a_time() -> None:
    """In one turn of the reactor at most twenty are; whole, they are all that there are, in their order."""
    face = OperatorFace()
    for _ in range(2 * TOGETHER + 1):
        face.call()
    wire = face.approach()
    wire.receive(GET)
    written: list[bytes] = []
    while not written or written[-1]:
        turn(face)
        written.append(wire.value()[sum(map(len, written)) :])

    assert [piece.count(b'"number"') for piece in written] == [0, TOGETHER, TOGETHER, 1, 0, 0, 0, 0]
    listed = read_answer(wire.taken()).json()["live"]
    assert [call["number"] for call in listed] == list(range(1, 2 * TOGETHER + 2))


def test_each_row_is_a_line() -> None:
    """A person can search the list by line."""
    face = OperatorFace()
    for _ in range(TOGETHER + 2):
        face.call()

    lines = face.look("/calls").body.decode().splitlines()

    assert lines[0] == '{"live": ['
    assert [json.loads(line.rstrip("],"))["number"] for line in lines[1:-1]] == list(range(1, TOGETHER + 3))


def test_a_call_that_ends_meanwhile_is_told_once() -> None:
    """It is where it was when somebody asked, and tells how it ended."""
    face = OperatorFace()
    calls = [face.call()[0] for _ in range(TOGETHER + 1)]
    wire = face.approach()
    wire.receive(GET)
    turn(face)
    turn(face)
    calls[-1].lose()
    face.clock.advance(0)

    listed = read_answer(wire.taken()).json()
    assert listed["live"][-1]["ending"]["by"] == "provider"
    assert (len(listed["live"]), listed["ended"]) == (TOGETHER + 1, [])


def test_what_is_not_read_is_not_written() -> None:
    """While the peer has not read the last piece, no more is made; then it goes on."""
    face = OperatorFace()
    for _ in range(3 * TOGETHER):
        face.call()
    wire = face.approach()
    wire.buffer = 4096
    wire.receive(GET)
    face.clock.advance(0)
    assert wire.value().count(b'"number"') == TOGETHER

    wire.protocol.resumeProducing()
    face.clock.advance(0)
    assert wire.value().count(b'"number"') == 2 * TOGETHER
    wire.protocol.resumeProducing()
    wire.buffer = None
    face.clock.advance(0)
    assert len(read_answer(wire.taken()).json()["live"]) == 3 * TOGETHER


def test_who_never_reads_is_let_go() -> None:
    """Ten seconds after the question the connection is aborted, and nothing of it is left."""
    face = OperatorFace()
    for _ in range(TOGETHER):
        face.call()[0].receive(encode_frame(BINARY, FRAME))
    wire = face.approach()
    wire.buffer = 0
    wire.receive(GET)

    face.clock.advance(9)
    assert wire.state() == "open"
    face.clock.advance(1)

    assert wire.state() == "aborted"
    assert face.operator.connections == 0


def test_who_leaves_in_the_middle_costs_nothing_more() -> None:
    """The rest is not made for nobody, and no timer is left."""
    face = OperatorFace()
    before = len(face.clock.calls)
    wire = face.approach()
    wire.receive(GET)
    turn(face)
    wire.lose()

    assert len(face.clock.calls) == before


def test_the_next_request_of_a_connection_is_answered() -> None:
    """A connection that has had the list serves on, and so does one that has asked for its head."""
    face = OperatorFace()
    wire = face.approach()
    for request in (GET, GET.replace(b"GET", b"HEAD"), GET):
        wire.receive(request)
        face.clock.advance(0)
        answer = wire.taken()
    assert read_answer(answer).json() == {"live": [], "ended": []}


def test_the_head_of_the_list_has_no_length() -> None:
    """Nobody knows how long it will be, so nothing is said (RFC 9110 section 8.6)."""
    answer = OperatorFace().look("/calls", method="HEAD")

    assert (answer.status, answer.body) == (200, b"")
    assert not {"content-length", "transfer-encoding"} & answer.headers.keys()


def test_a_list_that_fails_does_not_look_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug of ours in the middle ends the connection, and is told in the log."""

    def broken(*_: object) -> Iterator[bytes]:
        yield b"["
        raise ZeroDivisionError

    monkeypatch.setattr(calls_module, "list_of_calls", broken)
    face = OperatorFace()
    wire = face.approach()
    wire.receive(GET)
    face.clock.advance(0)

    assert wire.state() == "aborted"
    assert face.log.exceptions == ["ZeroDivisionError"]


def test_http_1_0_has_the_list_too() -> None:
    """Without chunks, up to the end of the connection."""
    face = OperatorFace()
    face.call()
    wire = face.approach()
    wire.receive(b"GET /calls HTTP/1.0\r\n\r\n")
    face.clock.advance(0)

    assert json.loads(wire.taken().partition(b"\r\n\r\n")[2])["live"][0]["number"] == 1
    assert wire.disconnecting


def test_a_stop_waits_for_the_list() -> None:
    """Who is in the midst of it when the daemon ends has it whole."""
    face = OperatorFace()
    wire = face.approach()
    wire.receive(GET)
    finished: Deferred[None] = face.operator.finish()
    face.clock.advance(0)

    assert read_answer(wire.taken()).json() == {"live": [], "ended": []}
    wire.lose()
    assert finished.called
