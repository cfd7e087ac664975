"""What is the same for all calls of a daemon."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

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
        apps: those that a call may choose in its first text message, by their names.
    """

    limits: Limits
    audio: AudioFormat
    when_slow: WhenSlow | None
    make_app: AppMaker
    log: Log
    wall_clock: Callable[[], float]
    apps: Mapping[str, AppMaker] = field(default_factory=dict)

    @property
    def policy(self) -> WhenSlow:
        """What happens when a peer is slow: what the operator chose, or what fits the app."""
        return self.policy_of(self.make_app)

    def policy_of(self, make_app: AppMaker) -> WhenSlow:
        """Tell the same for another app."""
        return self.when_slow or (WhenSlow.PAUSE if make_app.lossless else WhenSlow.DROP)
