"""
Applications as small functions, and a call to one of them by a clock that is moved by hand.

An application is told each frame of the caller's and gives its replies, each with the seconds until it comes.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from echo.audio.format import AudioFormat
from echo.audio.signal import Frames, Numbered
from echo.phone.listening.far_end import DOCUMENTED, FarEnd
from echo.phone.listening.hearing import Hearing
from echo.phone.verdict.facts import Ended, Facts
from echo.untrusted import Json

#: How long the shortest way there and back takes.
WAY = 0.001
STEP = 0.02


@dataclass(frozen=True)
class Reply:
    """
    What an application sends.

    Attributes:
        what: audio, a text, or a close code.
        after: seconds from the frame that it replies to.
        pieces: WebSocket frames that it comes in.
    """

    what: bytes | str | int
    after: float = 0.0
    pieces: int = 1


App: TypeAlias = Callable[[int, bytes], Iterable[Reply]]


@dataclass
class Call:
    """
    A call to an application.

    Attributes:
        app: what answers.
        seconds: how long the caller talks.
        tail: how long it listens on.
        began: the time on the clock at the beginning: not zero, and no sum of frames.
        events: what the provider's side told the application, with its times.
        played: what the caller heard.
        ended: how the call ended, if not by the caller.
    """

    app: App
    seconds: float = 4.0
    audio: AudioFormat = field(default_factory=lambda: AudioFormat(16000))
    far_end: FarEnd = DOCUMENTED
    source: Frames | None = None
    tail: float = 2.0
    began: float = 1234.567
    events: list[tuple[float, dict[str, Json]]] = field(default_factory=list)
    played: list[bytes] = field(default_factory=list)
    ended: Ended | None = None

    def make(self) -> Facts:
        """Make the whole call; the clock ticks every 20 ms, and messages come when they come."""
        self.hearing = Hearing(self.audio, self.far_end, self.began)
        self._coming: deque[tuple[float, Reply]] = deque()
        self._last_due = 0.0
        source = self.source or Numbered(self.audio)
        talking, steps = round(self.seconds / STEP), round((self.seconds + self.tail) / STEP)
        for step in range(steps):
            now = self.began + step * STEP
            self._arrive(now)
            if self.ended is not None:
                break
            frame = source.frame(step) if step < talking else None
            self._tick(step, frame, now)
        return self._facts(talking)

    def _tick(self, step: int, frame: bytes | None, now: float) -> None:
        if frame is not None:
            self.hearing.said(frame, now)
            for reply in self.app(step, frame):
                self._send(reply, now + WAY + reply.after)
        frames, events = self.hearing.play(now)
        self.played += frames
        self.events += [(now - self.began, event) for event in events]

    def _send(self, reply: Reply, due: float) -> None:
        """Put a reply on its way. TCP keeps the order: nothing overtakes what was sent before."""
        self._last_due = max(due, self._last_due)
        self._coming.append((self._last_due, reply))

    def _arrive(self, until: float) -> None:
        """Let everything come that comes before ``until``."""
        while self._coming and self._coming[0][0] <= until and self.ended is None:
            now, reply = self._coming.popleft()
            at = now - self.began
            if isinstance(reply.what, bytes):
                problem = self.hearing.heard(reply.what, reply.pieces, now)
                self.ended = None if problem is None else Ended("phone", None, problem, at)
            elif isinstance(reply.what, str):
                self.events += [(at, event) for event in self.hearing.text(reply.what, now)]
            else:
                self.ended = Ended("application", reply.what, "", at)

    def _facts(self, talking: int) -> Facts:
        said = self.hearing.echoes.said_count
        ended = self.ended or Ended("caller", None, "", self.seconds + self.tail)
        return Facts(
            "ws://127.0.0.1/socket",
            self.audio.rate,
            far_end=self.far_end.name,
            seconds=ended.at,
            hearing=self.hearing,
            frames_out=said,
            lateness=array("d", [0.0005] * said),
            finished=said == talking,
            ended=ended,
        )


def echo(_index: int, frame: bytes) -> Iterator[Reply]:
    """Return each frame at once."""
    yield Reply(frame)


def late_by(seconds: float) -> App:
    """Return each frame after some time."""
    return lambda _, frame: [Reply(frame, seconds)]


def later_and_later(ms_a_second: float) -> App:
    """Return each frame later than the last one."""
    return lambda index, frame: [Reply(frame, index * STEP * ms_a_second / 1000)]


def mute(_index: int, _frame: bytes) -> Iterator[Reply]:
    """Say nothing."""
    return iter(())


def changed(change: Callable[[bytes], bytes]) -> App:
    """Return each frame changed."""
    return lambda _, frame: [Reply(change(frame))]


def recut(size: int, head: bytes = b"") -> App:
    """Return what comes as one stream with ``head`` before it, cut into messages of ``size`` bytes."""
    waiting = bytearray(head)

    def cut(_index: int, frame: bytes) -> Iterator[Reply]:
        waiting.extend(frame)
        while len(waiting) >= size:
            yield Reply(bytes(waiting[:size]))
            del waiting[:size]

    return cut


def first_then(first: bytes | str | int, app: App = echo, pieces: int = 1) -> App:
    """Send something before anything else."""

    def both(index: int, frame: bytes) -> Iterator[Reply]:
        if index == 0:
            yield Reply(first, pieces=pieces)
        yield from app(index, frame)

    return both


def in_pieces(pieces: int) -> App:
    """Return each frame in fragments."""
    return lambda _, frame: [Reply(frame, pieces=pieces)]


def without(dropped: Callable[[int], bool], app: App = echo) -> App:
    """Lose some of the frames."""
    return lambda index, frame: [] if dropped(index) else app(index, frame)


def burst(frames: int, frame_of: Callable[[int], bytes]) -> App:
    """Send everything there is at the first frame, and nothing else."""
    return lambda index, _: [Reply(frame_of(n)) for n in range(frames)] if index == 0 else []


def stalled(begin: int, count: int, app: App = echo) -> App:
    """Hold ``count`` replies back and send them all at once."""

    def held(index: int, frame: bytes) -> Iterator[Reply]:
        wait = (begin + count - index) * STEP if begin <= index < begin + count else 0.0
        for reply in app(index, frame):
            yield Reply(reply.what, reply.after + wait, reply.pieces)

    return held
