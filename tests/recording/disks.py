"""Disks for tests: one that gets full, one that can be made to fail, one that counts."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import soundfile  # type: ignore[import-untyped]

from echo.recording.disk import Disk


class SmallDisk(Disk):
    """A disk with room for so many bytes, and no more, until somebody makes room."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.writes = 0

    def write(self, fd: int, data: bytes | memoryview, at: int) -> int:
        """Write as much as there is room for; what is there already takes no more of it."""
        self.writes += 1
        fits = max(0, self.size(fd) - at) + self.room
        if data and not fits:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        before = self.size(fd)
        count = super().write(fd, data[:fits], at)
        self.room -= self.size(fd) - before
        return count

    def free(self, folder: Path) -> int:
        """Tell the room."""
        return self.room


class BrokenDisk(Disk):
    """A disk on which some verbs fail."""

    def __init__(self, *failing: str) -> None:
        for verb in failing:
            setattr(self, verb, self._fail)

    def _fail(self, *_: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def sides(path: Path) -> tuple[bytes, bytes, int]:
    """Left, right and rate of a file, by a library that shares no code with us."""
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    assert samples.shape[1] == 2
    return samples[:, 0].tobytes(), samples[:, 1].tobytes(), rate


def files(folder: Path) -> list[str]:
    """The kinds of files in a folder."""
    return sorted(path.name.partition(".")[2] for path in folder.iterdir())
