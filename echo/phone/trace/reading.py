"""Reads a trace, checks it, and gives its entries as often as they are wanted."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from echo.audio.format import AudioFormat
from echo.errors import PhoneError, UntrustedTextError
from echo.phone.incoming import open_file
from echo.phone.recording import SHOWN_LENGTH
from echo.phone.trace.form import FULL, MAX_LINE, Entry, entry_of, header_of, object_of
from echo.untrusted import clean


@dataclass(frozen=True)
class Trace:
    """
    A trace as it was read.

    Attributes:
        url: what was called.
        audio: the call's format.
        entries: the lines that were asked for, in their order, without the first; they may be gone through again.
        note: one sentence on how it ends before its end, or ``None``.
    """

    url: str
    audio: AudioFormat
    entries: Iterable[Entry]
    note: str | None


class Lines:
    """
    Entries of a trace that were checked, each read again when its turn comes: a long trace fills no memory.

    What comes by a pipe can be read once only, and is kept.
    """

    def __init__(self, path: Path, *, again: bool) -> None:
        self._path = path
        self._again = again
        self._offsets = array("Q")
        self._kept: list[Entry] = []

    def add(self, offset: int, entry: Entry) -> None:
        """Add an entry whose line begins at the byte ``offset``."""
        if self._again:
            self._offsets.append(offset)
        else:
            self._kept.append(entry)

    def __iter__(self) -> Iterator[Entry]:
        """
        Go through the entries.

        Raises:
            PhoneError: if the file has changed meanwhile.
        """
        yield from self._kept
        if not self._offsets:
            return
        try:
            with self._path.open("rb") as file:
                for offset in self._offsets:
                    file.seek(offset)
                    yield entry_of(object_of(file.readline(MAX_LINE + 1)))
        except (OSError, UntrustedTextError):
            shown = clean(str(self._path), SHOWN_LENGTH)
            raise PhoneError(f"{shown}: this trace has changed since it was looked at") from None


def read_trace(path: str | Path, wanted: Callable[[Entry], bool] = lambda _: True) -> Trace:
    """
    Read a trace and check every line of it.

    A last line without an end, as a crash leaves it, is left out and noted if it is not whole.

    Args:
        path: the file.
        wanted: tells the entries that are to be given; by default all are.

    Raises:
        PhoneError: if the file cannot be read, or naming the line that is wrong, what is wrong there and what
            is allowed.
    """
    shown = clean(str(path), SHOWN_LENGTH)
    if "\0" in str(path):
        raise PhoneError(f"{shown}: a file cannot have this name")
    try:
        with BufferedReader(open_file(path)) as file:
            lines = iter(lambda: file.readline(MAX_LINE + 1), b"")
            return _read(lines, shown, Lines(Path(path), again=file.seekable()), wanted)
    except OSError as error:
        raise PhoneError(f"{shown}: this trace cannot be read: {error.strerror or error}") from None


def _read(lines: Iterator[bytes], shown: str, entries: Lines, wanted: Callable[[Entry], bool]) -> Trace:
    """Read the lines of a trace; those that are too long come with one byte too many."""
    number, line, note = 1, next(lines, b""), None
    try:
        url, audio = header_of(object_of(line))
        offset = len(line)
        for number, line in enumerate(lines, 2):  # noqa: B007  it is told below
            entry = entry_of(object_of(line))
            if entry.kind == FULL and entry.way == "event":
                note = (
                    f"{shown}: the trace was full after {entry.at:.1f} s of the call, and is read up to there"
                )
            if wanted(entry):
                entries.add(offset, entry)
            offset += len(line)
    except UntrustedTextError as error:
        if number == 1 or line.endswith(b"\n") or len(line) > MAX_LINE:
            raise PhoneError(f"{shown}: line {number}: {error.problem}") from None
        note = f"{shown}: line {number} is cut short, as by a crash; the trace is read up to there"
    return Trace(url, audio, entries, note)
