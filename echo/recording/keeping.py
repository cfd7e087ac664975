"""What becomes of recordings: unfinished ones are mended, old ones go, and the disk is never filled to the last."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from echo.audio.stereo import STEREO_BYTES
from echo.audio.wav import HEADER_BYTES, MOST_BYTES, rate_in, wav_header
from echo.recording.about import VERSION, document
from echo.recording.disk import Disk
from echo.recording.names import FORMATS, PART, finished, in_the_making

#: Seconds between two looks at all files.
SWEEP: Final = 10.0

#: Looking at a hundred thousand files takes a while: so many times as long nothing is looked at.
_REST: Final = 50

#: Seconds in which a file without a header may be one that is just being made.
_NEW: Final = 10.0

_DAY: Final = 86_400

#: The largest description that is read again.
_MOST_DESCRIBED: Final = 4 * 1024 * 1024


@dataclass(frozen=True)
class Rules:
    """
    How long recordings are kept.

    Attributes:
        days: after which they go; ``None`` for never.
        most: bytes that all of them may take, the oldest go first; ``None`` for any number.
        free: bytes of the disk that are left to others: below that nothing is recorded.
    """

    days: int | None = None
    most: int | None = None
    free: int = 0


class Keeper:
    """Looks after the folder, in the writer's thread. No method raises ``OSError``."""

    def __init__(
        self,
        folder: Path,
        disk: Disk,
        rules: Rules,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        tell: Callable[[str], None],
    ) -> None:
        """Keep ``folder`` by ``rules``; ``tell`` takes lines for the log, ``wall_clock`` gives seconds of the epoch."""
        self._folder = folder
        self._disk = disk
        self._rules = rules
        self._clock = clock
        self._wall_clock = wall_clock
        self._tell = tell
        self._told: set[str] = set()
        self._due = clock()
        self._looked_at: float | None = None
        self._has_room = True
        self._is_full = False

    def may_write(self) -> bool:
        """Whether the disk has room for recordings; looked at once a second."""
        now = self._clock()
        if self._looked_at is None or now - self._looked_at >= 1.0:
            self._looked_at = now
            self._look()
        return self._has_room

    def chores(self) -> None:
        """Mend and tidy up, each ten seconds; more rarely in a folder with very many files."""
        began = self._clock()
        if began >= self._due:
            self.mend()
            self.sweep()
            now = self._clock()
            self._due = now + max(SWEEP, _REST * (now - began))

    def mend(self) -> None:
        """Finish the recordings of daemons that came to a sudden end; those of others that are on stay as they are."""
        try:
            files = list(self._disk.files(self._folder))
        except OSError:
            return  # told by ``sweep``
        for name, _, changed_at in files:
            found = in_the_making(name)
            if found is not None and found[1] == "wav":
                try:
                    self._mend(found[0], changed_at)
                except OSError as error:
                    self._tell_once(f"recording {found[0]}: mending failed: {error.strerror or error}")

    def sweep(self) -> None:
        """Remove what is too old, and then the oldest until the rest is small enough."""
        try:
            self._sweep()
        except OSError as error:
            self._tell_once(f"recordings cannot be looked after: {error.strerror or error}")

    # Within.

    def _tell_once(self, line: str) -> None:
        """Tell what will be the same in ten seconds, and not again then."""
        if line not in self._told:
            self._told.add(line)
            self._tell(line)

    def _look(self) -> None:
        try:
            free = self._disk.free(self._folder)
            why = "record_max_mb is reached" if self._is_full else f"{free // 1_000_000} MB are free"
        except OSError as error:
            free, why = -1, f"{self._folder}: {error.strerror or error}"
        has_room = free >= self._rules.free and not self._is_full
        if has_room != self._has_room:
            self._has_room = has_room
            self._tell(f"recordings go on: {why}" if has_room else f"nothing is recorded: {why}")

    def _sweep(self) -> None:
        kept: dict[str, int] = {}
        unfinished = 0
        oldest = 0.0 if self._rules.days is None else self._wall_clock() - self._rules.days * _DAY
        for name, size, changed_at in self._disk.files(self._folder):
            found = finished(name)
            if found is not None and not (changed_at < oldest and self._is_removed(name)):
                kept[found[0]] = kept.get(found[0], 0) + size
            elif in_the_making(name) is not None:
                unfinished += size
        if self._rules.most is not None:
            self._make_room(kept, unfinished, self._rules.most)

    def _make_room(self, kept: dict[str, int], unfinished: int, most: int) -> None:
        total = sum(kept.values()) + unfinished
        for stem in sorted(kept):  # names begin with the date
            if total <= most:
                break
            are_removed = [self._is_removed(f"{stem}.{kind}") for kind in (*FORMATS, "json")]
            total -= kept[stem] if all(are_removed) else 0
        self._is_full = total > most

    def _is_removed(self, name: str) -> bool:
        """Remove a file; one that stays, as a former daemon's of another user may, keeps no other from going."""
        try:
            self._disk.remove(self._folder / name)
        except OSError as error:
            self._tell_once(f"recordings cannot be removed: {error.strerror or error}")
            return False
        return True

    def _mend(self, stem: str, changed_at: float) -> None:
        path = self._folder / f"{stem}.wav{PART}"
        fd = self._disk.take_over(path)
        if fd is None:
            return
        try:
            size = self._disk.size(fd)
            rate = rate_in(self._disk.read(fd, HEADER_BYTES, 0))
            if rate is not None:
                self._finish(stem, fd, rate, size)
            elif size < HEADER_BYTES and self._wall_clock() - changed_at > _NEW:
                self._disk.remove(path)
                self._disk.remove(self._folder / f"{stem}.json{PART}")
        finally:
            self._disk.close(fd)

    def _finish(self, stem: str, fd: int, rate: int, size: int) -> None:
        """Let the header tell what is there; the last sample may be a part of one."""
        audio = min((size - HEADER_BYTES) // STEREO_BYTES * STEREO_BYTES, MOST_BYTES)
        self._disk.resize(fd, HEADER_BYTES + audio)
        self._disk.write(fd, wav_header(rate, 2, audio), 0)
        self._describe(stem, audio / STEREO_BYTES / rate)
        self._disk.remove(self._folder / f"{stem}.flac{PART}")
        self._disk.rename(self._folder / f"{stem}.wav{PART}", self._folder / f"{stem}.wav")
        self._tell(f"recording {stem} was not finished, and is now: {audio / STEREO_BYTES / rate:.1f} s")

    def _describe(self, stem: str, seconds: float) -> None:
        part, path = self._folder / f"{stem}.json{PART}", self._folder / f"{stem}.json"
        told = {"version": VERSION} | self._known(path) | self._known(part)
        if told.get("state") != "complete":
            told["state"] = "interrupted"
        self._disk.put(part, document(told | {"file": f"{stem}.wav", "seconds": round(seconds, 3)}))
        self._disk.rename(part, path)

    def _known(self, path: Path) -> dict[str, Any]:
        """Read a description of ours, as far as it was written."""
        try:
            told = json.loads(self._disk.get(path, _MOST_DESCRIBED))
        except (OSError, ValueError, RecursionError):
            return {}
        return told if isinstance(told, dict) else {}
