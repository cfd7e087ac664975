"""Files that are read: one that is a pipe without a writer is waited for, and the person is told so."""

from __future__ import annotations

import os
import select
import stat
import sys
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Final

from echo.untrusted import clean

#: How long a pipe may be silent before somebody is told what is waited for, in milliseconds.
PATIENCE_MS: Final = 1000

_SHOWN_LENGTH: Final = 200


def open_file(path: str | Path) -> FileIO:
    """
    Open a file to read, without a buffer.

    Opening a named pipe waits until somebody opens it to write, and says nothing meanwhile: this one does.

    Raises:
        OSError: if it cannot be opened.
        ValueError: for a name that no file can have.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            _await_writer(descriptor, path)
        os.set_blocking(descriptor, True)
        return FileIO(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _await_writer(descriptor: int, path: str | Path) -> None:
    """Wait until something comes, or the writer has gone; a pipe that nobody has opened yet gives neither."""
    polled = select.poll()
    polled.register(descriptor, select.POLLIN)
    if not polled.poll(PATIENCE_MS):
        with suppress(OSError):  # nobody can be told of a standard error that fails
            sys.stderr.write(
                f"waiting for what comes through the pipe {clean(str(path), _SHOWN_LENGTH)} ...\n"
            )
        polled.poll()
