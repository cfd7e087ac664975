"""
What was heard and what was said, as WAV files that grow with the call.

The call comes first: a disk that fails during it fails the recording, and is told of when the call is over.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from echo.audio.format import FRAME_MS, AudioFormat
from echo.audio.wav import MOST_BYTES, wav_header
from echo.errors import PhoneError
from echo.untrusted import clean

#: How names of files are cut for a sentence.
SHOWN_LENGTH: Final = 200

#: A second of audio is written at a time.
_FRAMES_AT_ONCE: Final = 1000 // FRAME_MS

#: The largest data of a WAV file, whose lengths have 32 bits; whole samples.
MAX_BYTES: Final = MOST_BYTES


class Output:
    """
    A file that is written during a call: the first error is kept, and raised when the file is closed.

    Everything is written at once, nothing is held back. What stood in the file before is gone.

    Args:
        path: where to write; a new file, or a regular one.

    Raises:
        PhoneError: if it cannot be written there.
    """

    def __init__(self, path: str | Path) -> None:
        self._shown = clean(str(path), SHOWN_LENGTH)
        self._problem: str | None = None
        if "\0" in str(path):
            raise PhoneError(f"{self._shown}: a file cannot have this name")
        try:
            # A pipe would block the call, and a header cannot be mended in it.
            if Path(path).exists() and not Path(path).is_file():
                raise PhoneError(f"{self._shown}: a regular file is required to write to")
            self._file = Path(path).open("wb", buffering=0)  # noqa: SIM115  open as long as the call is
        except OSError as error:
            raise PhoneError(f"{self._shown}: this file cannot be written: {error.strerror}") from None

    def append(self, data: bytes | bytearray) -> None:
        """Write at the end, all of it; after an error, nothing."""
        rest = memoryview(data)
        try:
            while rest and not self._problem:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self.fail(error.strerror or str(error))

    def replace(self, data: bytes) -> None:
        """Write over the beginning; after an error, nothing."""
        try:
            if not self._problem:
                os.pwrite(self._file.fileno(), data, 0)
        except OSError as error:
            self.fail(error.strerror or str(error))

    def fail(self, reason: str) -> None:
        """Write no more; ``reason`` is told at the end, unless there is one already."""
        self._problem = self._problem or f"{self._shown}: not all of it could be written: {reason}"

    def close(self) -> None:
        """
        Close the file; a second time does nothing.

        Raises:
            PhoneError: if something could not be written.
        """
        problem, self._problem = self._problem, "closed"
        if self._file.closed:
            return
        try:
            self._file.close()
        except OSError as error:  # network file systems tell a full disk here
            problem = problem or f"{self._shown}: not all of it could be written: {error.strerror}"
        if problem:
            raise PhoneError(problem)


class _WavFile:
    """A WAV file that is valid at any time: its header never promises what is not there yet."""

    def __init__(self, path: Path, audio: AudioFormat) -> None:
        self._output = Output(path)
        self._audio = audio
        self._pending = bytearray()
        self._size = 0
        self._output.append(wav_header(audio.rate, 1, 0))

    def fill(self, at: float) -> None:
        """Add silence up to ``at`` seconds, if the file is not as long yet."""
        second = self._audio.bytes_per_second
        missing = 2 * round(at * self._audio.rate) - self._size - len(self._pending)
        while missing > 0:
            self.add(bytes(min(missing, second)))
            missing -= second

    def add(self, frame: bytes) -> None:
        """Add audio, and write when there is a second of it."""
        self._pending += frame
        if len(self._pending) >= self._audio.frame_bytes * _FRAMES_AT_ONCE:
            self._write()

    def close(self) -> None:
        """Write what is left and close."""
        self._write()
        self._output.close()

    def _write(self) -> None:
        """Write what is pending, and then the header that tells of it."""
        if self._size + len(self._pending) > MAX_BYTES:
            self._output.fail("a WAV file can be no longer")
        self._output.append(self._pending)
        self._size += len(self._pending)
        self._output.replace(wav_header(self._audio.rate, 1, self._size))
        self._pending.clear()


class Recording:
    """
    Two WAV files of one call, in the call's format: what the caller hears, and what the caller says.

    Both are written each second of audio, so they are valid at any time, and at most a second is lost when the
    process dies.

    Args:
        heard: where to write what is heard. What is said goes beside it, to ``said.wav``, or to
            ``heard-said.wav`` if ``heard`` has that name itself.
        audio: the call's format.
        said: another file for what is said.

    Raises:
        PhoneError: if a file cannot be written.
    """

    def __init__(self, heard: str | Path, audio: AudioFormat, said: Path | None = None) -> None:
        self._heard = _WavFile(Path(heard), audio)
        try:
            self._said = _WavFile(said_path(heard) if said is None else said, audio)
        except PhoneError:
            self._heard.close()
            raise

    def heard(self, frame: bytes) -> None:
        """Add what is heard in the next 20 ms."""
        self._heard.add(frame)

    def said(self, at: float, frame: bytes) -> None:
        """
        Add what is said ``at`` seconds: behind silence, if nothing was said for a while.

        What comes sooner than the audio before it ends, as in a burst, is added behind that. Half a sample at the end
        of it is left out: it would make noise of all that follows.
        """
        self._said.fill(at)
        self._said.add(frame[: len(frame) // 2 * 2])

    def close(self) -> None:
        """
        Finish both files; a second time does nothing.

        Raises:
            PhoneError: if something could not be written, now or earlier.
        """
        try:
            self._heard.close()
        except PhoneError:
            with suppress(PhoneError):  # a full disk fails both
                self._said.close()
            raise
        self._said.close()


def said_path(heard: str | Path) -> Path:
    """Tell where what is said is written. Case does not count: on some file systems it names the same file."""
    path = Path(heard)
    return path.with_name("heard-said.wav" if path.name.casefold() == "said.wav" else "said.wav")
