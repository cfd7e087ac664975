"""How the provider behaves on the line: as it should here, otherwise in each of the faults."""

from __future__ import annotations

from typing import Protocol

from echo.audio.format import FRAME_MS


class Line(Protocol):
    """What a manner may do to the socket."""

    def send_text(self, text: str) -> None:
        """Send a text message."""
        ...

    def send_audio(self, payload: bytes) -> None:
        """Send a binary message."""
        ...

    def send_piece(self, payload: bytes, *, first: bool, last: bool) -> None:
        """Send one fragment of a binary message."""
        ...

    def write(self, data: bytes) -> None:
        """Write bytes, whatever they are."""
        ...

    def pause(self) -> None:
        """Stop reading."""
        ...

    def resume(self) -> None:
        """Read again."""
        ...

    def abort(self) -> None:
        """End the connection by a reset."""
        ...


class Manner:
    """
    The provider as it is documented. A fault overrides what it does otherwise.

    Times are seconds since the socket was opened.
    """

    def open(self, line: Line, first_text: str) -> None:
        """Say the first message, before any audio."""
        line.send_text(first_text)

    def due(self, index: int) -> float:
        """Tell when frame ``index`` is to leave: every 20 ms, counted from the beginning and not from the last one."""
        return index * FRAME_MS / 1000

    def speak(self, line: Line, frame: bytes, index: int) -> bytes | None:
        """
        Send a frame of the caller's.

        Returns:
            What was sent as one whole message, so that its echo can be told; ``None`` where that was none.
        """
        del index
        line.send_audio(frame)
        return frame

    def answer(self, line: Line, text: str) -> None:
        """Send the event that answers a command of the application's."""
        line.send_text(text)

    def meanwhile(self, line: Line, elapsed: float) -> None:
        """Do what else there is to do; asked every 20 ms, from 0 on."""
