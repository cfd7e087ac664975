"""
What a caller says from a file or a pipe.

A file is read and resampled as a whole before the call, so that nothing is late during it. soundfile
(libsndfile) reads WAV, FLAC, Ogg and more; soxr resamples.
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
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TextIO, TypeAlias, cast

from echo.audio.format import AudioFormat
from echo.audio.signal import Pcm
from echo.errors import PhoneError
from echo.phone.incoming import open_file
from echo.untrusted import clean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Wave: TypeAlias = NDArray[np.float32]

#: The longest file; longer ones can be piped in.
MAX_SECONDS: Final = 3600

#: Sampling rates of files; beyond them a header is broken, and resampling would ask for absurd filters.
FILE_RATES: Final = range(2000, 768_001)

#: The largest file that comes through a pipe, as in ``--audio <(sox …)``.
MAX_PIPED_FILE: Final = 256 * 1024 * 1024

#: How much of standard input is read ahead.
AHEAD_SECONDS: Final = 2

#: How names of files, and what libraries say, are cut for a sentence.
SHOWN_LENGTH: Final = 200

#: Values that are read in one go, all channels together.
_CHUNK: Final = 1 << 18

#: How files begin that are piped in by mistake, for raw audio.
_FILES: Final = (b"RIFF", b"fLaC", b"OggS", b"ID3")

#: libsndfile says 2^63 - 1 for FLAC from a pipe, and then fails at its end.
_UNKNOWN: Final = 1 << 62


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
        with open_file(path) as file:
            pcm = _decode(_source(file, shown), audio.rate, shown)
    except OSError as error:
        raise PhoneError(f"{shown}: this audio file cannot be read: {error.strerror or error}") from None
    return Pcm(audio, pcm)


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


def _decode(source: int | BytesIO, rate: int, shown: str) -> bytes:
    """Read, mix, resample and round."""
    # Here, since the two and numpy take a third of a second to import, which only audio files need.
    import soundfile  # type: ignore[import-untyped]  # noqa: PLC0415

    try:
        with _unheard(), soundfile.SoundFile(source, closefd=False) as file:
            _check(file, shown)
            waves = _resampled(_mono(file, shown), file.samplerate, rate)
            pcm = b"".join(map(_sixteen_bit, waves))
    except soundfile.SoundFileError as error:
        known = "WAV, FLAC, Ogg or MP3"
        hint = "raw PCM can be piped in with `--audio -`"
        problem = clean(str(getattr(error, "error_string", error)), SHOWN_LENGTH).rstrip(".")
        if "does not exist" in problem:  # so it says of MP3 in which it finds no frame
            problem = "there is no sound to be found in it"
        raise PhoneError(f"{shown}: this is no {known} file that can be read ({problem}); {hint}") from None
    if not pcm:
        raise PhoneError(f"{shown}: this audio file holds no audio")
    return pcm


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


def _check(file: Any, shown: str) -> None:
    """Refuse what its header says it is; ``file`` is a ``soundfile.SoundFile``."""
    if file.samplerate not in FILE_RATES:
        allowed = f"{FILE_RATES[0]} to {FILE_RATES[-1]}"
        raise PhoneError(f"{shown}: {file.samplerate} samples a second where {allowed} are allowed")
    if file.frames >= _UNKNOWN:
        raise PhoneError(f"{shown}: its header does not tell how long it is; store it anew, as WAV")
    if file.frames > MAX_SECONDS * file.samplerate:
        seconds = file.frames / file.samplerate
        hint = "pipe it in with `--audio -`"
        raise PhoneError(f"{shown}: it lasts {seconds:.0f} s where {MAX_SECONDS} are allowed; {hint}")


def _mono(file: Any, shown: str) -> Iterator[Wave]:
    """Read piece by piece and mix the channels: their mean, so that nothing grows too loud."""
    import numpy as np  # noqa: PLC0415  see _decode

    size, at = _CHUNK // file.channels, 0
    while len(piece := file.read(size, dtype="float32", always_2d=True)):
        wave: Wave = piece.clip(-1, 1).mean(axis=1)  # files of floats may hold anything
        wrong = np.flatnonzero(np.isnan(wave))
        if len(wrong):  # one of them would spoil the whole file in the resampler
            seconds = (at + int(wrong[0])) / file.samplerate
            raise PhoneError(f"{shown}: at {seconds:.3f} s there is a sample that is no number (NaN)")
        at += len(wave)
        yield wave


def _resampled(waves: Iterator[Wave], file_rate: int, rate: int) -> Iterator[Wave]:
    """Bring the pieces to ``rate``; where it is theirs, they stay as they are."""
    if file_rate == rate:
        yield from waves
        return
    import numpy as np  # noqa: PLC0415  see _decode
    import soxr  # type: ignore[import-untyped]  # noqa: PLC0415

    stream = soxr.ResampleStream(file_rate, rate, 1, dtype="float32", quality="VHQ")
    for wave in waves:
        yield stream.resample_chunk(wave)
    yield stream.resample_chunk(np.empty(0, dtype=np.float32), last=True)


def _sixteen_bit(wave: Wave) -> bytes:
    """Round and clip, for resampling overshoots at edges."""
    import numpy as np  # noqa: PLC0415  see _decode

    return np.rint(wave * 32768).clip(-32768, 32767).astype("<i2").tobytes()


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
