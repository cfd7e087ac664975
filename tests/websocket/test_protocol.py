"""Tests of echo.websocket.protocol: a call over a WebSocket, in memory."""

from __future__ import annotations

import pytest
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from echo.apps.echo import Echo
from echo.call.app import Call
from echo.call.flow import WhenSlow
from tests.face import Face
from tests.frames import BINARY, CLOSE, PONG, TEXT, close_frame, connected_message, encode_frame

FRAME = bytes(range(256)) * 2 + bytes(128)


def returned(*payloads: bytes, opcode: int = BINARY) -> bytes:
    """Write what a server sends for ``payloads``: whole, final, unmasked frames."""
    return b"".join(encode_frame(opcode, payload, key=None) for payload in payloads)


def lines(face: Face, level: str = "info") -> list[str]:
    """Return what was logged of calls."""
    return [line for line in face.log.at(level) if line.startswith("call ")]


def test_audio_comes_back_at_once_as_it_came() -> None:
    """Each binary message is answered before the next is read: whole, unfragmented, unmasked."""
    wire, _ = Face().call()

    wire.receive(encode_frame(BINARY, FRAME))

    assert wire.taken() == returned(FRAME)


def test_text_is_printed_and_not_sent_back() -> None:
    """A text message is one line in the log and nothing on the wire."""
    face = Face()
    wire, _ = face.call()

    wire.receive(encode_frame(TEXT, b' {"event":"websocket:dtmf","digit":"5","duration":260}'))

    assert wire.taken() == b""
    assert 'call 1 says {"event":"websocket:dtmf","digit":"5","duration":260}' in lines(face)


def test_reflect_sends_text_back_too() -> None:
    """The app ``reflect`` returns both kinds in order."""
    wire, _ = Face(app="reflect").call()

    wire.receive(encode_frame(TEXT, "é".encode()) + encode_frame(BINARY, b"x") + encode_frame(TEXT, b""))

    assert wire.taken() == returned("é".encode(), opcode=TEXT) + returned(b"x") + returned(b"", opcode=TEXT)


def test_the_first_text_names_the_call() -> None:
    """What the provider says of the call is kept with it, flattened headers and all."""
    face = Face()
    wire, _ = face.call()

    wire.receive(encode_frame(TEXT, b" " + connected_message(8000, caller="447700900000").encode()))

    (report,) = [call.report() for call in face.registry.live.values()]
    assert (report.rate, report.metadata, report.who) == (8000, {"caller": "447700900000"}, "192.0.2.7:5060")
    assert report.since == 1.8e9


def test_a_call_is_in_the_list_from_its_upgrade_to_its_end() -> None:
    """It enters with the 101 and leaves with the connection."""
    face = Face()
    wire, _ = face.call()
    assert list(face.registry.live) == [1]

    wire.lose()

    assert face.registry.live == {}
    assert [report.number for report in face.registry.ended] == [1]


@pytest.mark.parametrize(
    ("data", "reason", "said"),
    [
        (close_frame(1000, "bye"), None, "ended by provider (close code 1000: bye)"),
        (encode_frame(CLOSE), None, "ended by provider (close code 1005)"),
        (b"", None, "ended by provider (no close frame: hung up)"),
        (
            b"",
            Failure(ConnectionLost()),
            "ended by network (no close frame: Connection to the other side was lost",
        ),
        (encode_frame(3), None, "ended by echo (close code 1002: "),
    ],
)
def test_an_end_is_explained_in_one_line(data: bytes, reason: Failure | None, said: str) -> None:
    """The line says who ended the call, with which code, and what it counted."""
    face = Face()
    wire, _ = face.call()
    wire.receive(encode_frame(BINARY, FRAME) + encode_frame(BINARY, b"odd"))

    wire.receive(data)
    wire.lose(reason)

    line = lines(face)[-1]
    assert said in line
    assert "2 frames in, 2 out, 0 dropped, 1 wrong-sized" in line
    assert line.isascii()


