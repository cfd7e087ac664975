"""Calls of a load whose time moves when told to, and whose application is played by the test."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.task import Clock

from echo.audio.format import AudioFormat
from echo.audio.signal import Numbered
from echo.phone.line.ears import SocketEnd
from echo.phone.line.plan import CallPlan
from echo.phone.listening.far_end import DOCUMENTED, FarEnd
from echo.phone.load.counts import Usage
from echo.phone.load.figures import Figures
from echo.phone.load.line import CrowdCall, Shared
from echo.phone.load.wheel import Wheel
from echo.turns import Turns
from echo.wire.frames import take_binary

AUDIO = AudioFormat(8000)


@dataclass
class RecordingTransport:
    """What is under a socket, and the socket itself: takes everything, until a test fills it."""

    clock: Clock
    audio: list[tuple[float, bytes]] = field(default_factory=list)
    dataBuffer: bytes = b""
    offset: int = 0

    def write(self, data: bytes) -> None:
        """Note the audio in a frame."""
        found = take_binary(data, 0, 65535)
        assert found is not None
        self.audio.append((self.clock.seconds(), found[0]))


class Seats(Turns):
    """Turns that know who is seated; what is written goes to the transport."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, print)
        self.seated: list[Any] = []

    def seat(self, transport: Any, receive: object) -> Any:
        """Seat it: it is its own seat."""
        self.seated.append(transport)
        return transport

    def leave(self, seat: Any) -> None:
        """Let it go."""
        if seat in self.seated:
            self.seated.remove(seat)


@dataclass
class RecordingSocket:
    """The part of a socket that a call of a load needs."""

    clock: Clock
    call: CrowdCall
    transport: RecordingTransport
    texts: list[Any] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)

    def received(self, data: bytes, now: float) -> None:
        """Parse nothing: tests call the ears."""

    def send_text(self, text: str) -> None:
        """Note it."""
        self.texts.append(json.loads(text))

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
        self.call.closed(SocketEnd("phone", code, ""), self.clock.seconds())


class Stage:
    """A load of some calls, all open since second 100."""

    def __init__(
        self, calls: int = 1, far_end: FarEnd = DOCUMENTED, *, awaits_echo: bool = False, **plan: Any
    ) -> None:
        self.clock = Clock()
        self.clock.advance(100)
        self.figures = Figures(Usage(100, 0, 0))
        self.wheel = Wheel(self.clock)
        self.turns = Seats(self.clock)
        self.shared = Shared(self.clock, self.wheel, self.figures, far_end, self.turns, awaits_echo)
        self.sockets = [self._open(number, plan) for number in range(calls)]
        self.calls = [socket.call for socket in self.sockets]
        self.call, self.socket = self.calls[0], self.sockets[0]

    def _open(self, number: int, plan: dict[str, Any]) -> RecordingSocket:
        chosen: dict[str, Any] = {
            "audio": AUDIO,
            "source": Numbered(AUDIO, number),
            "duration": 0.1,
            "first_text": "{}",
        }
        call = CrowdCall(self.shared, number, CallPlan(**(chosen | plan)))
        socket = RecordingSocket(self.clock, call, RecordingTransport(self.clock))
        call.socket = socket  # type: ignore[assignment]  # a double of it
        call.opened(100.0)
        return socket

    def advance(self, seconds: float, step: float = 0.001, *, echo: bool = False) -> None:
        """Let time pass in small steps; with ``echo`` what is said comes back at the next step."""
        for _ in range(round(seconds / step)):
            before = [len(socket.transport.audio) for socket in self.sockets]
            self.clock.advance(step)
            for socket, count in zip(self.sockets, before, strict=True):
                for _, frame in socket.transport.audio[count:] if echo else []:
                    self.hear(frame, socket.call)

    def hear(self, frame: bytes, call: CrowdCall | None = None, pieces: int = 1) -> None:
        """Let a message of audio come now."""
        (call or self.call).audio(frame, pieces, self.clock.seconds())
