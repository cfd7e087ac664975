"""
What all calls together have counted: sums of those that have ended, and, when somebody asks, of those that are on too.

Nothing is added up while calls talk: a frame costs no more for being counted here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from echo.call.report import ENDED_BY
from echo.call.session import CallSession


@dataclass(slots=True)
class Totals:
    """
    Sums over calls.

    Attributes:
        frames_in: binary messages that came.
        frames_out: binary messages that were handed to the connection.
        dropped: binary messages that were given up.
        wrong_sized: those that came with another size than 20 ms has.
        queued: seconds of audio that wait; of calls that are on, since one that has ended holds none.
        ended: how many calls ended, by who ended them.
    """

    frames_in: int = 0
    frames_out: int = 0
    dropped: int = 0
    wrong_sized: int = 0
    queued: float = 0.0
    ended: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ENDED_BY, 0))

    def add(self, call: CallSession) -> None:
        """Add what one call has counted so far."""
        figures, flow = call.figures, call.flow
        self.frames_in += figures.frames_in
        self.frames_out += figures.frames_out
        self.wrong_sized += figures.wrong_sized
        self.dropped += flow.dropped
        if flow.audio_waiting:
            self.queued += flow.audio_waiting / call.audio.bytes_per_second

    def add_ended(self, call: CallSession) -> None:
        """Add a call that has ended, and who ended it."""
        self.add(call)
        if call.ending is not None:
            self.ended[call.ending.by] += 1

    def with_live(self, calls: Iterable[CallSession]) -> Self:
        """Give these sums and, added to them, those of ``calls``."""
        sums = replace(self, ended=dict(self.ended))
        for call in calls:
            sums.add(call)
        return sums
