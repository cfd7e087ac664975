"""Invariant: the short way of whole frames and Autobahn's parser answer, end and log the same, for any bytes."""

from __future__ import annotations

import pytest

from echo.websocket import short_way
from echo.websocket.safe import SafeProtocol
from tests.face import Face

#: What came back, how it ended, what was logged.
Seen = tuple[bytes, str, list[tuple[str, str]]]


def check(data: bytes) -> None:
    """Send ``data`` behind its first two bytes to both ways, in reads as long as those two say."""
    cuts = [size * 5 + 1 for size in data[:2]] or [1]
    short, full = by_both_ways(data[2:], cuts)
    assert short == full
    assert not [line for level, line in short[2] if level == "failure"]


def by_both_ways(data: bytes, cuts: list[int]) -> tuple[Seen, Seen]:
    """Send ``data`` in reads of these sizes, over and over: with the short way, and with the full parser alone."""
    short = replies(data, cuts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SafeProtocol, "take_whole_frames", _leave_all)
        patch.setattr(short_way, "_heads", _no_heads)
        return short, replies(data, cuts)


def replies(data: bytes, cuts: list[int]) -> Seen:
    """Send ``data`` to a call that sends back everything."""
    face = Face(app="reflect")
    wire, _ = face.call()
    at, turn = 0, 0
    while at < len(data):
        size = cuts[turn % len(cuts)]
        wire.receive(data[at : at + size])
        at, turn = at + size, turn + 1
    seen = wire.taken(), wire.state(), face.log.lines
    wire.lose()
    return seen


def _no_heads(_largest: int) -> dict[int, bytes]:
    """Recognise no frame at once."""
    return {}


def _leave_all(_self: SafeProtocol, data: bytes) -> bytes:
    """Take nothing the short way."""
    return data
