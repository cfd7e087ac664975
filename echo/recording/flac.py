"""
A recording as FLAC, made of the WAV file when the call is over, a piece at a time.

While a call is on its recording is a WAV file all the same: that is valid at any moment, whatever happens, and a place
in it can be written again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from echo.audio.stereo import STEREO_BYTES
from echo.audio.wav import HEADER_BYTES
from echo.recording.disk import Disk

#: Seconds of audio in a piece: some ten milliseconds of work, so that other recordings are not kept waiting.
PIECE: Final = 30

#: Where a FLAC file tells its length: behind the marker, the header of its first block, and ten bytes of that.
_LENGTH_AT: Final = 4 + 4 + 10


class Conversion:
    """One file on its way from WAV to FLAC."""

    def __init__(self, disk: Disk, source: int, size: int, path: Path, rate: int) -> None:
        """
        Begin with the open WAV file ``source``.

        Args:
            disk: where both are.
            source: the descriptor of a WAV file.
            size: bytes of its audio.
            path: of the FLAC file.
            rate: samples a second.

        Raises:
            OSError: if ``path`` cannot be made.
        """
        import soundfile  # type: ignore[import-untyped]  # noqa: PLC0415  as in echo.soundfiles

        self._disk, self._source, self._rate = disk, source, rate
        self._at, self._end = HEADER_BYTES, HEADER_BYTES + size
        self._error: type[Exception] = soundfile.SoundFileError
        disk.remove(path)
        self._fd = disk.create(path)
        form = {"samplerate": rate, "channels": 2, "format": "FLAC", "subtype": "PCM_16"}
        try:
            self._file: Any = soundfile.SoundFile(self._fd, "w", closefd=False, **form)
        except self._error as error:
            disk.close(self._fd)
            raise OSError(None, str(error)) from None

    def step(self) -> bool:
        """
        Convert one more piece; false once there is none.

        Raises:
            OSError: if it cannot be written.
        """
        size = min(PIECE * self._rate * STEREO_BYTES, self._end - self._at)
        data = self._disk.read(self._source, size, self._at) if size else b""
        try:
            if data:
                self._file.buffer_write(data, dtype="int16")
                self._at += len(data)
                return True
            self._file.close()
        except self._error as error:
            raise OSError(None, str(error)) from None
        if self._frames_written() != (self._end - HEADER_BYTES) // STEREO_BYTES:
            raise OSError(None, "its end could not be written")
        self._close()
        return False

    def give_up(self) -> None:
        """Let go of the files after an error."""
        try:
            self._file.close()
        except self._error:
            pass
        finally:
            self._close()

    def _frames_written(self) -> int:
        """
        Read back how long the file says it is (RFC 9639 section 8.2: the last 36 of 64 bits).

        The library tells of no error where the last block, which it writes as the file is closed, had no room.
        """
        return int.from_bytes(self._disk.read(self._fd, 8, _LENGTH_AT)) & 0xF_FFFF_FFFF

    def _close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            self._disk.close(fd)
