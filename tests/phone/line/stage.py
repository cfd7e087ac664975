"""A call, its socket and its notes, in memory and on a clock that is set by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.task import Clock

from echo.audio.format import AudioFormat
from echo.audio.signal import Numbered
from echo.phone.line.call import MediaCall
from echo.phone.line.ears import SocketEnd
from echo.phone.line.plan import CallPlan
from echo.phone.listening.far_end import DOCUMENTED
from echo.phone.listening.hearing import Hearing

AUDIO = AudioFormat(16000)
SIGNAL = Numbered(AUDIO)


@dataclass
class RecordingSocket:
    """A :class:`PhoneSocket` that remembers what was asked of it, and when."""

    clock: Clock
    call: MediaCall | None = None
    audio: list[tuple[float, bytes]] = field(default_factory=list)
    texts: list[tuple[float, Any]] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)

    def send_audio(self, payload: bytes) -> None:
        """Note it."""
        self.audio.append((round(self.clock.seconds(), 6), payload))

    def send_text(self, text: str) -> None:
        """Note it."""
        self.texts.append((round(self.clock.seconds(), 6), json.loads(text)))

    def send_piece(self, payload: bytes, *, first: bool, last: bool) -> None:
        """Note it as audio."""
        self.send_audio(payload)

    def hang_up(self) -> None:
        """End as the real one does."""
        self._end("close", 1000)

    def drop(self) -> None:
        """End as the real one does."""
        self._end("drop", 1006)

    def abort(self) -> None:
        """End as the real one does."""
        self._end("abort", 1006)

    def _end(self, how: str, code: int) -> None:
        self.ends.append(how)
        assert self.call is not None
        self.call.closed(SocketEnd("phone", code, ""), self.clock.seconds())


@dataclass
class RecordingNotes:
    """Notes that remember."""

    said_frames: list[tuple[float, bytes]] = field(default_factory=list)
    played_frames: list[bytes] = field(default_factory=list)
    passages: list[tuple[str, object]] = field(default_factory=list)
    pieces: list[int] = field(default_factory=list)
    ticks: int = 0

    def said(self, at: float, frame: bytes) -> None:
        """Keep it."""
        self.said_frames.append((at, frame))

    def played(self, frame: bytes) -> None:
        """Keep it."""
        self.played_frames.append(frame)

    def passed(self, at: float, way: str, payload: bytes | str, pieces: int = 1) -> None:
        """Keep it."""
        self.passages.append((way, payload))
        self.pieces.append(pieces)

    def ticked(self, at: float, call: MediaCall) -> None:
        """Count it."""
        self.ticks += 1


class Stage:
    """A call, set up and opened at second 100."""

    def __init__(self, **plan: Any) -> None:
        self.clock = Clock()
        self.clock.advance(100)
        self.notes = RecordingNotes()
        chosen: dict[str, Any] = {"audio": AUDIO, "source": SIGNAL, "duration": 0.1, "first_text": '{"a": 1}'}
        self.call = MediaCall(
            self.clock,
            CallPlan(**(chosen | plan)),
            lambda began: Hearing(AUDIO, DOCUMENTED, began),
            self.notes,
        )
        self.socket = RecordingSocket(self.clock, self.call)
        self.call.socket = self.socket  # type: ignore[assignment]  # a double of it
        self.call.opened(100.0)

    def advance(self, seconds: float, step: float = 0.001) -> None:
        """Let time pass in small steps."""
        for _ in range(round(seconds / step)):
            self.clock.advance(step)

    def hear(self, text: str) -> None:
        """Let the application say a text now."""
        self.call.text(text.encode(), self.clock.seconds())
