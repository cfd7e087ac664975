"""A line that remembers, a call that a manner conducts on it, and calls that were made up."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from echo.audio.format import AudioFormat
from echo.audio.signal import Numbered
from echo.phone.faults.seen import Seen
from echo.phone.faults.table import FAULTS, Fault
from echo.phone.line.manner import Manner
from echo.phone.order import CallOrder

AUDIO = AudioFormat(16000)
SIGNAL = Numbered(AUDIO)

FIRST_TEXT = '{"event": "websocket:connected", "content-type": "audio/l16;rate=16000"}'

ECHO = Seen(heard="echo", echoed=50, ended_by="caller", round_trip=0.1, first_audio=0.1, events=2)
BROKEN = replace(ECHO, lost=7)
NOBODY = Seen(problem="connection refused")

SOCKET = CallOrder("ws://app/")
ANSWER = CallOrder("http://app/")


@dataclass
class RecordingLine:
    """Fulfils :class:`echo.phone.line.manner.Line`; ``done`` has the verbs in order, with what they were given."""

    done: list[tuple[Any, ...]] = field(default_factory=list)

    def send_text(self, text: str) -> None:
        """Note it."""
        self.done.append(("text", text))

    def send_audio(self, payload: bytes) -> None:
        """Note it."""
        self.done.append(("audio", payload))

    def send_piece(self, payload: bytes, *, first: bool, last: bool) -> None:
        """Note it."""
        self.done.append(("piece", payload, first, last))

    def write(self, data: bytes) -> None:
        """Note it."""
        self.done.append(("bytes", data))

    def pause(self) -> None:
        """Note it."""
        self.done.append(("pause",))

    def resume(self) -> None:
        """Note it."""
        self.done.append(("resume",))

    def abort(self) -> None:
        """Note it."""
        self.done.append(("abort",))

    def verbs(self) -> list[str]:
        """What was done, without what it was done with."""
        return [done[0] for done in self.done]


def fault(name: str) -> Fault:
    """The fault of this name."""
    return next(each for each in FAULTS if each.name == name)


def frame(index: int) -> bytes:
    """What the caller says."""
    told = SIGNAL.frame(index)
    assert told is not None
    return told


def conduct(manner: Manner, seconds: float) -> tuple[RecordingLine, list[bytes | None], list[float]]:
    """Let a manner conduct a call for so long; its line, what it says was said, and when each frame left."""
    line = RecordingLine()
    manner.open(line, FIRST_TEXT)
    said: list[bytes | None] = []
    left: list[float] = []
    for step in range(round(seconds * 50) + 1):
        now = step / 50
        while manner.due(len(said)) <= now + 1e-9:
            said.append(manner.speak(line, frame(len(said)), len(said)))
            left.append(now)
        manner.meanwhile(line, now)
    return line, said, left


def done(coroutine: Any, clock: Clock | None = None) -> Any:
    """What a coroutine returns, when the clock has gone on for long enough."""
    results: list[Any] = []
    Deferred.fromCoroutine(coroutine).addBoth(results.append)
    if clock is not None:
        clock.pump([1.0] * 10)
    (result,) = results
    if hasattr(result, "raiseException"):
        result.raiseException()
    return result