def test_a_peers_farewell_forges_no_line() -> None:
    """The reason in a Close frame is escaped."""
    face = Face()
    wire, _ = face.call()

    wire.receive(close_frame(1000, "x\n\x1b[2J\u202e"))
    wire.lose()

    assert r"x\n\x1b[2J\u202e" in lines(face)[-1]


def test_nobody_says_anything() -> None:
    """A peer that is silent after the upgrade is closed after ten seconds with 1008."""
    face = Face()
    wire, _ = face.call()

    face.clock.advance(9.9)
    assert wire.taken() == b""
    face.clock.advance(0.1)

    assert wire.taken()[:4] == b"\x88" + bytes([2 + len("no message in the first 10 s")]) + b"\x03\xf0"


def test_a_silent_peer_is_pinged_and_at_last_given_up() -> None:
    """Without data or pong a call is pinged every 20 s and ended after 60 s, without a Close frame."""
    face = Face()
    wire, _ = face.call()
    wire.receive(encode_frame(BINARY, FRAME))
    wire.taken()

    for _ in range(60):
        assert not wire.aborted
        face.clock.advance(1)

    assert wire.aborted
    pings = wire.taken()
    assert (len(pings), pings[:2], pings[10:12]) == (20, b"\x89\x08", b"\x89\x08")
    assert "nothing heard for 60 s" in lines(face)[-1]


def test_a_call_that_takes_nothing_is_ended_after_ten_seconds() -> None:
    """A peer that does not read gets no polite close."""
    face = Face()
    wire, protocol = face.call()
    wire.receive(encode_frame(BINARY, FRAME))
    wire.taken()
    protocol.pauseProducing()

    for _ in range(10):
        assert not wire.aborted
        wire.receive(encode_frame(BINARY, FRAME) * 50)
        face.clock.advance(1)

    assert wire.aborted
    assert wire.taken() == b""
    assert "stuck: did not take what waited for 10 s" in lines(face)[-1]


def test_a_slow_peer_loses_the_oldest_audio() -> None:
    """By default 200 ms wait, older audio is dropped and counted, and reading never stops."""
    face = Face()
    wire, protocol = face.call()
    frames = [n.to_bytes(2, "big") * 320 for n in range(25)]
    protocol.pauseProducing()

    wire.receive(b"".join(encode_frame(BINARY, frame) for frame in frames))
    assert wire.producerState == "producing"
    protocol.resumeProducing()

    assert wire.taken() == returned(*frames[-10:])
    wire.lose()
    assert "10 out, 15 dropped" in lines(face)[-1]
    assert "queue peak 200 ms" in lines(face)[-1]


def test_pausing_loses_nothing() -> None:
    """With ``pause`` we stop reading, and everything that was read comes back."""
    wire, protocol = Face(when_slow=WhenSlow.PAUSE).call()
    frames = [n.to_bytes(2, "big") * 320 for n in range(25)]
    protocol.pauseProducing()
    assert wire.producerState == "paused"

    wire.receive(b"".join(encode_frame(BINARY, frame) for frame in frames))
    protocol.resumeProducing()

    assert wire.taken() == returned(*frames)
    assert wire.producerState == "producing"


@pytest.mark.parametrize(
    ("chosen", "state"), [(None, "paused"), (WhenSlow.DROP, "producing"), (WhenSlow.PAUSE, "paused")]
)
def test_reflect_pauses_where_echo_would_drop(chosen: WhenSlow | None, state: str) -> None:
    """An app that loses nothing pauses, unless the operator has chosen otherwise."""
    wire, protocol = Face(app="reflect", when_slow=chosen).call()

    protocol.pauseProducing()

    assert wire.producerState == state


