"""
What a caller says from a file or a pipe.

A file is read and resampled as a whole before the call, so that nothing is late during it
(``echo/soundfiles.py``).
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import F_GETFL, fcntl
from io import SEEK_END, BytesIO, FileIO, RawIOBase
from pathlib import Path
from typing import BinaryIO, Final, TextIO, cast

from echo.audio.format import AudioFormat
from echo.audio.signal import Pcm
from echo.errors import PhoneError, SoundError
from echo.phone.incoming import open_file
from echo.soundfiles import SHOWN_LENGTH, decode
from echo.untrusted import clean

#: The longest file; longer ones can be piped in.
MAX_SECONDS: Final = 3600

#: The largest file that comes through a pipe, as in ``--audio <(sox …)``.
MAX_PIPED_FILE: Final = 256 * 1024 * 1024

#: How much of standard input is read ahead.
AHEAD_SECONDS: Final = 2

#: How files begin that are piped in by mistake, for raw audio.
_FILES: Final = (b"RIFF", b"fLaC", b"OggS", b"ID3")


def load(path: str | Path, audio: AudioFormat) -> Pcm:
    """
    Read an audio file and make frames of it: mixed to mono, resampled, 16 bit, clipped.

    A mono file of 16 bit at the call's rate is taken bit by bit. It takes time, some seconds for an hour of
    audio: not to be done during a call.

    Raises:
        PhoneError: if there is no such file, it cannot be read, is no audio, is empty or too long.
    """
    shown = clean(str(path), SHOWN_LENGTH)
    if "\0" in str(path):
        raise PhoneError(f"{shown}: a file cannot have this name")
    try:
        with open_file(path) as file, _unheard():
            pcm = decode(_source(file, shown), audio.rate, shown, MAX_SECONDS)
    except SoundError as error:
        raise PhoneError(_hinted(error)) from None
    except OSError as error:
        raise PhoneError(f"{shown}: this audio file cannot be read: {error.strerror or error}") from None
    return Pcm(audio, pcm)


def _hinted(error: SoundError) -> str:
    """Tell what is wrong with a file, and that audio can come by a pipe as well."""
    if error.is_about_form:
        return f"{error}; raw PCM can be piped in with `--audio -`"
    return f"{error}; pipe it in with `--audio -`" if error.is_too_long else str(error)


def _source(file: FileIO, shown: str) -> int | BytesIO:
    """Choose what libsndfile reads: a descriptor, for names (``.raw``) mislead it; of a pipe, all that comes."""
    body = b"" if file.seekable() else _whole(file, shown)
    size = file.seek(0, SEEK_END) if file.seekable() else len(body)
    if not size:
        raise PhoneError(f"{shown}: this audio file is empty")
    if body:
        return BytesIO(body)
    file.seek(0)
    return file.fileno()


def _whole(pipe: FileIO, shown: str) -> bytearray:
    """Read a file from a pipe, in which libsndfile could not go back."""
    body = bytearray()
    while piece := pipe.read(65536):
        body += piece
        if len(body) > MAX_PIPED_FILE:
            allowed = f"{MAX_PIPED_FILE >> 20} MB"
            raise PhoneError(f"{shown}: more than the {allowed} that may come through a pipe; give a file")
    return body


@contextmanager
def _unheard() -> Iterator[None]:
    """Keep standard error from a library that writes notes of its own to it, past Python: libmpg123."""
    try:
        kept = os.dup(2)
    except OSError:  # there is none
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def pipe_of(stdin: TextIO | None) -> BinaryIO:
    """
    Find the pipe in standard input.

    Raises:
        PhoneError: if there is none, or a person who would have to type audio.
    """
    if stdin is None:
        raise PhoneError("there is no standard input to read audio from")
    if stdin.isatty():
        raise PhoneError("standard input is a terminal; pipe raw 16-bit PCM into it, or name an audio file")
    with suppress(OSError, ValueError):  # what is no file has no flags
        if fcntl(stdin.fileno(), F_GETFL) & os.O_ACCMODE == os.O_WRONLY:
            raise PhoneError("standard input cannot be read: it was opened to be written to")
    return stdin.buffer


class Piped:
    """
    Raw PCM from standard input at the call's rate: 16 bit, little-endian, mono, without a header.

    A thread reads, so that a slow pipe never keeps the call waiting. It reads ``AHEAD_SECONDS`` ahead and
    then waits: the pipe is as fast as the call. It is a daemon thread, for a read that never returns cannot be
    ended; :meth:`close` ends it at the next byte.

    Attributes:
        silent: frames of silence so far that were given because nothing was there.
        problem: why the pipe ended before its end, or ``None``; one sentence.

    Args:
        stream: binary, such as :func:`pipe_of` gives. It may block; it is read at its lowest level, and
            nobody else may have read from it.
        audio: the format that is expected.
    """

    def __init__(self, stream: BinaryIO, audio: AudioFormat) -> None:
        self.silent = 0
        self.problem: str | None = None
        self._size = audio.frame_bytes
        self._ahead = AHEAD_SECONDS * audio.bytes_per_second
        self._buffer = bytearray()
        self._begun = False
        self._ended = False
        self._changed = threading.Condition()
        # Below its buffer: its lock, held by a thread that waits, makes Python abort when the process ends.
        self._stream = cast("RawIOBase", getattr(stream, "raw", stream))
        self._thread = threading.Thread(target=self._follow, name="echo-phone standard input", daemon=True)
        self._thread.start()

    def frame(self, index: int) -> bytes | None:  # noqa: ARG002  a pipe has no places
        """
        Give the next 20 ms, whatever ``index`` is: silence while they are not there, ``None`` after the end.

        The last frame is filled up with silence; half a sample at the end is left out.
        """
        with self._changed:
            if len(self._buffer) < self._size and not self._ended:
                self.silent += 1
                return bytes(self._size)
            frame = bytes(self._buffer[: self._size])
            del self._buffer[: self._size]
            self._changed.notify_all()
        frame = frame[: len(frame) & ~1]
        return frame.ljust(self._size, b"\0") if frame else None

    def close(self) -> None:
        """Read no more and forget what was read."""
        with self._changed:
            self._buffer.clear()
            self._ended = True
            self._changed.notify_all()

    def _follow(self) -> None:
        """Read until the end; runs in the thread."""
        problem = None
        try:
            while room := self._room():
                piece = self._stream.read(room)
                if piece is None:  # nothing is there, in a pipe that somebody has made not to block
                    select.select([self._stream], [], [])
                elif not piece or (problem := self._take(piece)):
                    break
        except (OSError, ValueError) as error:  # ValueError: it was closed
            problem = f"standard input cannot be read: {error}"
        with self._changed:
            self.problem = None if self._ended else problem
            self._ended = True
            self._changed.notify_all()

    def _room(self) -> int:
        """Wait until there is room, and tell how much; 0 after :meth:`close`."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or len(self._buffer) < self._ahead)
            return 0 if self._ended else self._ahead - len(self._buffer)

    def _take(self, piece: bytes) -> str | None:
        """Keep what was read, and tell what is wrong with it, if it is the beginning of a file."""
        with self._changed:
            if not self._begun and piece.startswith(_FILES):
                return "standard input is an audio file where raw PCM is required; give its name instead"
            self._begun = True
            if not self._ended:
                self._buffer += piece
                self._changed.notify_all()
        return None
