"""
What the provider plays of what it got: a queue that loses a frame every 20 ms to the caller's ear.

Messages are counted, not bytes: 3072 of them may wait (Vonage, "Voice API: WebSockets"), and the one that finds the
queue full is dropped. An empty queue is silence. Bytes are taken as they come (Nexmo/wsbridge): a message shorter
than a frame leaves a hole that the next one fills, which the caller hears as a click.
"""

from __future__ import annotations

from collections import deque

from echo.audio.format import FRAME_MS, AudioFormat
from echo.phone.listening.far_end import FarEnd
from echo.phone.listening.texts import TextHeard

STEP = FRAME_MS / 1000

#: ``notify`` commands that wait at the same time, and characters of their payloads in all.
MAX_MARKS = 1000
MAX_MARKED = 4 * 1024 * 1024

#: A step that is due in less than this is due: sums of 0.02 fall short of what they should be.
_TINY = 1e-9


class Playback:
    """
    The queue and its clock.

    Attributes:
        queue: messages of audio that wait.
        queue_peak: the most that ever waited.
        played: steps of 20 ms that had audio, in whole or in part.
        overflowed: messages that found the queue full.
        cleared: messages that ``clear`` threw away.
        silence: what a step without audio is: always this object.
        underruns: times that the queue ran empty between two pieces of audio.
        missing: bytes of silence since the last audio. They are an underrun only if audio comes again.
    """

    __slots__ = (
        "_answer_cleared",
        "_audio",
        "_began",
        "_capacity",
        "_flows",
        "_forgiven",
        "_frame_bytes",
        "_items",
        "_marked",
        "_marks",
        "_passed",
        "_rest",
        "_silent_bytes",
        "_steps",
        "cleared",
        "missing",
        "overflowed",
        "played",
        "queue",
        "queue_peak",
        "silence",
        "underruns",
    )

    def __init__(self, audio: AudioFormat, far_end: FarEnd, began: float) -> None:
        """Begin with an empty queue; the first step is at ``began``, in seconds of a monotonic clock."""
        self._audio = audio
        self._frame_bytes = audio.frame_bytes
        self._capacity = far_end.capacity
        self._answer_cleared = far_end.answer_cleared
        self._began = began
        self._steps = 0
        self._items: deque[bytes | TextHeard] = deque()
        self._rest = b""
        self._marks = 0
        self._marked = 0
        self._passed: list[TextHeard] = []
        self.silence = bytes(audio.frame_bytes)
        self._silent_bytes = 0
        self._flows = False
        self._forgiven = 0
        self.queue = 0
        self.queue_peak = 0
        self.played = 0
        self.overflowed = 0
        self.cleared = 0
        self.underruns = 0
        self.missing = 0

    @property
    def silence_ms(self) -> float:
        """How long the underruns lasted in all."""
        return self._audio.milliseconds(self._silent_bytes)

    @property
    def missing_seconds(self) -> float:
        """How long nothing has been there to play since the last audio."""
        return self._audio.milliseconds(self.missing) / 1000

    def put(self, payload: bytes) -> None:
        """Queue a message of at most a frame, or drop it if there is no room."""
        if self.queue >= self._capacity:
            self.overflowed += 1
            return
        self._items.append(payload)
        self.queue += 1
        self.queue_peak = max(self.queue_peak, self.queue)

    def forgive(self, seconds: float) -> None:
        """Blame nobody for so much of the silence before the next audio: nothing was to be played then."""
        self._forgiven += round(seconds * self._audio.bytes_per_second)

    def mark(self, notify: TextHeard) -> bool:
        """
        Queue a ``notify`` behind the audio that waits.

        Returns:
            Whether it waits; ``False`` if playback is there already.
        """
        if not self._items and not self._rest and not self._passed:
            return False
        marked = self._marked + len(notify.payload or "")
        if self._marks >= MAX_MARKS or marked > MAX_MARKED:
            notify.refuse(
                f"is a notify where {self._marks} others wait already; none of the audio before them ended"
            )
            return True
        self._items.append(notify)
        self._marks += 1
        self._marked = marked
        return True

    def clear(self) -> list[TextHeard]:
        """
        Throw everything away.

        Returns:
            The ``notify`` commands that are to be answered now.
        """
        marks = self._passed + [item for item in self._items if isinstance(item, TextHeard)]
        self.cleared += self.queue
        self._items.clear()
        self._passed = []
        self._rest = b""
        self.queue = self._marks = self._marked = self.missing = 0
        self._flows = False
        if self._answer_cleared:
            return marks
        for mark in marks:
            mark.payload = None  # nobody will send it back, and it may be large
        return []

    def play(self, now: float) -> tuple[list[bytes], list[TextHeard]]:
        """
        Play the steps that are due.

        Returns:
            20 ms of audio for each step, and the ``notify`` commands that playback has reached.
        """
        due = int((now - self._began) / STEP + _TINY) + 1 if now >= self._began else 0
        frames: list[bytes] = []
        reached: list[TextHeard] = []
        while self._steps < due:
            self._steps += 1
            if self._marks:
                self._take_marks(reached)
            frames.append(self._step())
        return frames, reached

    def _take_marks(self, reached: list[TextHeard]) -> None:
        """Take the marks that no audio stands before any more."""
        taken, self._passed = self._passed, []
        while not self._rest and self._items and isinstance(mark := self._items[0], TextHeard):
            taken.append(mark)
            self._items.popleft()
        self._marks -= len(taken)
        self._marked -= sum(len(mark.payload or "") for mark in taken)
        reached += taken

    def _step(self) -> bytes:
        """Take a frame, or what there is of it."""
        if self.queue and not self._rest:
            first = self._items[0]
            if isinstance(first, bytes) and len(first) == self._frame_bytes:
                self._items.popleft()
                self.queue -= 1
                self._sounded()
                return first
        return self._joined()

    def _joined(self) -> bytes:
        """Join short messages to a frame, over the marks between them, and fill up with silence."""
        taken = self._rest
        while len(taken) < self._frame_bytes and self._items:
            item = self._items.popleft()
            if isinstance(item, TextHeard):
                self._passed.append(item)
            else:
                taken += item
                self.queue -= 1
        self._rest = taken[self._frame_bytes :]
        taken = taken[: self._frame_bytes]
        if not taken:
            self.missing += self._frame_bytes * self._flows
            return self.silence
        self._sounded()
        self.missing = self._frame_bytes - len(taken)
        return taken + self.silence[len(taken) :]

    def _sounded(self) -> None:
        """Count a step with audio, and the silence before it if it was an interruption."""
        self.played += 1
        self._flows = True
        if self.missing:
            blamed = self.missing - self._forgiven
            if blamed > 0:
                self.underruns += 1
                self._silent_bytes += blamed
            self.missing = 0
        self._forgiven = 0
