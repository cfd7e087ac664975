"""Tests of echo.websocket.safe: how many bytes, texts and silent calls there may be, and who is counted as refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from echo.limits import STANDARD
from tests.face import Face, Wire, ended
from tests.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_code, encode_frame


def reads(wire: Wire, frame: bytes, count: int) -> None:
    """Let so many frames come, each in a read of its own, while the connection lasts."""
    for _ in range(count):
        if not wire.half_closed:
            wire.receive(frame)


@pytest.mark.parametrize("size", [960, 640, 320])
@pytest.mark.parametrize("together", [True, False])
def test_what_a_stall_leaves_behind_is_no_attack(size: int, *, together: bool) -> None:
    """A thousand frames of any rate at once, twice what ten seconds hold, come back; in reads of one or of many."""
    wire, _ = Face().call()
    frame = encode_frame(BINARY, bytes(size))

    if together:
        wire.receive(frame * 1000, 4096)
    else:
        reads(wire, frame, 1000)

    assert len(wire.taken()) == 1000 * (size + 4)
    assert not wire.half_closed


@pytest.mark.parametrize("piece", [4096, 65536])
def test_bytes_have_a_budget(piece: int) -> None:
    """A megabyte at once passes, whatever it is cut into; what goes beyond is refused before it is parsed."""
    face = Face()
    wire, _ = face.call()
    frame = encode_frame(BINARY, bytes(8000))

    wire.receive(frame * 130, piece)

    data = wire.taken()
    assert 115 * 8004 < len(data) <= 1_000_000
    assert data.endswith(encode_frame(CLOSE, b"\x03\xf0more than 200000 bytes a second", key=None))
    assert face.refusals.counts == {"bytes_per_second": 1}


def test_the_budget_of_bytes_grows_with_time() -> None:
    """Two hundred kilobytes a second can go on for ever, four times the richest audio."""
    face = Face()
    wire, _ = face.call()

    for _ in range(60):
        wire.receive(encode_frame(BINARY, bytes(8000)) * 24, 4096)
        face.clock.advance(1)

    assert not wire.half_closed


def test_fragments_and_controls_count_in_bytes_too() -> None:
    """Whatever is read is charged, parsed by us or by Autobahn."""
    wire, _ = Face(bytes_burst=1000).call()

    wire.receive(encode_frame(PONG, bytes(125)) * 10)

    assert close_code(wire.taken()) == 1008


@pytest.mark.parametrize(
    ("changed", "short"),
    [
        ({}, {328, 648, 968}),
        ({"bytes_per_second": 150_000}, {328, 648}),
        ({"bytes_burst": 400_000}, {328}),
        ({"frames_per_second": 10**9}, set()),
        ({"max_message": 640}, {328, 648}),
        ({"bytes_per_second": 10**9, "frames_per_second": 10**9}, {328, 648, 968}),
    ],
)
def test_frames_are_counted_in_bytes_where_their_number_does_not_bound_them(
    changed: dict[str, int], short: set[int]
) -> None:
    """A frame that is only counted as one is of a size of which the budget of frames lets no more through than fit."""
    _, protocol = Face(limits=replace(STANDARD, **changed)).call()

    assert set(protocol._heads) == short


def test_frames_that_their_number_does_not_bound_are_counted_one_by_one() -> None:
    """With a budget of bytes that is tighter than that of frames, single frames are held to it as well."""
    face = Face(bytes_burst=10_000)
    wire, _ = face.call()

    reads(wire, encode_frame(BINARY, bytes(640)), 100)

    assert wire.half_closed
    assert wire.taken().count(b"\x82\x7e\x02\x80") == 15
    assert face.refusals.counts == {"bytes_per_second": 1}


def test_texts_have_a_budget() -> None:
    """Six hundred texts at once are keys that waited, the next ends the call; more than are printed."""
    face = Face()
    wire, _ = face.call()

    wire.receive(encode_frame(TEXT, b"{}") * 600, 4096)
    assert wire.taken() == b""
    wire.receive(encode_frame(TEXT, b"{}"))

    assert close_code(wire.taken()) == 1008
    wire.lose()
    assert "texts a second" in ended(face)
    assert face.refusals.counts == {"texts_per_second": 1}


def test_the_budget_of_texts_grows_with_time() -> None:
    """A hundred texts a second can go on for ever."""
    face = Face()
    wire, _ = face.call()

    for _ in range(60):
        wire.receive(encode_frame(TEXT, b"{}") * 100)
        face.clock.advance(1)

    assert not wire.half_closed


@pytest.mark.parametrize(
    ("data", "limit"),
    [
        (encode_frame(BINARY, b"x") * 1001, "frames_per_second"),
        (encode_frame(BINARY, bytes(640)) * 1001, "frames_per_second"),
        (encode_frame(PING) * 21, "pings_per_second"),
        (encode_frame(TEXT, final=False) + encode_frame(CONTINUATION, final=False) * 3, "max_fragments"),
        (encode_frame(BINARY, bytes(8193)), "max_message"),
        (encode_frame(3), "protocol"),
        (encode_frame(TEXT, b"\xff"), "protocol"),
    ],
)
def test_who_is_refused_is_counted_by_the_name_of_the_limit(data: bytes, limit: str) -> None:
    """One refusal is one count and one line that names limit and peer."""
    face = Face()
    wire, _ = face.call()

    wire.receive(data)
    wire.lose()

    assert face.refusals.counts == {limit: 1}
    assert face.log.at("warn") == [f"refused by {limit}: 192.0.2.7:5060"]


@pytest.mark.parametrize(
    ("opening", "seconds", "limit"),
    [
        (b"", 10, "first_message_timeout"),
        (encode_frame(TEXT, b"x", final=False), 5, "fragment_timeout"),
        (encode_frame(BINARY, b"x"), 60, "idle_timeout"),
    ],
)
def test_time_that_ran_out_is_counted_too(opening: bytes, seconds: int, limit: str) -> None:
    """A peer that is let go for what it does not do is a refusal as well, by the name of that limit."""
    face = Face()
    wire, _ = face.call()
    wire.receive(opening)

    for _ in range(seconds + 7):
        face.clock.advance(1)

    assert face.refusals.counts == {limit: 1}


def test_who_ends_in_good_order_is_no_refusal() -> None:
    """A Close frame, a hang-up and an end of our own count nothing."""
    for data in (encode_frame(CLOSE), b""):
        face = Face()
        wire, protocol = face.call()
        wire.receive(data)
        wire.lose()
        assert face.refusals.counts == {}
    wire, protocol = face.call()
    assert protocol.session is not None
    protocol.session.close(1001, "bye")
    wire.lose()

    assert face.refusals.counts == {}


def test_calls_that_say_nothing_have_a_share_of_the_places() -> None:
    """Beyond it, whoever has been silent for longest is sent 1013 and let go at once; who speaks stays."""
    face = Face(max_silent_calls=3)
    speaking, _ = face.call()
    speaking.receive(encode_frame(BINARY, b"x"))
    silent = [face.call()[0] for _ in range(3)]
    assert {wire.state() for wire in silent} == {"open"}

    face.call()

    assert [wire.state() for wire in silent] == ["half closed", "open", "open"]
    assert close_code(silent[0].taken()) == 1013
    assert speaking.state() == "open"
    face.clock.advance(STANDARD.linger_timeout)
    assert len(face.registry.live) == 4
    assert face.refusals.counts == {"max_silent_calls": 1}


def test_calls_that_speak_do_not_count_as_silent() -> None:
    """However many calls begin, those that say something at once never meet that limit."""
    face = Face(max_silent_calls=3)

    for _ in range(20):
        wire, _ = face.call()
        wire.receive(encode_frame(TEXT, b"{}"))

    assert face.refusals.counts == {}
    assert len(face.registry.live) == 20
