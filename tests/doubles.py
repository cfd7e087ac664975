"""
Small stand-ins for what surrounds a call: its clock, its connection, the log, apps; and all of it set up.

    stage = Stage(when_slow=WhenSlow.PAUSE)
    stage.hear(FRAME)
    assert stage.connection.audio == [FRAME]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

from echo.apps.echo import Echo
from echo.audio.format import AudioFormat
from echo.call.app import App, AppMaker, Call
from echo.call.flow import WhenSlow
from echo.call.record import CallRecord
from echo.call.reel import Recorder, Reel
from echo.call.report import Ending
from echo.call.session import CallSession
from echo.call.terms import CallTerms, Meter
from echo.limits import STANDARD, Limits
from echo.privacy import SHOWN, Privacy

#: 20 ms at 16 kHz.
FRAME = bytes(range(256)) * 2 + bytes(128)

#: A first text message as the provider sends it today.
CONNECTED = (
    b'{"event":"websocket:connected","content-type":"audio/l16;rate=16000","caller-id":"447700900123"}'
)


class ManualClock:
    """A monotonic clock that moves when told to."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Tell the time in seconds."""
        return self.now

    def advance(self, seconds: float) -> float:
        """Let time pass, and tell what time it is then."""
        if seconds < 0:
            raise ValueError(f"{seconds} s: a monotonic clock does not go back")
        self.now += seconds
        return self.now


class RecordingConnection:
    """
    An ``echo.call.connection.Connection`` that remembers what was asked of it.

    Attributes:
        asked: every verb in order, with its arguments, except ``wake_at``.
        pings: how many were asked for.
        full: whether what is before a ping has not been read yet, so that none goes out.
        reading: whether the peer is read, by ``pause`` and ``resume``.
        alarm: the earliest deadline that was asked for since the last ``take_alarm``.
        after_send: called at the end of each ``send_audio`` and ``send_text``, as a transport calls its
            producer from within a write.
    """

    def __init__(self, after_send: Callable[[], None] | None = None) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.pings = 0
        self.full = False
        self.reading = True
        self.alarm: float | None = None
        self.after_send = after_send

    def send_audio(self, payload: bytes) -> None:
        """Record a binary message."""
        self._sent("send_audio", payload)

    def send_text(self, payload: bytes) -> None:
        """Record a text message."""
        self._sent("send_text", payload)

    def ping(self) -> bytes:
        """Record a ping; what it carries tells how many of them there were."""
        self.asked.append(("ping",))
        self.pings += 1
        return b"" if self.full else b"ping %d" % self.pings

    def close(self, code: int, reason: str) -> None:
        """Record a Close frame."""
        self.asked.append(("close", code, reason))

    def leave(self) -> None:
        """Record the end behind what was written."""
        self.asked.append(("leave",))

    def abort(self) -> None:
        """Record the end without one."""
        self.asked.append(("abort",))

    def pause(self) -> None:
        """Record that the peer is not to be read."""
        self.reading = False
        self.asked.append(("pause",))

    def resume(self) -> None:
        """Record that it is."""
        self.reading = True
        self.asked.append(("resume",))

    def wake_at(self, deadline: float) -> None:
        """Keep the earliest deadline, as the production shell does."""
        self.alarm = deadline if self.alarm is None else min(self.alarm, deadline)

    def take_alarm(self) -> float | None:
        """Tell the deadline and forget it: the alarm goes off."""
        alarm, self.alarm = self.alarm, None
        return alarm

    @property
    def audio(self) -> list[bytes]:
        """The binary messages that were sent."""
        return [payload for verb, payload in self.sent if verb == "send_audio"]

    @property
    def texts(self) -> list[bytes]:
        """The text messages that were sent."""
        return [payload for verb, payload in self.sent if verb == "send_text"]

    @property
    def sent(self) -> list[tuple[str, bytes]]:
        """Messages of both kinds, in order."""
        return [
            (str(verb), rest[0])
            for verb, *rest in self.asked
            if verb in {"send_audio", "send_text"} and isinstance(rest[0], bytes)
        ]

    def _sent(self, verb: str, payload: bytes) -> None:
        self.asked.append((verb, payload))
        if self.after_send is not None:
            self.after_send()


