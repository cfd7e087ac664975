"""What a coroutine waits for: the caller's frames, and the keys that they press."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from twisted.internet.defer import Deferred

from echo.apps.guard import Guard
from echo.call.app import Call

#: Frames that wait for a slow reader, a second; and how few there must be until the provider is read again.
MOST_FRAMES: Final = 50
FEW_FRAMES: Final = 10

#: Keys that wait until somebody asks for them; a number with everything around it is shorter.
MOST_KEYS: Final = 32


class Frames:
    """
    The caller's frames from some moment on; an asynchronous iterator for one reader.

    It is the reader's own, and what the call keeps for it ends with it: a loop that is left reads no more.
    """

    def __init__(self, queue: FrameQueue, forget: Callable[[FrameQueue], None]) -> None:
        """Read from ``queue``; ``forget`` is called, in any thread, when nobody will."""
        self._queue = queue
        self._forget = forget

    @property
    def dropped(self) -> int:
        """Frames that were given up because the reader did not follow."""
        return self._queue.dropped

    def __aiter__(self) -> Frames:
        """Give itself."""
        return self

    async def __anext__(self) -> bytes:
        """Wait for the next frame."""
        frame = await self.next()
        if frame is None:
            raise StopAsyncIteration
        return frame

    def next(self) -> Deferred[bytes | None]:
        """Give the next frame as soon as it is there; ``None`` once the call is over and nothing waits."""
        return self._queue.next()

    def close(self) -> None:
        """Take no more; whoever goes on reading gets what waits. Without effect the second time."""
        self._forget(self._queue)

    def __del__(self) -> None:
        self._forget(self._queue)


class FrameQueue:
    """
    What the call keeps for a reader of its frames.

    Attributes:
        dropped: frames that were given up because the reader did not follow.
    """

    def __init__(self, guard: Guard, held: Call | None = None) -> None:
        """Keep a second of audio; where ``held`` is given, that call is not read while there is no room."""
        self.dropped = 0
        self._guard = guard
        self._held = held
        self._waiting: deque[bytes] = deque()
        self._reader: Deferred[bytes | None] | None = None
        self._is_over = False

    def next(self) -> Deferred[bytes | None]:
        """Give the next frame as soon as it is there; ``None`` once the call is over and nothing waits."""
        answer: Deferred[bytes | None] = Deferred(self._forget_reader)
        if self._waiting:
            answer.callback(self._waiting.popleft())
            if self._held is not None and len(self._waiting) <= FEW_FRAMES:
                self._held.release()
        elif self._is_over:
            answer.callback(None)
        else:
            self._reader = answer
        return answer

    def put(self, frame: bytes) -> None:
        """Take a frame of the caller's."""
        if self._is_over:
            return
        reader, self._reader = self._reader, None
        if reader is not None:
            self._guard.fire(reader, frame)
            return
        self._waiting.append(frame)
        if len(self._waiting) < MOST_FRAMES:
            return
        if self._held is not None:
            self._held.hold()
        elif len(self._waiting) > MOST_FRAMES:
            self._waiting.popleft()
            self.dropped += 1

    def end(self) -> None:
        """Take no more; what waits can still be read."""
        self._is_over = True
        if self._held is not None and len(self._waiting) >= MOST_FRAMES:
            self._held.release()
        reader, self._reader = self._reader, None
        if reader is not None:
            self._guard.fire(reader, None)

    def _forget_reader(self, _: object) -> None:
        self._reader = None


class Keys:
    """The keys that were pressed and not asked for yet, and who waits for the next one."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._pressed: deque[str] = deque(maxlen=MOST_KEYS)
        self._readers: deque[Deferred[str | None]] = deque()
        self._is_over = False

    def next(self, patience: tuple[Any, float] | None = None) -> Deferred[str | None]:
        """Give the next key; ``None`` at the end of the call, or after the seconds of a reactor's clock."""
        answer: Deferred[str | None] = Deferred(self._forget)
        if self._pressed:
            answer.callback(self._pressed.popleft())
        elif self._is_over:
            answer.callback(None)
        else:
            self._readers.append(answer)
            if patience is not None:
                reactor, seconds = patience
                answer.addTimeout(seconds, reactor, lambda _result, _timeout: None)
        return answer

    def forget(self) -> None:
        """Forget the keys that were pressed until now."""
        self._pressed.clear()

    def put(self, digit: str) -> None:
        """Take a key."""
        if self._readers:
            self._guard.fire(self._readers.popleft(), digit)
        else:
            self._pressed.append(digit)

    def end(self) -> None:
        """Wait for no more."""
        self._is_over = True
        while self._readers:
            self._guard.fire(self._readers.popleft(), None)

    def _forget(self, answer: Deferred[str | None]) -> None:
        self._readers.remove(answer)
