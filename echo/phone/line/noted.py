"""A line on which every message is written down as it leaves, whoever sends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from echo.phone.line.manner import Line

#: Takes a message that left, and the number of WebSocket frames that it left in.
Note: TypeAlias = Callable[[bytes | str, int], None]


class NotedLine:
    """
    Does what another line does and notes the messages; fulfils :class:`echo.phone.line.manner.Line`.

    Bytes that are no message, as half a frame, pass unnoted.
    """

    def __init__(self, line: Line, note: Note) -> None:
        self._line = line
        self._note = note
        self._pieces: list[bytes] = []

    def send_text(self, text: str) -> None:
        """Send a text message."""
        self._line.send_text(text)
        self._note(text, 1)

    def send_audio(self, payload: bytes) -> None:
        """Send a binary message."""
        self._line.send_audio(payload)
        self._note(payload, 1)

    def send_piece(self, payload: bytes, *, first: bool, last: bool) -> None:
        """Send one fragment; the message is noted with its last one."""
        self._line.send_piece(payload, first=first, last=last)
        if first:
            self._pieces = []
        self._pieces.append(payload)
        if last:
            self._note(b"".join(self._pieces), len(self._pieces))

    def write(self, data: bytes) -> None:
        """Write bytes, whatever they are."""
        self._line.write(data)

    def pause(self) -> None:
        """Stop reading."""
        self._line.pause()

    def resume(self) -> None:
        """Read again."""
        self._line.resume()

    def abort(self) -> None:
        """End the connection by a reset."""
        self._line.abort()
