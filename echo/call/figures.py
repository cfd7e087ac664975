"""
What a call counts of its audio.

The figures of arrival are those of RFC 3550 section 6.4.1 with a frame of 20 ms as the unit of the sender's
clock. TCP hides loss, so the longest gap is kept beside the jitter.
"""

from __future__ import annotations

from echo.audio.format import FRAME_MS

_FRAME_SECONDS = FRAME_MS / 1000


class AudioFigures:
    """Counters of one call; plain attributes, since they are touched for every frame."""

    __slots__ = (
        "frame_bytes",
        "frames_in",
        "frames_out",
        "jitter",
        "last_arrival",
        "longest_gap",
        "wrong_sized",
    )

    def __init__(self, frame_bytes: int) -> None:
        """Count from zero; ``frame_bytes`` is the size of a 20 ms frame at the negotiated rate."""
        self.frame_bytes = frame_bytes
        self.frames_in = 0
        self.frames_out = 0
        self.wrong_sized = 0
        #: Seconds.
        self.jitter = 0.0
        self.longest_gap = 0.0
        self.last_arrival: float | None = None

    def arrived(self, size: int, now: float) -> None:
        """Count a message of ``size`` bytes that came at ``now``."""
        self.frames_in += 1
        if size != self.frame_bytes:
            self.wrong_sized += 1
        last = self.last_arrival
        self.last_arrival = now
        if last is None:
            return
        gap = now - last
        if gap > self.longest_gap:
            self.longest_gap = gap
        late = gap - _FRAME_SECONDS
        # all constants are floats, and nothing is divided: the quick ways of Python 3.11
        self.jitter += ((late if late > 0.0 else -late) - self.jitter) * 0.0625
