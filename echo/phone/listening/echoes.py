"""
Which of what was said comes back, when, and in which order.

Frames are known by the hash of their content, so that nothing has to be hidden in the caller's audio and any
sound will do. Where content repeats, as in silence and in tones, a frame that is heard is taken for the earliest
one that has not come back: a tone that comes back whole and in order counts as that.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator
from statistics import median
from typing import Final

from echo.audio.format import FRAME_MS, AudioFormat
from echo.audio.level import level

#: Frames that are remembered, 82 s: more than the provider's buffer of 3072 and a slow application.
WINDOW: Final = 4096

#: Frames of a second: what the delay of the beginning and of the end is the median of.
SECOND: Final = 50

#: Quieter than this and never said, it is the application's own silence, not an altered frame. In dBFS.
_QUIET = -60.0

_STEP = FRAME_MS / 1000


class Echoes:
    """
    Compares what is heard with what was said.

    Attributes:
        said_count: frames that were said.
        matched: frames that came back, each once.
        repeated: messages that had come back already.
        reordered: frames that came back after a later one.
        foreign: messages that were never said and are not silence: altered ones, or audio of the application's own.
        fillers: messages of silence that the application put in of its own.
        ambiguous: frames that came back and whose content was said more than once.
        skipped: frames so far that a later one overtook.
        trips: round trips of the frames that came back, in seconds. Frames equal to the one before them (silence)
            are left out: when they came back is guesswork.
        last_trip: the last of them.
    """

    __slots__ = (
        "_content",
        "_done",
        "_early",
        "_hashes",
        "_late",
        "_next",
        "_silence",
        "_silent_matched",
        "_silent_said",
        "_times",
        "ambiguous",
        "fillers",
        "foreign",
        "last_trip",
        "matched",
        "reordered",
        "repeated",
        "said_count",
        "skipped",
        "trips",
    )

    def __init__(self, audio: AudioFormat) -> None:
        self._silence = hash(bytes(audio.frame_bytes))
        # Rings: frame n is at n % WINDOW.
        self._hashes = array("q", bytes(8 * WINDOW))
        self._times = array("d", bytes(8 * WINDOW))
        self._done = bytearray(WINDOW)
        #: How often each content is in the window.
        self._content: dict[int, int] = {}
        #: The frame behind the last one that came back in order.
        self._next = 0
        self._early: list[float] = []
        self._late: deque[float] = deque(maxlen=SECOND)
        self._silent_said = 0
        self._silent_matched = 0
        self.said_count = 0
        self.matched = 0
        self.repeated = 0
        self.reordered = 0
        self.foreign = 0
        self.fillers = 0
        self.ambiguous = 0
        self.skipped = 0
        self.trips: array[float] = array("d")
        self.last_trip: float | None = None

    @property
    def altered(self) -> int:
        """Messages that were never said, if there is an echo at all: without one they are no altered frames."""
        return self.foreign if self.matched else 0

    @property
    def lost(self) -> int:
        """Frames that have not come back; lost silence that the application's own made up for does not count."""
        silent = self._silent_said - self._silent_matched
        return self.said_count - self.matched - min(silent, self.fillers)

    @property
    def outstanding(self) -> int:
        """Frames that were said after the last one that came back."""
        return self.said_count - self._next

    @property
    def outstanding_since(self) -> float | None:
        """When the first of these was said; ``None`` if there are none."""
        return self.said_at(self._next) if self.outstanding else None

    @property
    def sounds_matched(self) -> int:
        """Frames that came back and are no digital silence."""
        return self.matched - self._silent_matched

    @property
    def growth(self) -> float | None:
        """
        How much the delay grew, in seconds: the median of the last second against that of the first one.

        The delay is the round trip and the time in the provider's queue: what the caller has to wait.
        ``None`` if less than two seconds came back.
        """
        return None if self.delays is None else self.delays[1] - self.delays[0]

    @property
    def delays(self) -> tuple[float, float] | None:
        """The two medians that :attr:`growth` compares."""
        if len(self.trips) < 2 * SECOND:
            return None
        return median(self._early), median(self._late)

    def said_at(self, index: int) -> float:
        """Tell when a frame was said that is in the window."""
        return self._times[index % WINDOW]

    def knows(self, frame: bytes) -> bool:
        """Tell whether this content was said, within the window."""
        return hash(frame) in self._content

    def said(self, frame: bytes, now: float) -> None:
        """Take the next frame of the caller's."""
        index = self.said_count
        slot = index % WINDOW
        if index >= WINDOW:
            self._forget(index - WINDOW)
        content = hash(frame)
        self._hashes[slot] = content
        self._times[slot] = now
        self._done[slot] = 0
        self._content[content] = self._content.get(content, 0) + 1
        self._silent_said += content == self._silence
        self.said_count = index + 1

    def heard(self, frame: bytes, now: float, waiting: int = 0) -> int | None:
        """
        Take a message of the application's.

        Args:
            frame: its audio.
            now: when it came.
            waiting: how many messages wait to be played before it.

        Returns:
            Which frame of the caller's it is, from 0; ``None`` if it is none, or none of which one could tell.
        """
        content = hash(frame)
        index = self._next
        if index >= self.said_count or self._hashes[index % WINDOW] != content:
            found = self._find(content, frame)
            if found is None:
                return None
            index = found
        self._match(index, content, now, waiting)
        return index

    def _match(self, index: int, content: int, now: float, waiting: int) -> None:
        """Note that a frame came back."""
        slot = index % WINDOW
        self._done[slot] = 1
        self.matched += 1
        if index >= self._next:
            self.skipped += index - self._next
            self._next = index + 1
        else:
            self.skipped -= 1
            self.reordered += 1
        if content == self._silence:
            self._silent_matched += 1
        if self._content[content] > 1:
            self.ambiguous += 1
            if index and self._hashes[slot - 1] == content:
                return
        self._time(now - self._times[slot], waiting)

    def _time(self, trip: float, waiting: int) -> None:
        self.trips.append(trip)
        self.last_trip = trip
        delay = trip + waiting * _STEP
        self._late.append(delay)
        if len(self._early) < SECOND:
            self._early.append(delay)

    def _find(self, content: int, frame: bytes) -> int | None:
        """Find a frame that is not the one that was to come, and count what the message is if there is none."""
        if content == self._silence:
            # Silence is everywhere: to jump ahead to some would call loss what is only a pause.
            self.fillers += 1
            return None
        if content not in self._content:
            self._count_foreign(frame)
            return None
        index = None
        if not self._next or self._hashes[(self._next - 1) % WINDOW] != content:
            index = self._ahead(content)
        if index is None:
            self.repeated += 1
        return index

    def _count_foreign(self, frame: bytes) -> None:
        """Tell an altered frame from silence that is not digital."""
        if level(frame) < _QUIET:
            self.fillers += 1
        else:
            self.foreign += 1

    def _ahead(self, content: int) -> int | None:
        """Find the earliest frame of this content that has not come back: ahead first, then among those skipped."""
        ahead = next(self._positions(content, self._next, self.said_count), None)
        if ahead is not None or not self.skipped:
            return ahead
        oldest = max(0, self.said_count - WINDOW)
        behind = self._positions(content, oldest, self._next)
        return next((index for index in behind if not self._done[index % WINDOW]), None)

    def _positions(self, content: int, begin: int, end: int) -> Iterator[int]:
        """Find the frames of this content from ``begin`` to before ``end``, all within the window."""
        while begin < end:
            slot = begin % WINDOW
            stop = min(WINDOW, slot + end - begin)
            try:
                found = self._hashes.index(content, slot, stop)
            except ValueError:
                begin += stop - slot
            else:
                begin += found - slot
                yield begin
                begin += 1

    def _forget(self, index: int) -> None:
        """Let go of a frame; if nothing later has come back, it counts as skipped."""
        if index >= self._next:
            self.skipped += index + 1 - self._next
            self._next = index + 1
        content = self._hashes[index % WINDOW]
        if self._content[content] == 1:
            del self._content[content]
        else:
            self._content[content] -= 1
