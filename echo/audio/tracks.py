"""
One side of a recording: messages of audio, placed on a time line by when they came or left.

Audio comes in messages that are late or early by some milliseconds, and each placed to the sample would be torn at
every seam. So what follows within a frame's time follows at once; only a larger gap becomes silence. A track is
thereby off the clock by less than a frame, as long as nobody sends faster than sound is heard, and no sample is
changed or lost. Positions are in samples from the beginning of the recording.
"""

from __future__ import annotations

from collections import deque
from typing import Final, TypeAlias

#: Kinds of what happens to a recording: audio was heard, audio was sent, the other end was told to clear its queue.
HEARD: Final = 0
SENT: Final = 1
CLEARED: Final = 2

#: When, in seconds of the call's clock; one of the kinds; the audio.
Item: TypeAlias = tuple[float, int, bytes]

_BYTES_PER_SAMPLE = 2


class Track:
    """
    What was placed, and has not been taken yet.

    Attributes:
        end: behind the last sample that was placed.
        held: bytes that wait here.
        left_out: samples that came too far ahead of their time.
    """

    __slots__ = ("_frame", "_most_ahead", "_placed", "end", "held", "left_out")

    def __init__(self, frame: int, most_ahead: int) -> None:
        """Place audio with ``frame`` samples in 20 ms; what would begin ``most_ahead`` samples too late is left out."""
        self._frame = frame
        self._most_ahead = most_ahead
        self._placed: deque[tuple[int, bytes]] = deque()
        self.end = 0
        self.held = 0
        self.left_out = 0

    def take(self, horizon: int) -> list[tuple[int, bytes]]:
        """Take what lies before ``horizon``, each piece with its position; one that lies across is cut there."""
        placed, taken = self._placed, []
        while placed and placed[0][0] < horizon:
            at, pcm = placed.popleft()
            fits = (horizon - at) * _BYTES_PER_SAMPLE
            if fits < len(pcm):
                placed.appendleft((horizon, pcm[fits:]))
                pcm = pcm[:fits]
            self.held -= len(pcm)
            taken.append((at, pcm))
        return taken

    def _place(self, due: int, pcm: bytes, came: int) -> None:
        """Place what is due at ``due``, and came at ``came``: there, or behind what is there already."""
        at = due if due - self.end >= self._frame else self.end
        samples = len(pcm) // _BYTES_PER_SAMPLE
        if at - came > self._most_ahead:
            self.left_out += samples
            return
        if len(pcm) % _BYTES_PER_SAMPLE:  # half a sample would make noise of all that follows
            pcm = pcm[:-1]
        self._placed.append((at, pcm))
        self.end = at + samples
        self.held += len(pcm)


class Sent(Track):
    """What was sent, as the other end plays it: one message behind the other, silence where none is there in time."""

    __slots__ = ()

    def add(self, at: int, pcm: bytes) -> None:
        """Place a message that was sent at ``at``."""
        self._place(at, pcm, at)

    def clear(self, at: int) -> None:
        """Forget what would be heard from ``at`` on: the other end was told to clear its queue."""
        while self._placed and self._placed[-1][0] >= at:
            self.held -= len(self._placed.pop()[1])
        if self._placed:
            start, pcm = self._placed.pop()
            self.held -= len(pcm)
            pcm = pcm[: (at - start) * _BYTES_PER_SAMPLE]
            self._placed.append((start, pcm))
            self.held += len(pcm)
        self.end = min(self.end, at)


class Heard(Track):
    """
    What was heard, as it was said: messages that a stall has kept back, and come all at once, go where they belong.

    For that they wait here for a while, and are placed with what came soon after them in view.
    """

    __slots__ = ("_waiting",)

    def __init__(self, frame: int, most_ahead: int) -> None:
        """Place audio as :class:`Track` does."""
        super().__init__(frame, most_ahead)
        self._waiting: list[tuple[int, bytes]] = []

    def add(self, at: int, pcm: bytes) -> None:
        """Take a message that came at ``at``; it is placed by :meth:`settle`."""
        self._waiting.append((at, pcm))
        self.held += len(pcm)

    def settle(self, horizon: int) -> None:
        """Place what came before ``horizon``, none of it later than what came behind it allows."""
        waiting = self._waiting
        due = _latest(waiting)
        count = next((i for i, (at, _) in enumerate(waiting) if at >= horizon), len(waiting))
        for (at, pcm), when in zip(waiting[:count], due, strict=False):
            self.held -= len(pcm)
            self._place(when, pcm, at)
        del waiting[:count]


def _latest(messages: list[tuple[int, bytes]]) -> list[int]:
    """Tell where each may begin at the latest: when it came, and so early that the next ones fit behind it."""
    due, bound = [], None
    for at, pcm in reversed(messages):
        begin = at if bound is None else min(at, bound - len(pcm) // _BYTES_PER_SAMPLE)
        due.append(begin)
        bound = begin
    due.reverse()
    return due
