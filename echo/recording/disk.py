"""What recordings ask of a disk, in one place: a test puts in its stead one that is full, or slow."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path


class Disk:
    """The real one. Every method may block, and may raise ``OSError``."""

    def create(self, path: Path) -> int:
        """Make a new file that only we may read, and hold it: whoever mends what others left behind sees that."""
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
        except OSError:  # some network's file systems know no locks
            os.close(fd)
            self.remove(path)
            raise
        return fd

    def take_over(self, path: Path) -> int | None:
        """Open a file that somebody has left behind; ``None`` where they are still at it."""
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(fd)
            if isinstance(error, BlockingIOError):
                return None
            raise
        return fd

    def write(self, fd: int, data: bytes | memoryview, at: int) -> int:
        """Write ``data`` at an offset; returns how many bytes of it fit."""
        return os.pwrite(fd, data, at)

    def read(self, fd: int, size: int, at: int) -> bytes:
        """Read at an offset."""
        return os.pread(fd, size, at)

    def put(self, path: Path, data: bytes) -> None:
        """Write a small file whole, in place of one that may be there."""
        self.remove(path)
        fd = self.create(path)
        try:
            rest, at = memoryview(data), 0
            while rest:
                count = self.write(fd, rest, at)
                rest, at = rest[count:], at + count
        finally:
            self.close(fd)

    def get(self, path: Path, most: int) -> bytes:
        """Read a small file, or the beginning of a large one; a pipe that lies there in its stead keeps nobody."""
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(fd, "rb") as file:
            return file.read(most) or b""

    def size(self, fd: int) -> int:
        """Tell the size of an open file."""
        return os.fstat(fd).st_size

    def resize(self, fd: int, size: int) -> None:
        """Cut a file, or let it end in zeros."""
        os.ftruncate(fd, size)

    def close(self, fd: int) -> None:
        """Let go of a file."""
        os.close(fd)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file its other name; one that has it is gone."""
        old.replace(new)

    def remove(self, path: Path) -> None:
        """Remove a file, if it is there."""
        path.unlink(missing_ok=True)

    def free(self, folder: Path) -> int:
        """Tell how many bytes we may still write."""
        found = os.statvfs(folder)
        return found.f_bavail * found.f_frsize

    def files(self, folder: Path) -> Iterator[tuple[str, int, float]]:
        """
        Tell the files of a folder: name, bytes that they take, and when they were changed, seconds of the epoch.

        What is no regular file, such as a folder or a link, is none of ours, whatever it is called.
        """
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:  # another daemon has just finished or removed it
                    continue
                if stat.S_ISREG(status.st_mode):
                    yield entry.name, status.st_blocks * 512, status.st_mtime
