"""Tests of echo.phone.line.noted: what is written down of what leaves."""

from __future__ import annotations

from echo.phone.line.noted import NotedLine
from tests.phone.faults.doubles import RecordingLine


def test_every_message_is_noted_once() -> None:
    """A text, audio, and a message in pieces, with their number; everything goes on to the line as it came."""
    line, noted = RecordingLine(), list[tuple[bytes | str, int]]()
    own = NotedLine(line, lambda payload, pieces: noted.append((payload, pieces)))
    own.send_text("{}")
    own.send_audio(b"12")
    for first, payload, last in ((True, b"3", False), (False, b"4", False), (False, b"5", True)):
        own.send_piece(payload, first=first, last=last)
    own.send_piece(b"67", first=True, last=True)

    assert noted == [("{}", 1), (b"12", 1), (b"345", 3), (b"67", 1)]
    assert line.verbs() == ["text", "audio", *["piece"] * 4]
    assert line.done[2] == ("piece", b"3", True, False)


def test_pieces_are_kept_as_they_come() -> None:
    """A message in very many pieces costs what they hold: with each piece copied anew it would be 20 000 times that."""
    noted: list[tuple[bytes | str, int]] = []
    own = NotedLine(RecordingLine(), lambda payload, pieces: noted.append((payload, pieces)))
    own.send_piece(b"0", first=True, last=False)
    kept = own._pieces
    for _ in range(20_000):
        own.send_piece(b"1", first=False, last=False)
    assert own._pieces is kept
    own.send_piece(b"2", first=False, last=True)

    assert noted == [(b"0" + b"1" * 20_000 + b"2", 20_002)]


def test_what_is_no_message_is_not_noted() -> None:
    """Half a frame, a pause and a reset only happen."""
    line, noted = RecordingLine(), list[object]()
    own = NotedLine(line, lambda payload, _: noted.append(payload))
    own.write(b"half a frame")
    own.pause()
    own.resume()
    own.abort()

    assert noted == []
    assert line.done == [("bytes", b"half a frame"), ("pause",), ("resume",), ("abort",)]
