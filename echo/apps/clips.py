"""What apps keep of what callers say, within one bound for all calls: a thousand mailboxes must not fill the memory."""

from __future__ import annotations


class Memory:
    """
    Bytes that may be kept, by all calls together.

    Attributes:
        used: bytes that are kept now.
    """

    def __init__(self, most: int) -> None:
        """Let ``most`` bytes be kept."""
        self.used = 0
        self._most = most

    def take(self, size: int) -> bool:
        """Take so many bytes, or none where there is no room for all of them."""
        if self.used + size > self._most:
            return False
        self.used += size
        return True

    def give_back(self, size: int) -> None:
        """Give back what was taken."""
        self.used -= size


class Clip:
    """Audio of one caller, frame by frame; ``len()`` is in bytes."""

    def __init__(self, memory: Memory, in_use: set[Clip]) -> None:
        """Keep it in ``memory``, shared with others; as long as it holds anything, it is one of those ``in_use``."""
        self._memory = memory
        self._in_use = in_use
        self._frames: list[bytes] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, frame: bytes) -> bool:
        """Keep a frame; false if there is no room for it."""
        if not self._memory.take(len(frame)):
            return False
        self._in_use.add(self)
        self._frames.append(frame)
        self._size += len(frame)
        return True

    def pcm(self, without: int = 0) -> bytes:
        """Give the audio, but for the last ``without`` frames."""
        return b"".join(self._frames[: len(self._frames) - without])

    def clear(self) -> None:
        """Forget it."""
        self._memory.give_back(self._size)
        self._in_use.discard(self)
        self._frames, self._size = [], 0
