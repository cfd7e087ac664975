"""
A room in which callers hear one another.

Two are simply joined: what one says is sent to the other as it comes. From three on, a clock of the room's own takes a
frame of each every 20 ms, and everybody gets the sum of the others. A frame waits for the next beat, 20 ms at the most;
where a network makes one come too late for its beat, its caller's frames wait for one beat longer from then on, and
where more wait than needed, the oldest goes. Calls of different rates meet at the rate of the first one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from echo.apps.rates import resampler
from echo.audio.format import FRAME_MS, AudioFormat
from echo.audio.framing import Framer
from echo.audio.mixing import others

_BEAT: Final = FRAME_MS / 1000

#: Frames of one caller that wait, at most; and how many may still wait after each beat of a second before one goes.
_MOST_WAITING: Final = 4
_SPARE: Final = 2
_SECOND: Final = 50

#: Beats that are made up for when a timer was late.
_MOST_BEATS: Final = 3

#: Seconds: what is due in less is due.
_TINY: Final = 1e-6


class Member:
    """
    One caller in a room.

    Attributes:
        audio: the format of the call.
        waiting: frames at the room's rate that wait for their beat.
    """

    def __init__(self, audio: AudioFormat, room: AudioFormat, send: Callable[[bytes], None]) -> None:
        """Speak ``audio``, in a room that speaks its own; ``send`` sends a frame to the caller."""
        self.audio = audio
        self.waiting: deque[bytes] = deque()
        self._send = send
        self._in = Framer(room)
        self._out = Framer(audio)
        self._inwards = resampler(audio.rate, room.rate)
        self._outwards = resampler(room.rate, audio.rate)
        self._fewest = _MOST_WAITING
        self._beats = 0

    def frames(self, pcm: bytes) -> list[bytes]:
        """Bring what the caller says to the rate of the room."""
        return list(self._in.cut(pcm if self._inwards is None else self._inwards(pcm)))

    def hear(self, frame: bytes) -> None:
        """Let the caller hear a frame of the room."""
        for each in self._out.cut(frame if self._outwards is None else self._outwards(frame)):
            self._send(each)

    def wait(self, frames: list[bytes]) -> None:
        """Keep frames for their beats; the oldest go where there are too many."""
        self.waiting.extend(frames)
        while len(self.waiting) > _MOST_WAITING:
            self.waiting.popleft()

    def beat(self) -> bytes | None:
        """Give the frame for this beat, if there is one."""
        frame = self.waiting.popleft() if self.waiting else None
        self._fewest = min(self._fewest, len(self.waiting))
        self._beats += 1
        if self._beats == _SECOND:
            if self._fewest >= _SPARE:
                self.waiting.popleft()
            self._fewest, self._beats = _MOST_WAITING, 0
        return frame


class Room:
    """Those who hear one another."""

    def __init__(self, audio: AudioFormat, reactor: Any) -> None:
        """Begin with nobody; the room speaks ``audio``."""
        self._audio = audio
        self._reactor = reactor
        self._members: list[Member] = []
        self._next_beat = 0.0
        self._timer: Any = None

    def __len__(self) -> int:
        return len(self._members)

    def join(self, audio: AudioFormat, send: Callable[[bytes], None]) -> Member:
        """Let somebody come in."""
        member = Member(audio, self._audio, send)
        self._members.append(member)
        self._keep_time()
        return member

    def leave(self, member: Member) -> None:
        """Let somebody go."""
        self._members.remove(member)
        self._keep_time()

    def says(self, member: Member, pcm: bytes) -> None:
        """Take what somebody says."""
        frames = member.frames(pcm)
        if self._timer is not None:
            member.wait(frames)
            return
        for other in self._members:
            if other is not member:
                for frame in frames:
                    other.hear(frame)

    def _keep_time(self) -> None:
        """Run a clock from three members on."""
        if len(self._members) > 2 and self._timer is None:
            self._next_beat = self._reactor.seconds() + _BEAT
            self._timer = self._reactor.callLater(_BEAT, self._wake)
        elif len(self._members) <= 2 and self._timer is not None:
            self._timer.cancel()
            self._timer = None
            for member in self._members:
                member.waiting.clear()

    def _wake(self) -> None:
        now = self._reactor.seconds()
        due = int((now - self._next_beat) / _BEAT + _TINY) + 1
        for _ in range(min(due, _MOST_BEATS)):
            self._beat()
        self._next_beat += due * _BEAT
        self._timer = self._reactor.callLater(max(0.0, self._next_beat - now), self._wake)

    def _beat(self) -> None:
        said = [member.beat() for member in self._members]
        for member, heard in zip(self._members, others(said), strict=True):
            if heard is not None:
                member.hear(heard)
