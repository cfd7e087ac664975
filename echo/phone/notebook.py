"""
What passes in a call goes here: to the recording, the trace and the live line, each where it was asked for, and to
the caller's ear.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from echo.audio.format import AudioFormat
from echo.audio.level import FLOOR_DBFS, level
from echo.errors import PhoneError
from echo.phone.caller import Caller
from echo.phone.line.call import MediaCall
from echo.phone.order import CallOrder
from echo.phone.recording import SHOWN_LENGTH, Recording, said_path
from echo.phone.show.live import Snapshot, Watcher
from echo.phone.trace.form import Way
from echo.phone.trace.writing import TraceWriter
from echo.phone.verdict.facts import Ended
from echo.untrusted import Json, clean

#: How what a call writes begins, and what it is.
_WAV, _TRACE = (b"RIFF", "WAV file"), (b'{"version"', "trace")

#: The live line is written anew ten times a second.
_TICKS = 5


class Notebook:
    """
    The notes of one call; fulfils :class:`echo.phone.line.call.Notes`.

    Levels are measured only for the live line, and only when it is due: a level costs as much as a frame.
    """

    def __init__(
        self,
        order: CallOrder,
        audio: AudioFormat,
        watcher: Watcher,
        caller: Caller,
        duration: float | None,
        *,
        number: int = 1,
    ) -> None:
        """
        Open the files that ``order`` asks for.

        Args:
            order: names the files.
            audio: the call's format.
            watcher: is shown how the call stands.
            caller: hears, reads and acts.
            duration: how long the caller talks, in seconds, if that is known.
            number: which socket of the call it is, from 1; the files of a second one are ``heard-2.wav`` and so on.

        Raises:
            PhoneError: if a file cannot be written.
        """
        self._watcher = watcher
        self._caller = caller
        self._duration = duration
        self._steps = 0
        self._heard = b""
        with ExitStack() as opened:
            self._recording = _recording(order.record, audio, number)
            if self._recording is not None:
                opened.callback(self._recording.close)
            self._trace = (
                TraceWriter(numbered(order.trace, number), order.url, audio) if order.trace else None
            )
            opened.pop_all()

    def said(self, at: float, frame: bytes) -> None:
        """Record what was said."""
        if self._recording is not None:
            self._recording.said(at, frame)

    def played(self, frame: bytes) -> None:
        """Record what the caller heard."""
        self._heard = frame
        self._caller.hears(frame)
        if self._recording is not None:
            self._recording.heard(frame)

    def passed(self, at: float, way: Way, payload: bytes | str, pieces: int = 1) -> None:
        """Trace a message, and let the caller read the application's texts."""
        if self._trace is not None:
            self._trace.write(at, way, "text" if isinstance(payload, str) else "audio", payload, pieces)
        if way == "heard" and isinstance(payload, str):
            self._caller.reads(payload)

    def ended(self, end: Ended) -> None:
        """Trace the end."""
        if self._trace is not None:
            told: dict[str, Json] = {"by": end.by, "code": end.code, "reason": end.reason}
            self._trace.write(end.at, "event", "close", told)

    def ticked(self, at: float, call: MediaCall) -> None:
        """Let the caller act, and show how the call stands, every fifth time."""
        self._caller.acts(at, call)
        self._steps += 1
        if self._steps % _TICKS == 1:
            self._watcher.tick(self._snapshot(at, call))

    def close(self) -> list[str]:
        """Finish the files; one sentence for each that is not whole, or a trace that is full."""
        problems = []
        for file in (self._recording, self._trace):
            try:
                if file is not None:
                    file.close()
            except PhoneError as error:
                problems.append(str(error))
        self._watcher.unwritten += problems
        full = None if self._trace is None else self._trace.note
        return problems if full is None else [*problems, full]

    def _snapshot(self, at: float, call: MediaCall) -> Snapshot:
        hearing = call.hearing
        return Snapshot(
            elapsed=at,
            duration=self._duration,
            said_level=level(call.last_said) if call.last_said else FLOOR_DBFS,
            heard_level=level(self._heard),
            round_trip=hearing.round_trip,
            queue=hearing.queue,
            frames_out=call.frames_out,
            frames_in=hearing.arrivals.messages,
            lost=hearing.echoes.skipped,
            state="listening" if call.finished else "talking",
        )


def numbered(path: str | Path, number: int) -> Path:
    """Name the file of a call's socket ``number``: the first has the name that was asked for."""
    path = Path(path)
    return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")


def files_can_be_written(order: CallOrder, read: Sequence[str] = ()) -> None:
    """
    Look at the files that are to be written before anybody is called; what is in them stays as it is.

    Args:
        order: names them.
        read: files that are read for the call, besides the order's audio.

    Raises:
        PhoneError: if one of them cannot be written, is read, or is written twice.
    """
    wanted = [
        Path(name) for name in (order.trace, order.record, order.record and said_path(order.record)) if name
    ]
    played = [Path(name) for name in (*read, order.audio) if name and name != "-"]
    for number, path in enumerate(wanted):
        shown = clean(str(path), SHOWN_LENGTH)
        if any(_is_same(path, other) for other in played):
            raise PhoneError(f"{shown}: this file is read for the call; write to another folder or name")
        if any(_is_same(path, other) for other in wanted[:number]):
            raise PhoneError(f"{shown}: two things are to be written there; give them different names")
        try:
            _keep_others_files(path, shown, _TRACE if path == Path(order.trace or "") else _WAV)
            _try_to_write(path, shown)
        except OSError as error:
            raise PhoneError(f"{shown}: this file cannot be written: {error.strerror}") from None


def _keep_others_files(path: Path, shown: str, begins: tuple[bytes, str]) -> None:
    """Refuse to write over what is there and was never written by a call: a slip of the hand costs somebody's work."""
    beginning, kind = begins
    if path.is_file() and path.stat().st_size:
        with path.open("rb") as file:
            if file.read(len(beginning)) != beginning:
                raise PhoneError(f"{shown}: this file is there and is no {kind}, so it is not written over")


def _try_to_write(path: Path, shown: str) -> None:
    """Open a file to write and leave it as it was; a link to what is not there yet stays, too."""
    existed = path.exists()
    if existed and not path.is_file():
        raise PhoneError(f"{shown}: a regular file is required to write to")
    path.open("ab").close()
    if not existed:
        Path(os.path.realpath(path)).unlink()


def _recording(heard: str | None, audio: AudioFormat, number: int) -> Recording | None:
    if not heard:
        return None
    return Recording(numbered(heard, number), audio, numbered(said_path(heard), number))


def _is_same(one: Path, other: Path) -> bool:
    """Tell whether two names are of one file: by way of links, and also of one that is not there yet."""
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    return one.exists() and other.exists() and one.samefile(other)
