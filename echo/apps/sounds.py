"""
The sound files that apps play, converted once for each rate, in a thread, and kept.

A file that has changed is converted anew the next time that it is played. A disk that takes its time delays whoever
wants a file from it, and nobody else; where a file is known already, it is not waited for at all.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, Final, TypeAlias

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from echo.apps.tools import InThread
from echo.audio.format import AudioFormat
from echo.errors import SoundError
from echo.soundfiles import SHOWN_LENGTH, check, decode
from echo.untrusted import clean

#: Seconds until a file that is known is played as it is known.
PATIENCE: Final = 0.5

_Key: TypeAlias = tuple[Path, int]
_Version: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True)
class _Kept:
    """A file as PCM, and the version of it that this was made from."""

    version: _Version
    pcm: bytes


class Sounds:
    """The files that were played, the last ones of them."""

    def __init__(self, folder: Path, most_bytes: int, in_thread: InThread, reactor: Any) -> None:
        """Keep so many bytes of PCM; relative paths begin in ``folder``."""
        self._folder = folder
        self._most = most_bytes
        self._in_thread = in_thread
        self._reactor = reactor
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._asked: dict[_Key, list[Deferred[bytes]]] = {}

    def load(self, path: Path, rate: int) -> Deferred[bytes]:
        """Give the PCM of a file; fails with :class:`SoundError`."""
        key = (self._folder / path, rate)
        answer: Deferred[bytes] = Deferred()
        known = self._kept.get(key)
        if known is not None:
            answer.addTimeout(PATIENCE, self._reactor, lambda _result, _timeout: known.pcm)
        self._asked.setdefault(key, []).append(answer)
        if len(self._asked[key]) == 1:
            reading = self._in_thread(_read, *key, known, self._longest(rate))
            reading.addCallback(self._keep, key).addErrback(self._failed, key)
        return answer

    def check(self, path: Path, rate: int) -> None:
        """
        Look whether a file can be played, as far as its header tells. Touches the disk.

        Raises:
            SoundError: if it cannot.
        """
        with _opened(self._folder / path) as (file, shown):
            check(file.fileno(), shown, self._longest(rate))

    def _longest(self, rate: int) -> float:
        return self._most / AudioFormat(rate).bytes_per_second

    def _keep(self, read: _Kept, key: _Key) -> None:
        self._kept[key] = read
        self._kept.move_to_end(key)
        while sum(len(each.pcm) for each in self._kept.values()) > self._most:
            self._kept.popitem(last=False)
        for answer in self._asked.pop(key):
            if not answer.called:
                answer.callback(read.pcm)

    def _failed(self, failure: Failure, key: _Key) -> None:
        self._kept.pop(key, None)
        for answer in self._asked.pop(key, ()):
            if not answer.called:
                answer.errback(failure)


def _read(path: Path, rate: int, known: _Kept | None, longest: float) -> _Kept:
    """Read a file unless it is what is ``known``. Touches the disk."""
    with _opened(path) as (file, shown):
        status = path.stat()
        version = (status.st_mtime_ns, status.st_size, status.st_ino)
        if known is not None and known.version == version:
            return known
        return _Kept(version, decode(file.fileno(), rate, shown, longest))


@contextmanager
def _opened(path: Path) -> Iterator[tuple[FileIO, str]]:
    """Open a file, and tell its name as a sentence may; whatever is wrong with it is a ``SoundError``."""
    shown = clean(str(path), SHOWN_LENGTH)
    try:
        if path.exists() and not path.is_file():
            raise SoundError(f"{shown}: this is not a file")
        with path.open("rb", buffering=0) as file:
            yield file, shown
    except OSError as error:
        raise SoundError(f"{shown}: this audio file cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise SoundError(f"{shown}: a file cannot have this name") from None
