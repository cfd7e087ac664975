"""What goes on when a socket of a call is over: what the next one begins with, how long the silence was, and a line."""

from __future__ import annotations

from dataclasses import dataclass

from echo.audio.format import FRAME_MS
from echo.phone.caller import Speech
from echo.phone.line.call import MediaCall
from echo.phone.verdict.facts import Ended, Facts, Reconnect


@dataclass(frozen=True)
class Before:
    """
    What went before on the sockets whose place the next one may take.

    Attributes:
        frames: that were said.
        spoken: what was being said.
        lost: the last of them, if the application lost it.
    """

    frames: int = 0
    spoken: Speech | None = None
    lost: Facts | None = None

    @property
    def seconds(self) -> float:
        """Tell how long these frames are."""
        return self.frames * FRAME_MS / 1000


NOTHING = Before()


def reconnect(lost: Facts, call: MediaCall) -> Reconnect:
    """Tell how long a caller heard nothing between a socket that was lost and the one in its place."""
    after = 0.0 if lost.ended is None else lost.ended.at
    since = after + (0.0 if lost.hearing is None else lost.hearing.began)
    heard = call.hearing.arrivals.first_at
    if heard is None:
        heard = call.began + (0.0 if call.ended is None else call.ended.at)
    return Reconnect(after, heard - since)


def told_of(ended: Ended) -> str:
    """Tell in a line how a socket ended, and who ended it."""
    code = "without a Close frame" if ended.code is None else f"with close code {ended.code}"
    who = {
        "api": "the application ended the socket",
        "caller": "the caller hung up",
        "application": "the application ended the call",
    }
    said = who.get(ended.by, f"the {ended.by} ended the call")
    reason = f": {ended.reason}" if ended.reason else ""
    return f"{said} {code} after {ended.at:.1f} s{reason}"
