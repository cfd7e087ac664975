"""What a call is to be: what the caller says, for how long, and how the provider's side behaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from echo.audio.format import FRAME_MS, AudioFormat
from echo.audio.signal import Frames
from echo.phone.line.manner import Manner
from echo.phone.line.texts import TextStyle
from echo.phone.order import DEFAULT_TAIL


@dataclass(frozen=True)
class CallPlan:
    """
    One call to be made. Times are seconds since the socket was opened.

    Attributes:
        audio: rate and frame size.
        source: what the caller says.
        duration: how long the caller says it; ``None`` for as long as the source lasts. A source that ends
            earlier is followed by silence.
        tail: how long the phone listens on after its last frame.
        longest: when the call is ended whatever is left to say; ``None`` for never.
        keys: when which key is pressed, in order of time.
        mutes: spans in which the caller is muted; silence is sent.
        hangup: ``abrupt`` (no Close frame, as the provider does) or ``close``.
        style: how texts are written.
        manner: how the provider's side behaves.
        first_text: the first message of the call, already written.
        awaits_echo: what is said is to be heard: the call listens on while it goes on coming back.
    """

    audio: AudioFormat
    source: Frames
    duration: float | None
    tail: float = DEFAULT_TAIL
    longest: float | None = None
    keys: tuple[tuple[float, str], ...] = ()
    mutes: tuple[tuple[float, float], ...] = ()
    hangup: str = "abrupt"
    style: TextStyle = field(default_factory=TextStyle)
    manner: Manner = field(default_factory=Manner)
    first_text: str = ""
    awaits_echo: bool = False

    def frames(self) -> Iterator[bytes]:
        """Give the frames of the call in order, muted ones and the silence behind a short source included."""
        silence = bytes(self.audio.frame_bytes)
        said, ended = self.source.frame, False
        for index in count() if self.duration is None else range(_frames_in(self.duration)):
            frame = None if ended else said(index)
            ended = frame is None
            if frame is None and self.duration is None:
                return
            yield silence if frame is None or (self.mutes and self.muted(index)) else frame

    def muted(self, index: int) -> bool:
        """Tell whether the caller is muted at frame ``index``."""
        at = index * FRAME_MS / 1000
        return any(start <= at < end for start, end in self.mutes)


def _frames_in(seconds: float) -> int:
    """Count the frames that begin within so much time."""
    return -(-round(seconds * 1000) // FRAME_MS)


def limit_is_over(longest: float) -> str:
    """Say why a call ends that has reached the ``limit`` of its ``connect``."""
    return f"the limit of {longest:g} s in the NCCO is over"
