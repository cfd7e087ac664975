"""
When messages of audio came, and in which shape.

The jitter is that of RFC 3550 section 6.4.1: it compares how far apart two frames came with how far apart they
left. For an echo the latter is known, so a caller who paused is not held against the application; otherwise
20 ms are taken for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from echo.audio.format import FRAME_MS
from echo.phone.listening.pace import Pace

_FRAME_SECONDS = FRAME_MS / 1000

#: Three frames: more than this after the message before it, a message came late.
LATE_SECONDS: Final = 3 * _FRAME_SECONDS

#: Audio that is no echo and rests for longer than this has come to an end: what follows is a new piece of it.
PAUSE_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Offender:
    """
    The first message that was not one frame in one piece.

    Attributes:
        index: how many binary messages came before it.
        size: its bytes.
        pieces: the WebSocket frames that it came in.
        at: seconds since the call began.
    """

    index: int
    size: int
    pieces: int
    at: float


class Arrivals:
    """
    Counters of the binary messages of a call.

    Attributes:
        messages: how many came.
        bytes: how many bytes they held.
        first_at: when the first came, by the clock of the call; ``None`` before.
        last_at: when the last came.
        jitter: RFC 3550, in seconds: the estimate as it stands.
        jitter_max: the highest that it ever was.
        pace: whether messages come fast enough.
        gaps: messages that came more than 60 ms after the one before, while audio flowed.
        longest_gap: the longest time between two messages while audio flowed, in seconds.
        wrong_sized: messages of another size than a frame's.
        odd: those of them that end in half a sample.
        fragmented: messages of more than one WebSocket frame.
        first_offender: the first wrong-sized or fragmented one.
    """

    __slots__ = (
        "_rests",
        "bytes",
        "first_at",
        "first_offender",
        "fragmented",
        "gaps",
        "jitter",
        "jitter_max",
        "last_at",
        "longest_gap",
        "messages",
        "odd",
        "pace",
        "wrong_sized",
    )

    def __init__(self) -> None:
        self._rests = False
        self.messages = 0
        self.bytes = 0
        self.first_at: float | None = None
        self.last_at: float | None = None
        self.jitter = 0.0
        self.jitter_max = 0.0
        self.pace = Pace()
        self.gaps = 0
        self.longest_gap = 0.0
        self.wrong_sized = 0
        self.odd = 0
        self.fragmented = 0
        self.first_offender: Offender | None = None

    def arrived(self, size: int, now: float, spaced: float | None = None, paused: float = 0.0) -> None:
        """
        Count a message.

        Args:
            size: its bytes.
            now: when it came.
            spaced: how far apart it and the message before it were said; ``None`` where it is no echo.
            paused: how much of that the caller was not talking for.
        """
        self.messages += 1
        self.bytes += size
        last = self.last_at
        self.last_at = now
        gap = 0.0 if last is None else now - last
        apart = _FRAME_SECONDS if spaced is None else spaced
        if last is None or self._rests:
            self.pace.begin(now)
        else:
            missed = max(0, round(apart / _FRAME_SECONDS) - 1)
            self.pace.arrived(now, gap, missed, paused=paused >= _FRAME_SECONDS)
        if last is None:
            self.first_at = now
            return
        if self._rests or (spaced is None and gap > PAUSE_SECONDS):
            self._rests = False
            return
        self.jitter += (abs(gap - apart) - self.jitter) / 16
        self.jitter_max = max(self.jitter_max, self.jitter)
        gap -= paused
        self.longest_gap = max(self.longest_gap, gap)
        if gap > LATE_SECONDS:
            self.gaps += 1

    def rest(self) -> None:
        """Take what follows for a new piece of audio: the application has cleared what went before."""
        self._rests = True

    def offended(self, size: int, pieces: int, at: float, *, wrong_sized: bool) -> None:
        """Count what was wrong with the last message, which came ``at`` seconds after the beginning."""
        self.wrong_sized += wrong_sized
        self.odd += wrong_sized and size % 2 == 1
        self.fragmented += pieces > 1
        if self.first_offender is None:
            self.first_offender = Offender(self.messages - 1, size, pieces, at)
