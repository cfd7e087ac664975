"""Invariant: any bytes get whole HTTP answers and nothing else, the same in whatever pieces they come."""

from __future__ import annotations

from tests.face import Answer, Face, read_answers


def check(data: bytes) -> None:
    """Send ``data`` behind its first byte at once, and in pieces as long as that byte says."""
    piece = data[0] + 1 if data else 1
    assert answers(data[1:], None) == answers(data[1:], piece)


def answers(data: bytes, piece: int | None) -> tuple[list[Answer], str]:
    """Send ``data`` on a connection of its own; what was answered, but for the date, and how it ended."""
    face = Face()
    wire = face.connect()
    wire.receive(data, piece)
    found = read_answers(wire.taken())
    for answer in found:
        answer.headers.pop("date", None)
    ended = "closed" if wire.disconnecting else wire.state()
    wire.lose()
    assert face.log.at("failure") == []
    assert (face.site.connections, list(face.registry.live), face.clock.getDelayedCalls()) == (0, [], [])
    return found, ended