def test_closing_instead_of_waiting() -> None:
    """With ``close`` a call whose 200 ms are full is closed with 1013."""
    face = Face(when_slow=WhenSlow.CLOSE)
    wire, protocol = face.call()
    protocol.pauseProducing()

    wire.receive(encode_frame(BINARY, FRAME) * 10)
    assert wire.taken() == b""
    wire.receive(encode_frame(BINARY, FRAME))

    assert wire.taken()[2:4] == (1013).to_bytes(2, "big")
    face.clock.advance(5)
    assert wire.aborted


def test_a_paused_call_is_read_again_when_we_close_it() -> None:
    """The peer's answer to our Close frame must be read, whatever the policy stopped."""
    wire, protocol = Face(when_slow=WhenSlow.PAUSE).call()
    assert protocol.session is not None
    protocol.pauseProducing()

    protocol.session.close(1001, "bye")

    assert wire.producerState == "producing"


def test_the_answer_to_a_ping_is_timed() -> None:
    """Each ping carries other bytes, and the pong with those counts as a round trip; any other counts as none."""
    face = Face()
    wire, _ = face.call()
    wire.receive(encode_frame(BINARY, FRAME))
    wire.taken()
    face.clock.advance(20)
    ping = wire.taken()
    assert ping[:2] == b"\x89\x08"

    face.clock.advance(0.03)
    wire.receive(encode_frame(PONG, b"no ping of ours") + encode_frame(PONG, ping[2:]))

    (report,) = [call.report() for call in face.registry.live.values()]
    assert report.round_trip_ms == pytest.approx(30)
    assert sum(face.registry.round_trips.counts) == 1
    face.clock.advance(20)
    assert wire.taken()[2:] != ping[2:]


def test_no_ping_is_piled_upon_unread_ones() -> None:
    """While the peer does not read, pings are left out."""
    face = Face(stuck_timeout=100)
    wire, protocol = face.call()
    wire.receive(encode_frame(BINARY, FRAME))
    wire.taken()
    protocol.pauseProducing()

    face.clock.advance(20)

    assert wire.taken() == b""


def test_a_bug_in_the_timer_ends_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception in a call's own clock is logged by its name and ends it with 1011."""
    face = Face()
    wire, protocol = face.call()
    monkeypatch.setattr(type(protocol.session), "tick", lambda _session, _now: 1 / 0)

    face.clock.advance(10)

    assert wire.taken()[2:4] == (1011).to_bytes(2, "big")
    assert any("call 1" in line for line in face.log.at("failure"))


def test_calls_are_numbered() -> None:
    """Each call has a number of its own, by which the log names it."""
    face = Face()
    for _ in range(3):
        face.call()

    assert lines(face) == [f"call {n} from 192.0.2.7:5060" for n in (1, 2, 3)]


def test_before_and_after_its_session_a_protocol_is_quiet() -> None:
    """What Twisted still says to a protocol without a call is not an error."""
    face = Face()
    protocol = face.calls.build_for("192.0.2.9:1")

    for tell in (protocol.congested, protocol.drained, protocol.heard, protocol.ending):
        tell()
    protocol.audio(b"", 0.0)
    protocol.text(b"")

    assert face.log.lines == []


def test_a_bug_before_there_is_a_call_names_the_peer() -> None:
    """A failure without a call to name is logged by the peer's address."""
    face = Face()

    face.calls.build_for("192.0.2.9:1").failed("opening")

    assert face.log.at("failure") == ["a call from 192.0.2.9:1: opening failed"]


class Greeting(Echo):
    """An app that says more at once than a transport takes."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        call.send_audio(FRAME)


def test_a_long_greeting_is_held_until_it_has_left() -> None:
    """A transport that is full before the session is known to it counts as full from the start."""
    wire, protocol = Face(app=Greeting).call(buffer=1)
    assert wire.taken() == returned(FRAME)

    wire.receive(encode_frame(BINARY, FRAME))
    assert wire.taken() == b""
    protocol.resumeProducing()

    assert wire.taken() == returned(FRAME)