class RecordingLog:
    """
    An ``echo.log.Log`` that remembers its lines.

    Attributes:
        lines: (level, line) in order; the level of ``failure`` is ``failure``.
        exceptions: the name of the exception that was being handled at each ``failure``.
        privacy: how private things are shown.
    """

    def __init__(self) -> None:
        self.privacy: Privacy = SHOWN
        self.lines: list[tuple[str, str]] = []
        self.exceptions: list[str] = []

    def debug(self, line: str) -> None:
        """Keep a line."""
        self.lines.append(("debug", line))

    def info(self, line: str) -> None:
        """Keep a line."""
        self.lines.append(("info", line))

    def warn(self, line: str) -> None:
        """Keep a line."""
        self.lines.append(("warn", line))

    def error(self, line: str) -> None:
        """Keep a line."""
        self.lines.append(("error", line))

    def failure(self, line: str) -> None:
        """Keep a line, and what went wrong; only by name, since a traceback would keep the call alive."""
        self.lines.append(("failure", line))
        self.exceptions.append(type(sys.exception()).__name__)

    def at(self, level: str) -> list[str]:
        """Tell the lines of one level."""
        return [line for each, line in self.lines if each == level]


class RecordingApp:
    """An app that remembers what it was told and says nothing; ``told`` is a list of (what, payload)."""

    lossless = False

    def __init__(self, call: Call) -> None:
        self.call = call
        self.told: list[tuple[str, bytes | str]] = []

    def audio(self, frame: bytes) -> None:
        """Remember a binary message."""
        self.told.append(("audio", frame))

    def text(self, text: str) -> None:
        """Remember a text message."""
        self.told.append(("text", text))

    def ended(self, reason: Ending) -> None:
        """Remember the end."""
        self.told.append(("ended", ""))


class Shelf:
    """An ``echo.call.reel.Recorder`` that keeps its reels, and when each ended."""

    def __init__(self, *, records_all: bool = True) -> None:
        self.records_all = records_all
        self.reels: list[Reel] = []
        self.ended: list[float] = []

    def begin(self, call: Call, now: float) -> Reel:
        """Record a call."""
        self.reels.append(Reel(call.audio, now, lambda _, at: self.ended.append(at)))
        return self.reels[-1]


class Broken(Exception):
    """What a broken app raises."""


@dataclass
class BrokenApps:
    """Makes apps that raise ``Broken`` in ``where``: ``__init__``, ``audio``, ``text`` or ``ended``."""

    where: str
    lossless: bool = False

    def __call__(self, call: Call) -> App:
        """Make one, or fail at it."""
        if self.where == "__init__":
            raise Broken(self.where)
        app = RecordingApp(call)
        setattr(app, self.where, self._fail)
        return app

    def _fail(self, *_: object) -> None:
        raise Broken(self.where)


class Stage:
    """One call with all that surrounds it; by default the echo, at 16 kHz, under the standard limits."""

    def __init__(
        self,
        *,
        make_app: AppMaker = Echo,
        when_slow: WhenSlow | None = None,
        limits: Limits = STANDARD,
        rate: int = 16000,
        number: int = 1,
        apps: dict[str, AppMaker] | None = None,
        make_meter: type[Meter] | None = None,
        end_call: Callable[[CallRecord, Callable[[bool], object]], bool] | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self.clock = ManualClock(1000.0)
        self.connection = RecordingConnection()
        self.log = RecordingLog()
        terms = CallTerms(
            limits,
            AudioFormat(rate),
            when_slow,
            make_app,
            self.log,
            lambda: 1.8e9,
            apps or {},
            make_meter,
            recorder=recorder,
        )
        if end_call is not None:
            terms = replace(terms, end_call=end_call)
        self.call = CallSession(number, "192.0.2.7:4711", self.connection, terms, self.clock)

    def hear(self, payload: bytes = FRAME) -> None:
        """Let the peer send one binary message."""
        self.call.receive_audio(payload, self.clock.now)

    def read(self, payload: bytes = CONNECTED) -> None:
        """Let the peer send one text message."""
        self.call.receive_text(payload, self.clock.now)

    def pass_time(self, seconds: float) -> None:
        """Let time pass in one go, then tick."""
        self.call.tick(self.clock.advance(seconds))
