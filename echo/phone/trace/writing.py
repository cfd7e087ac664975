"""Writes a trace while the call goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from echo.audio.format import AudioFormat
from echo.phone.recording import SHOWN_LENGTH, Output
from echo.phone.trace.form import FULL, MAX_LINE, VERSION, Payload, Way, carried_of, line_of
from echo.untrusted import Json, clean

#: How long a trace may grow: three quarters of an hour of a call that is answered frame by frame, and a flood of
#: tiny messages must not make a file that takes longer to read than the call took.
MAX_BYTES: Final = 256 * 1024 * 1024
MAX_LINES: Final = 1_000_000

_BOUND: Final = f"{MAX_BYTES // 1024**2} MiB or {MAX_LINES:,} lines".replace(",", " ")


class TraceWriter:
    """
    Writes a trace, each line at once, so that a crash costs one line at most.

    One that is full is no problem of the call's, which goes on.

    As with a recording, a disk that fails is told of when the trace is closed.

    Args:
        path: the file; what stood in it before is gone.
        url: what is called.
        audio: the call's format.

    Raises:
        PhoneError: if the file cannot be written.

    Attributes:
        note: one sentence on a trace that was full, else ``None``.
    """

    def __init__(self, path: str | Path, url: str, audio: AudioFormat) -> None:
        self.note: str | None = None
        self._shown = clean(str(path), SHOWN_LENGTH)
        self._output = Output(path)
        self._bytes = self._lines = 0
        form: dict[str, Json] = {"rate": audio.rate, "content-type": audio.content_type}
        self._append(line_of({"version": VERSION, "url": url, **form}))

    def write(self, at: float, way: Way, kind: str, payload: Payload = None, pieces: int = 1) -> None:
        """Write one line, of an :class:`Entry`; ``at`` is in seconds, from 0. A full trace takes events alone."""
        if self.note is not None and way != "event":
            return
        head: dict[str, Json] = {"at": round(at * 1000, 3), "way": way, "kind": kind}
        if pieces != 1:
            head["pieces"] = pieces
        line = line_of({**head, **carried_of(payload)})
        if len(line) > MAX_LINE:
            size = len(payload) if isinstance(payload, str | bytes) else len(line)
            line = line_of({**head, "left_out": size})
        if self.note is None and (self._bytes + len(line) > MAX_BYTES or self._lines == MAX_LINES):
            self.note = f"{self._shown}: the trace ends after {at:.1f} s: it may have {_BOUND}"
            line = line_of({"at": head["at"], "way": "event", "kind": FULL})
        self._append(line)

    def _append(self, line: bytes) -> None:
        self._output.append(line)
        self._bytes += len(line)
        self._lines += 1

    def close(self) -> None:
        """
        Finish; a second time does nothing.

        Raises:
            PhoneError: if something could not be written, now or earlier.
        """
        self._output.close()
