"""
What happens to audio that the peer does not take at once.

Live audio that is late is worthless, and a provider plays what it gets: frames that waited through a stall
of 10 s are heard as 10 s of delay for the rest of the call. So at most ``limits.queue_ms`` of audio waits
here, on top of the few kilobytes in the transport and the kernel (``echo.websocket.transport``), and the
operator chooses what happens when that is full:

* ``drop``: the oldest audio goes, and is counted. We always read, so that pings, Close frames and keys
  get through.
* ``pause``: we stop reading from the peer until it has taken everything. Nothing is lost, everything is late.
* ``close``: the call is closed with 1013 (try again later), for operators whose calls are better redialled.

Texts are never dropped; they wait in line with the audio, because some of them mark a place in it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum

from echo.audio.tracks import SENT, Item
from echo.call.codes import POLICY_VIOLATION, TRY_AGAIN_LATER
from echo.call.connection import Connection
from echo.call.figures import AudioFigures

#: Peers may send messages much shorter than a frame; a queue bounded in bytes alone would then hold
#: thousands of them, each with the overhead of an object. 5 ms is shorter than any codec's packet.
_SHORTEST_MESSAGE_MS = 5


class WhenSlow(Enum):
    """What to do with a peer that does not take its audio in time."""

    DROP = "drop"
    PAUSE = "pause"
    CLOSE = "close"


class Flow:
    """
    The way out of a call: straight through while there is room, else a bounded queue.

    Attributes:
        policy: what happens to audio that is not taken in time.
        room: whether the connection takes more now; the shell's word, by ``congested`` and ``drained``.
        dropped: messages of audio that were given up, those that still waited when the call was over too.
        queue_bytes: the most audio that waits here.
        queue_peak: the most bytes of audio that ever waited here.
    """

    __slots__ = (
        "_close",
        "_connection",
        "_figures",
        "_held",
        "_over",
        "_queue",
        "_queue_messages",
        "_send",
        "_texts_allowed",
        "_texts_waiting",
        "audio_waiting",
        "dropped",
        "policy",
        "queue_bytes",
        "queue_peak",
        "room",
    )

    def __init__(
        self,
        connection: Connection,
        policy: WhenSlow,
        figures: AudioFigures,
        close: Callable[[int, str, str], None],
        *,
        queue_bytes: int,
        queue_ms: int,
        texts_allowed: int,
    ) -> None:
        """Stand between a call and its connection; ``close(code, reason, limit)`` ends the call."""
        self._connection = connection
        #: Looked up once: a connection is an object of Autobahn's, with a hundred attributes.
        self._send = connection.send_audio
        self.policy = policy
        self._held = False
        self._figures = figures
        self._close = close
        self._queue: deque[tuple[bool, bytes]] = deque()
        self.queue_bytes = queue_bytes
        self._queue_messages = queue_ms // _SHORTEST_MESSAGE_MS
        self._texts_allowed = texts_allowed
        self._texts_waiting = 0
        self._over = False
        self.room = True
        self.audio_waiting = 0
        self.dropped = 0
        self.queue_peak = 0

    def send_audio(self, payload: bytes) -> None:
        """Send one binary message now if there is room, else as the policy says."""
        if self.room:
            self._figures.frames_out += 1
            send = self._send
            send(payload)
        else:
            self._queue_audio(payload)

    def note_audio(self, note: Callable[[Item], None] | None, clock: Callable[[], float]) -> None:
        """Let ``note`` have, from now on, every message of audio that goes out, and when; ``None`` ends that."""
        send = self._connection.send_audio

        def noted(payload: bytes) -> None:
            assert note is not None  # noqa: S101  or this is not called
            note((clock(), SENT, payload))
            send(payload)

        self._send = send if note is None else noted

    def send_text(self, payload: bytes) -> None:
        """Send one text message now if there is room, else after what waits already."""
        if self.room:
            self._connection.send_text(payload)
            return
        if self._over:
            return
        self._queue.append((False, payload))
        self._texts_waiting += 1
        if self.policy is not WhenSlow.PAUSE and self._texts_waiting > self._texts_allowed:
            self._close(POLICY_VIOLATION, "text messages are not being read", "texts_queued")

    def congested(self) -> None:
        """Note that the connection takes nothing more for now."""
        self.room = False
        if self.policy is WhenSlow.PAUSE and not self._over:
            self._connection.pause()

    def drained(self) -> None:
        """Note that the connection has taken everything, and send what waits as far as there is room."""
        if self._over:
            return
        self.room = True
        while self._queue and self.room:
            is_audio, payload = self._queue.popleft()
            if is_audio:
                self.audio_waiting -= len(payload)
                self.send_audio(payload)
            else:
                self._texts_waiting -= 1
                self.send_text(payload)
        if self.room and self.policy is WhenSlow.PAUSE and not self._held:
            self._connection.resume()

    def hold(self) -> None:
        """Read nothing more from the peer, for the app is not ready for it."""
        if not self._held and not self._over:
            self._held = True
            self._connection.pause()

    def release(self) -> None:
        """Read again; where the peer has not taken what it is owed, that may still have to wait."""
        if self._held and not self._over:
            self._held = False
            if self.room or self.policy is not WhenSlow.PAUSE:
                self._connection.resume()

    def forget_audio(self) -> None:
        """Give up the audio that waits, on the app's own wish: it is not counted as dropped."""
        texts = [each for each in self._queue if not each[0]]
        self._queue.clear()
        self._queue.extend(texts)
        self.audio_waiting = 0

    def forget(self) -> None:
        """Give up everything that waits and is still to come, and let go of the call: it is over."""
        self._over = True
        self.room = False
        self.dropped += len(self._queue) - self._texts_waiting
        self._queue.clear()
        self.audio_waiting = self._texts_waiting = 0
        self._close = _nothing

    def _queue_audio(self, payload: bytes) -> None:
        if self._over:
            return
        self._queue.append((True, payload))
        self.audio_waiting += len(payload)
        if self.policy is WhenSlow.DROP:
            while self._is_full():
                self._drop_oldest()
        elif self.policy is WhenSlow.CLOSE and self._is_full():
            self._close(TRY_AGAIN_LATER, "audio is not being read in time", "queue_ms")
        if self.audio_waiting > self.queue_peak:
            self.queue_peak = self.audio_waiting

    def _is_full(self) -> bool:
        audio_messages = len(self._queue) - self._texts_waiting
        if audio_messages <= 1:
            return False  # a single message is never too much: its size has a limit of its own
        return self.audio_waiting > self.queue_bytes or audio_messages > self._queue_messages

    def _drop_oldest(self) -> None:
        position = next(i for i, (is_audio, _) in enumerate(self._queue) if is_audio)
        self.audio_waiting -= len(self._queue[position][1])
        del self._queue[position]
        self.dropped += 1


def _nothing(code: int, reason: str, limit: str) -> None:
    """Take the place of a call that is over."""
