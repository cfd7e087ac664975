"""What answers a call, and what it may do with it: the contract between a call and its app."""

from __future__ import annotations

from typing import Protocol

from echo.audio.format import AudioFormat
from echo.call.messages import Start
from echo.call.record import CallRecord
from echo.call.report import CallReport, Ending


class Call(Protocol):
    """The call as its app sees it."""

    @property
    def number(self) -> int:
        """Counts the daemon's calls."""

    @property
    def audio(self) -> AudioFormat:
        """The format; the daemon's own until the first text message has told the call's."""

    @property
    def start(self) -> Start | None:
        """The first text message, once it came."""

    @property
    def record(self) -> CallRecord | None:
        """
        Who calls, which number, metadata, timeline of all legs.

        ``None`` until the socket's first text message has said whose it is.
        """

    @property
    def name(self) -> str:
        """What the log calls this call."""

    @property
    def has_room(self) -> bool:
        """Whether what is sent now goes out now, or has to wait or to be dropped."""

    def report(self) -> CallReport:
        """Tell how the call stands."""

    def send_audio(self, payload: bytes) -> None:
        """Send one binary message: 16-bit little-endian mono PCM, 20 ms at the call's rate."""

    def send_text(self, text: str) -> None:
        """Send one text message; texts and audio arrive in the order they were sent in."""

    def forget_audio(self) -> None:
        """Give up the audio that still waits here; texts stay in line."""

    def hold(self) -> None:
        """Stop reading from the peer until :meth:`release`; keys and pings wait as well."""

    def release(self) -> None:
        """Read from the peer again."""

    def begin_recording(self) -> bool:
        """Record from now on; nothing changes where it is recorded already. False where calls are not recorded."""

    def end_recording(self) -> None:
        """Record no more."""

    def close(self, code: int, reason: str, limit: str = "") -> None:
        """End the call with a Close frame."""

    def hang_up(self, code: int, reason: str) -> None:
        """End the whole call, and not just this socket of it."""

    def failed(self, what: str) -> None:
        """End the call after an exception in ``what``, which is being handled."""


class App(Protocol):
    """What answers a call. One object per call; an exception ends that call and no other."""

    def audio(self, frame: bytes) -> None:
        """Take one binary message as it came."""

    def text(self, text: str) -> None:
        """Take one text message as it came."""

    def ended(self, reason: Ending) -> None:
        """Let go of everything: the call is over."""


class NoApp:
    """What answers a call whose app could not be made: nothing, until the call is closed."""

    def audio(self, frame: bytes) -> None:
        """Return nothing."""

    def text(self, text: str) -> None:
        """Return nothing."""

    def ended(self, reason: Ending) -> None:
        """Hold nothing."""


class AppMaker(Protocol):
    """
    Makes the app of a call, once, when its socket is open; usually the app's class.

    One that is ``lossless`` loses nothing: where a slow peer would cost it the oldest audio, the call stops reading
    from that peer instead.
    """

    @property
    def lossless(self) -> bool:
        """Whether the app loses nothing."""

    def __call__(self, call: Call) -> App:
        """Make the app that answers ``call``."""
