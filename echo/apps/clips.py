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


class Clips:
    """All that one call keeps: gone at its end, whoever still has it in hand."""

    def __init__(self, memory: Memory) -> None:
        """Keep it in ``memory``, shared with other calls."""
        self._memory = memory
        self._in_use: set[Clip] = set()
        self._is_over = False

    def take(self, clip: Clip, size: int) -> bool:
        """Take so many bytes for ``clip``, or none where there is no room, or no call any more."""
        if self._is_over or not self._memory.take(size):
            return False
        self._in_use.add(clip)
        return True

    def give_back(self, clip: Clip, size: int) -> None:
        """Give back all that was taken for ``clip``."""
        self._memory.give_back(size)
        self._in_use.discard(clip)

    def end(self) -> None:
        """Forget everything, and keep nothing more."""
        self._is_over = True
        for clip in tuple(self._in_use):
            clip.clear()


class Clip:
    """Audio of one caller, frame by frame; ``len()`` is in bytes."""

    def __init__(self, clips: Clips) -> None:
        """Be one of the ``clips`` of a call."""
        self._clips = clips
        self._frames: list[bytes] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, frame: bytes) -> bool:
        """Keep a frame; false if there is no room for it, or the call is over."""
        if not self._clips.take(self, len(frame)):
            return False
        self._frames.append(frame)
        self._size += len(frame)
        return True

    def pcm(self, without: int = 0) -> bytes:
        """Give the audio, but for the last ``without`` frames."""
        return b"".join(self._frames[: len(self._frames) - without])

    def clear(self) -> None:
        """Forget it."""
        self._clips.give_back(self, self._size)
        self._frames, self._size = [], 0
