"""
A caller in memory: the provider's side of ``echo.phone`` on a fake clock, so that apps are judged by what is heard.

    caller = Caller(Greeter, rate=8000)
    caller.listen(2.0)
    assert caller.heard ...

What is said goes out frame by frame; what comes back waits in the provider's queue and is played by its clock, and
``clear`` and ``notify`` are answered as the documents say.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.internet.task import Clock

from echo.apps.clips import Memory
from echo.apps.kinds import maker_of
from echo.apps.tools import Choices, Tools
from echo.audio.format import AudioFormat
from echo.budget import Budget
from echo.call.app import AppMaker
from echo.call.flow import WhenSlow
from echo.call.reel import Recorder
from echo.call.report import Ending
from echo.call.session import CallSession
from echo.call.terms import CallTerms
from echo.errors import SoundError
from echo.limits import STANDARD, Limits
from echo.phone.listening.far_end import DOCUMENTED
from echo.phone.listening.hearing import Hearing
from echo.soundfiles import decode
from tests.doubles import RecordingConnection, RecordingLog

FRAME_SECONDS = 0.02

#: Timers are looked at so often.
_STEP = 0.005

HUNG_UP = Ending("provider", 1006, "hung up")


class InMemory(RecordingConnection):
    """The connection, with the provider at its other end."""

    def __init__(self, caller: Caller) -> None:
        super().__init__()
        self._caller = caller
        self.at: list[tuple[float, str]] = []

    def send_audio(self, payload: bytes) -> None:
        """Let the provider take it."""
        super().send_audio(payload)
        self._caller.gets_audio(payload)

    def send_text(self, payload: bytes) -> None:
        """Let the provider obey."""
        super().send_text(payload)
        self._caller.gets_text(payload.decode())

    def close(self, code: int, reason: str) -> None:
        """Let the provider hang up."""
        super().close(code, reason)
        self._caller.closed = (code, reason)


class Threads:
    """What runs blocking code: at once, or, while ``held``, when it is told to."""

    def __init__(self) -> None:
        self.held = False
        self.waiting: deque[Callable[[], None]] = deque()

    def __call__(self, work: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        """Run, or keep."""
        if not self.held:
            return maybeDeferred(work, *arguments)
        done: Deferred[Any] = Deferred()
        self.waiting.append(lambda: maybeDeferred(work, *arguments).chainDeferred(done))  # type: ignore[arg-type]
        return done

    def run(self) -> None:
        """Run the one that has waited longest."""
        self.waiting.popleft()()


class Caller:
    """
    One call of an app.

    Attributes:
        heard: what the caller has heard, all of it: PCM, silence where nothing was played.
        said_at: for each frame of sound that was said, when.
        closed: code and reason, once the app has hung up.
        deaf: the provider answers neither ``notify`` nor ``clear``.
    """

    def __init__(
        self,
        app: object,
        *,
        rate: int = 16000,
        name: str = "mine",
        headers: Mapping[str, object] | None = None,
        limits: Limits = STANDARD,
        files: Mapping[str, bytes] | None = None,
        when_slow: WhenSlow | None = None,
        is_maker: bool = False,
        clock: Clock | None = None,
        number: int = 1,
        tools: Tools | None = None,
        delay: float = 0.0,
        choices: Choices | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.log: RecordingLog = RecordingLog() if tools is None else tools.log  # type: ignore[assignment]
        self.threads = Threads()
        self.files = dict(files or {})
        self.audio = AudioFormat(rate)
        self.heard = bytearray()
        self.closed: tuple[int, str] | None = None
        self.deaf = False
        self.delay = delay
        self.tools = tools or Tools(
            reactor=self.clock,
            log=self.log,
            limits=limits,
            told=Budget(1, 5, 0.0),
            in_thread=self.threads,
            load=self._load,
            memory=Memory(64 << 20),
            choices=choices or Choices(),
        )
        maker: AppMaker = app if is_maker else maker_of(app, name, self.tools)  # type: ignore[assignment]
        self._began = self.clock.seconds()
        self._frames = 0
        self.hearing = Hearing(self.audio, DOCUMENTED, self._began)
        self.connection = InMemory(self)
        terms = CallTerms(
            limits,
            AudioFormat(16000),
            when_slow,
            maker,
            self.log,
            lambda: 1.8e9,
            self.tools.apps,
            recorder=recorder,
        )
        self.call = CallSession(number, "192.0.2.7:4711", self.connection, terms, self.clock.seconds)
        first = {"event": "websocket:connected", "content-type": self.audio.content_type, **(headers or {})}
        self.reads(first)

    # What the provider does.

    def reads(self, message: Mapping[str, object]) -> None:
        """Let the app get a text message."""
        self.call.receive_text(json.dumps(message).encode(), self.clock.seconds())

    def press(self, keys: str) -> None:
        """Press keys."""
        for key in keys:
            self.reads({"event": "websocket:dtmf", "digit": key, "duration": 260})

    def gets_audio(self, payload: bytes) -> None:
        """Take a binary message, as long after it was sent as the network takes."""
        problem = self.hearing.heard(payload, 1, self.clock.seconds())
        assert problem is None, problem

    def gets_text(self, text: str) -> None:
        """Take a command, and answer it."""
        for event in self.hearing.text(text, self.clock.seconds()):
            self._answer(event)

    def hang_up(self) -> None:
        """End the call without a word."""
        self.call.lost(HUNG_UP)

    # What the caller does.

    def say(self, pcm: bytes, then: Callable[[], None] | None = None) -> None:
        """Say PCM, in frames of 20 ms."""
        size = self.audio.frame_bytes
        for at in range(0, len(pcm), size):
            self.step(pcm[at : at + size].ljust(size, b"\0"))

    def listen(self, seconds: float) -> None:
        """Say nothing, in frames of silence."""
        for _ in range(round(seconds / FRAME_SECONDS)):
            self.step(bytes(self.audio.frame_bytes))

    def step(self, frame: bytes | None) -> None:
        """Say a frame, or with ``None`` send nothing, and let its 20 ms pass."""
        if frame is not None and self.call.ending is None:
            self.call.receive_audio(frame, self.clock.seconds())
        self._frames += 1
        while self.clock.seconds() < self._began + self._frames * FRAME_SECONDS - 1e-9:
            self.hear()
            self.clock.advance(_STEP)

    def hear(self) -> None:
        """Hear what is due."""
        frames, events = self.hearing.play(self.clock.seconds())
        self.heard += b"".join(frames)
        for event in events:
            self._answer(event)

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return self.clock.seconds() - self._began

    @property
    def seconds_heard(self) -> float:
        """How much the caller has heard, silence included."""
        return len(self.heard) / self.audio.bytes_per_second

    def _answer(self, event: Mapping[str, Any]) -> None:
        if self.deaf or self.call.ending is not None:
            return
        if self.delay:
            self.clock.callLater(self.delay, self.reads, event)
        else:
            # Behind what is being done: a message never comes back within the write that it answers.
            self.clock.callLater(0, self.reads, event)

    def _load(self, path: Path, rate: int) -> Deferred[bytes]:
        if path.is_absolute() and path.is_file():
            return succeed(_decoded(path, rate))
        if str(path) in self.files:
            return succeed(self.files[str(path)])
        return fail(SoundError(f"{path}: this audio file cannot be read: No such file or directory"))


@cache
def _decoded(path: Path, rate: int) -> bytes:
    return decode(str(path), rate, str(path), 3600)


def stripped(pcm: bytes) -> bytes:
    """PCM without the silence at both ends; whole samples."""
    left = len(pcm) - len(pcm.lstrip(b"\0"))
    right = len(pcm.rstrip(b"\0"))
    return pcm[left & ~1 : right + (right & 1)]
