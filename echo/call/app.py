"""What answers a call, and what it may do with it: the contract between a call and its app."""

from __future__ import annotations

from typing import Protocol

from echo.call.record import CallRecord


class Call(Protocol):
    """
    The call as its app sees it.

    Attributes:
        record: who calls, which number, metadata, timeline of all legs; ``None`` until the socket's first text message
            has said whose it is.
    """

    record: CallRecord | None

    def send_audio(self, payload: bytes) -> None:
        """Send one binary message: 16-bit little-endian mono PCM, 20 ms at the call's rate."""

    def send_text(self, text: str) -> None:
        """Send one text message; texts and audio arrive in the order they were sent in."""


class App(Protocol):
    """What answers a call. One object per call; an exception ends that call and no other."""

    def audio(self, frame: bytes) -> None:
        """Take one binary message as it came."""

    def text(self, text: str) -> None:
        """Take one text message as it came."""

    def ended(self) -> None:
        """Let go of everything: the call is over."""


class NoApp:
    """What answers a call whose app could not be made: nothing, until the call is closed."""

    def audio(self, frame: bytes) -> None:
        """Return nothing."""

    def text(self, text: str) -> None:
        """Return nothing."""

    def ended(self) -> None:
        """Hold nothing."""


class AppMaker(Protocol):
    """
    Makes the app of a call, once, when its socket is open; usually the app's class.

    Attributes:
        lossless: the app loses nothing: where a slow peer would cost it the oldest audio, the call stops
            reading from that peer instead.
    """

    lossless: bool

    def __call__(self, call: Call) -> App:
        """Make the app that answers ``call``."""
