"""
A traced call, made once more: what the provider's side said then is said now, at the same times.

What the application said then is not compared: it is another call. Answers to its commands are made anew, for the
commands of this call; those in the trace are left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from echo.audio.format import FRAME_MS, AudioFormat
from echo.errors import PhoneError
from echo.phone.caller import Speech
from echo.phone.line.call import MediaCall
from echo.phone.line.manner import Line, Manner
from echo.phone.listening.texts import CLEARED_EVENT, NOTIFY_EVENT
from echo.phone.trace.form import Entry
from echo.phone.trace.reading import Trace, read_trace

#: How the answers to commands can be told in a text, whatever else is in it.
_ANSWERS = (CLEARED_EVENT, NOTIFY_EVENT)

_STEP = FRAME_MS / 1000

#: What a trace's times are rounded to, in steps: what left in time may seem to be that much early.
_ROUNDED = 0.001 / FRAME_MS


@dataclass(frozen=True)
class _Text:
    """A text of a trace: when it is due, and how many messages of audio were said before it."""

    at: float
    behind: int
    text: str


def read_played(path: str) -> Trace:
    """Read a trace, and of its entries those that are said again; PhoneError as of :func:`read_trace`."""
    return read_trace(path, _is_played)


class Traced(Manner):
    """
    The provider and the caller of a traced call; a manner of the line, and a caller.

    The trace is read on as the call goes on, up to the message of audio that is next: a long one fills no memory.
    """

    def __init__(self, trace: Trace) -> None:
        """
        Play a trace.

        Raises:
            PhoneError: if nothing was said in it.
        """
        self.audio = trace.audio
        self._trace = trace
        self._left: Iterator[Entry] = iter(())
        self._read = self._sent = 0
        self._next: Entry | None = None
        self._audio = b""
        self._texts: deque[_Text] = deque()
        if not any(_is_played(entry) for entry in trace.entries):
            raise PhoneError(
                f"the trace of {trace.url} holds nothing that was said: there is nothing to replay"
            )

    def open(self, line: Line, first_text: str) -> None:
        """Say the first text of the trace, in place of the order's; another socket begins anew."""
        del first_text
        self._left = (entry for entry in self._trace.entries if _is_played(entry))
        self._texts.clear()
        self._read = self._sent = 0
        self._read_on()
        self.meanwhile(line, 0.0)

    def _read_on(self) -> None:
        """Read up to the next message of audio; the texts before it wait until they are due."""
        self._next = None
        for entry in self._left:
            if isinstance(entry.payload, bytes):
                self._read += 1
                self._next, self._audio = entry, entry.payload
                return
            self._texts.append(_Text(_on_time(entry), self._read, str(entry.payload)))

    def due(self, index: int) -> float:
        """Send each frame when it left then."""
        return _on_time(self._at(index))

    def speak(self, line: Line, frame: bytes, index: int) -> bytes | None:
        """Send a message of audio in as many pieces as then, behind the texts that were said before it."""
        while self._texts and self._texts[0].behind <= index:
            line.send_text(self._texts.popleft().text)
        pieces = self._at(index).pieces
        self._sent = index + 1
        if pieces == 1:
            return super().speak(line, frame, index)
        cuts = [len(frame) * piece // pieces for piece in range(pieces + 1)]
        for piece, (begin, end) in enumerate(pairwise(cuts), 1):
            line.send_piece(frame[begin:end], first=piece == 1, last=piece == pieces)
        return frame

    def _at(self, index: int) -> Entry:
        """Give the message of audio ``index``, which is the next one."""
        if self._next is None or index != self._read - 1:
            raise ValueError(f"message {index} of a trace that was read up to {self._read}")
        return self._next

    def meanwhile(self, line: Line, elapsed: float) -> None:
        """Send the texts that are due, and no audio is to be said before."""
        while self._texts and self._texts[0].at <= elapsed and self._texts[0].behind <= self._sent:
            line.send_text(self._texts.popleft().text)

    def speech(self, audio: AudioFormat) -> Speech:
        """Say the frames of the trace, of whatever size they were."""
        del audio
        return Speech(self, "a trace", None, goes_on=True)

    def frame(self, index: int) -> bytes | None:
        """Give frame ``index``, each once and in their order; before it the texts that were said before it."""
        if index == self._read:
            self._read_on()
        return None if self._next is None else self._audio

    def hears(self, frame: bytes) -> None:
        """Listen, and do nothing about it."""

    def reads(self, text: str) -> None:
        """Read, and do nothing about it."""

    def acts(self, at: float, call: MediaCall) -> None:
        """Do nothing: the texts leave by :meth:`meanwhile`."""


def _is_played(entry: Entry) -> bool:
    """Tell what is said again: audio, and the texts that were no answers."""
    return entry.way == "said" and (isinstance(entry.payload, bytes) or _is_own_text(entry))


def _on_time(entry: Entry) -> float:
    """
    Tell the 20 ms step in which something left, in seconds.

    What left a little late, as it always does, would otherwise miss its step and leave in the next.
    """
    return int(entry.at / _STEP + _ROUNDED) * _STEP


def _is_own_text(entry: Entry) -> bool:
    """Tell what the provider's side said by itself from what was an answer."""
    return isinstance(entry.payload, str) and not any(answer in entry.payload for answer in _ANSWERS)
