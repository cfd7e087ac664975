"""What is the same for all calls of a daemon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from echo.audio.format import AudioFormat
from echo.call.app import AppMaker
from echo.call.flow import WhenSlow
from echo.limits import Limits
from echo.log import Log


@dataclass(frozen=True)
class CallTerms:
    """
    What is the same for all calls of a daemon.

    Attributes:
        when_slow: as the operator chose it, or ``None``: then an app that loses nothing pauses, others drop.
        wall_clock: seconds of the epoch, for people; everything else is timed by a clock that cannot be set.
    """

    limits: Limits
    audio: AudioFormat
    when_slow: WhenSlow | None
    make_app: AppMaker
    log: Log
    wall_clock: Callable[[], float]

    @property
    def policy(self) -> WhenSlow:
        """What happens when a peer is slow: what the operator chose, or what fits the app."""
        return self.when_slow or (WhenSlow.PAUSE if self.make_app.lossless else WhenSlow.DROP)
