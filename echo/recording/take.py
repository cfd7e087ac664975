"""
One recording on the disk: grows with its call, is a valid WAV file all the while, and gets its name at the end.

What cannot be written is silence, and is counted: each piece has its place, so what comes after it is in time again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from echo.audio.format import AudioFormat
from echo.audio.stereo import STEREO_BYTES, Block, Stereo, put_in
from echo.audio.tracks import Item
from echo.audio.wav import HEADER_BYTES, MOST_BYTES, wav_header
from echo.recording.about import document
from echo.recording.disk import Disk
from echo.recording.flac import Conversion
from echo.recording.names import FORMATS, PART

#: Seconds after which a file that could not be opened is tried again.
_AGAIN: Final = 1.0


@dataclass(frozen=True)
class Plan:
    """
    What is to be recorded, and where.

    Attributes:
        stem: the name of its files, without what follows a dot.
        began_at: in seconds of the call's clock.
        about: what is known of the call as it begins.
        format: of the file that is left in the end: ``wav`` or ``flac``.
    """

    folder: Path
    stem: str
    audio: AudioFormat
    began_at: float
    about: dict[str, Any]
    format: str = "wav"

    def path(self, kind: str) -> Path:
        """Name the file of one kind: ``wav``, ``json`` and so on."""
        return self.folder / f"{self.stem}.{kind}"


class Take:
    """
    The files of one recording. Only the writer's thread touches it; no method raises ``OSError``.

    Attributes:
        seconds_lost: of audio that the disk did not take.
    """

    def __init__(self, plan: Plan, disk: Disk, failed: Callable[[str, OSError], None]) -> None:
        """Record as ``plan`` says; ``failed`` is told what the disk did not do, each time."""
        self.plan = plan
        self.seconds_lost = 0.0
        self._disk = disk
        self._failed = failed
        self._time_line = Stereo(plan.audio, plan.began_at)
        self._fd: int | None = None
        self._about = plan.about
        self._kind = ""
        self._size = 0  # bytes of audio that the file holds
        self._tried_at = plan.began_at - _AGAIN

    @property
    def held(self) -> int:
        """Bytes of audio that wait for their time."""
        return self._time_line.held

    @property
    def seconds(self) -> float:
        """How long the recording is."""
        return self._time_line.written / self.plan.audio.rate

    def add(self, now: float, items: list[Item], *, may_write: bool = True) -> None:
        """Take what has happened up to ``now``; it is placed, and written as far as it is settled."""
        self._time_line.add(items)
        self._write(now, self._time_line.until(now), may_write=may_write)

    def end(self, now: float, about: dict[str, Any], *, may_write: bool = True) -> None:
        """Write what is left; then :meth:`finish` gives the files their names."""
        self._about = about
        self._write(now, self._time_line.rest(now), may_write=may_write)

    def conversion(self) -> Conversion | None:
        """Begin to make a FLAC file, where that is wanted; the recording is over."""
        if self._fd is None or self.plan.format != "flac":
            return None
        self._describe("flac")  # whatever happens meanwhile, that is known
        try:
            return Conversion(
                self._disk, self._fd, self._size, self.plan.path("flac" + PART), self.plan.audio.rate
            )
        except OSError as error:
            self._failed("converting", error)
            return None

    def finish(self, kind: str = "wav") -> None:
        """Give the files their names: the audio is in the one of this ``kind``. The description comes first."""
        if self._fd is None:
            self._remove("wav" + PART, "json" + PART)
            return
        self._kind = kind
        self._describe(kind)
        try:
            self._disk.rename(self.plan.path(kind + PART), self.plan.path(kind))
        except OSError as error:
            self._failed("finishing", error)
        self._remove(*(each + PART for each in FORMATS if each != kind))
        self._close()

    def tell(self, about: dict[str, Any]) -> None:
        """Describe the call anew, since more is known of it now."""
        is_news, self._about = about != self._about, about
        if is_news and self._kind:
            self._describe(self._kind)

    # Within.

    def _write(self, now: float, blocks: Iterator[Block], *, may_write: bool) -> None:
        is_open = self._fd is not None or (may_write and self._open(now))
        for block in blocks:
            if not (is_open and may_write and self._write_block(block)):
                self._lose(block)
        if is_open and may_write:
            self._promise()

    def _open(self, now: float) -> bool:
        if now - self._tried_at < _AGAIN:
            return False
        self._tried_at = now
        try:
            self._fd = self._disk.create(self.plan.path("wav" + PART))
            self._disk.put(self.plan.path("json" + PART), document(self.plan.about))
        except OSError as error:
            self._failed("beginning", error)
        return self._fd is not None

    def _write_block(self, block: Block) -> bool:
        assert self._fd is not None  # noqa: S101  see _write
        at = HEADER_BYTES + block.at * STEREO_BYTES
        if block.at * STEREO_BYTES + len(block.pcm) * (1 if block.side is None else 2) > MOST_BYTES:
            return False
        try:
            pcm = block.pcm
            if block.side is not None:
                there = self._disk.read(self._fd, len(pcm) * 2, at)
                pcm = put_in(there.ljust(len(pcm) * 2, b"\0"), pcm, block.side)
            self._write_all(self._fd, pcm, at)
        except OSError as error:
            self._failed("writing", error)
            return False
        return True

    def _write_all(self, fd: int, data: bytes, at: int) -> None:
        rest = memoryview(data)
        while rest:
            count = self._disk.write(fd, rest, at)
            rest, at = rest[count:], at + count
            self._size = max(self._size, (at - HEADER_BYTES) // STEREO_BYTES * STEREO_BYTES)

    def _promise(self) -> None:
        """Let the file be as long as the recording, and its header say so; what is not there is silence."""
        assert self._fd is not None  # noqa: S101  see _write
        size = min(self._time_line.written * STEREO_BYTES, MOST_BYTES)
        try:
            if size > self._size:
                self._disk.resize(self._fd, HEADER_BYTES + size)
                self._size = size
            self._write_header(self._fd)
        except OSError as error:
            self._failed("writing", error)

    def _write_header(self, fd: int) -> None:
        self._disk.write(fd, wav_header(self.plan.audio.rate, 2, self._size), 0)

    def _lose(self, block: Block) -> None:
        self.seconds_lost += len(block.pcm) / STEREO_BYTES / self.plan.audio.rate

    def _close(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            try:
                self._disk.close(fd)
            except OSError as error:  # network file systems tell a full disk here
                self._failed("finishing", error)

    def _describe(self, kind: str) -> None:
        lost = {
            "disk_seconds": round(self.seconds_lost, 3),
            "ahead_seconds": round(self._time_line.left_out, 3),
        }
        told = self._about | {
            "file": self.plan.path(kind).name,
            "seconds": round(self.seconds, 3),
            "left_out": self._about.get("left_out", {}) | lost,
        }
        try:
            part = self.plan.path("json" + PART)
            self._disk.put(part, document(told))
            self._disk.rename(part, self.plan.path("json"))
        except OSError as error:
            self._failed("describing", error)

    def _remove(self, *kinds: str) -> None:
        for kind in kinds:
            try:
                self._disk.remove(self.plan.path(kind))
            except OSError as error:
                self._failed("removing", error)
