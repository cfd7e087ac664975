"""
The person who calls: says the built-in signal, a tone, silence, a file or what comes in by a pipe, and listens.

A caller of another kind (a scenario, a trace that is played again) is another :class:`Caller`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from echo.audio.format import FRAME_MS, AudioFormat
from echo.audio.signal import Frames, Numbered, Pcm, Silence, Tone
from echo.errors import PhoneError
from echo.phone.line.call import MediaCall
from echo.phone.order import DEFAULT_DURATION, DEFAULT_RATE, CallOrder
from echo.phone.sound import Piped, load, pipe_of


@dataclass(frozen=True)
class Speech:
    """
    A source of frames and what to call it.

    Attributes:
        source: its frames.
        talked: its name in the report, as in ``speech.wav``.
        duration: how long the caller talks, in seconds; ``None`` as long as the source lasts.
        pipe: the source, where it is a pipe: to be closed, and asked whether it broke.
        goes_on: on another socket of the call, the source itself goes on where it was.
    """

    source: Frames
    talked: str
    duration: float | None
    pipe: Piped | None = None
    goes_on: bool = False

    def behind(self, frames: int) -> Speech:
        """Give what is left of it when so many frames were said."""
        left = None if self.duration is None else max(0.0, self.duration - frames * FRAME_MS / 1000)
        source = self.source if self.goes_on else _Behind(self.source, frames)
        return replace(self, source=source, duration=left)


@dataclass(frozen=True)
class _Behind:
    """A source without its beginning."""

    source: Frames
    frames: int

    def frame(self, index: int) -> bytes | None:
        """Give a frame, counted from where it begins now."""
        return self.source.frame(index + self.frames)


class Caller(Protocol):
    """Who talks and listens on a socket; ``at`` is seconds since it was opened."""

    def speech(self, audio: AudioFormat) -> Speech:
        """Tell what is going to be said, when the rate of the call is known."""
        ...

    def hears(self, frame: bytes) -> None:
        """Take the next 20 ms of what is heard."""
        ...

    def reads(self, text: str) -> None:
        """Take a text message of the application's."""
        ...

    def acts(self, at: float, call: MediaCall) -> None:
        """Do what is to be done now; asked every 20 ms."""
        ...


class PlainCaller:
    """Says what the order has, and does nothing else."""

    def __init__(self, order: CallOrder) -> None:
        self._order = order

    def speech(self, audio: AudioFormat) -> Speech:
        """Make the source that the order asks for."""
        return speech(self._order, audio)

    def hears(self, frame: bytes) -> None:
        """Listen, and do nothing about it."""

    def reads(self, text: str) -> None:
        """Read, and do nothing about it."""

    def acts(self, at: float, call: MediaCall) -> None:
        """Do nothing."""


def speech(order: CallOrder, audio: AudioFormat) -> Speech:
    """
    Make the source that ``order`` asks for, at the rate of the call.

    Raises:
        PhoneError: if a file cannot be played.
    """
    if order.audio == "-":
        pipe = Piped(pipe_of(sys.stdin), audio)
        return Speech(pipe, "standard input", order.duration, pipe, goes_on=True)
    if order.audio is not None:
        return Speech(_loaded(order.audio, audio), Path(order.audio).name, order.duration)
    endless = DEFAULT_DURATION if order.duration is None else order.duration
    if order.tone is not None:
        return Speech(_tone(order.tone, audio), f"a tone of {order.tone:g} Hz", endless)
    if order.silence:
        return Speech(Silence(audio), "silence", endless)
    return Speech(Numbered(audio), "the built-in signal", endless)


@lru_cache(maxsize=2)
def _loaded(path: str, audio: AudioFormat) -> Pcm:
    """Read a file once: it is looked at before the call, and again when the rate is known."""
    return load(Path(path), audio)


def _tone(hz: float, audio: AudioFormat) -> Tone:
    try:
        return Tone(audio, hz)
    except ValueError as error:
        raise PhoneError(str(error)) from None


def speech_can_be_made(order: CallOrder) -> None:
    """
    Look at the audio before anybody is called.

    Raises:
        PhoneError: if it cannot be played.
    """
    if order.audio == "-":
        pipe_of(sys.stdin)
    elif order.audio is not None:
        speech(order, AudioFormat(order.rate or DEFAULT_RATE))
