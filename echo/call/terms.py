"""What is the same for all calls of a daemon."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from echo.audio.format import AudioFormat
from echo.call.app import AppMaker
from echo.call.figures import AudioFigures
from echo.call.flow import WhenSlow
from echo.call.metered import Metered
from echo.call.record import CallRecord
from echo.call.reel import Recorder
from echo.limits import Limits
from echo.log import Log


class Sending(Protocol):
    """The way out of a call."""

    def __call__(self, payload: bytes) -> None:
        """Send one binary message."""


class Meter(Protocol):
    """What measures a call; ``echo.call.meter`` has it, and says what each of these does."""

    def begin(self, audio: AudioFormat) -> None:
        """Begin anew, with another format."""

    def hearing(self, follow: Callable[[bytes], None]) -> Callable[[bytes], None]:
        """Give a way that leads to ``follow``, the app's, and hears what passes."""

    def saying(self, follow: Sending) -> Sending:
        """Give a way that leads to ``follow``, the one out, and hears what passes."""

    def metered(self) -> Metered:
        """Tell what was measured."""


def _nobody_to_ask(_record: CallRecord, _answered: Callable[[bool], object]) -> bool:
    """Ask nobody to end a call."""
    return False


@dataclass(frozen=True)
class CallTerms:
    """
    What is the same for all calls of a daemon.

    Attributes:
        when_slow: as the operator chose it, or ``None``: then an app that loses nothing pauses, others drop.
        wall_clock: seconds of the epoch, for people; everything else is timed by a clock that cannot be set.
        apps: those that a call may choose in its first text message, by their names.
        make_meter: makes what measures a call, of its format, its figures and its number; ``None`` where none is to be.
        end_call: asks the provider to end the whole call of a record, and tells later whether that was done; ``False``
            where nobody can be asked.
        recorder: records calls, where that is wanted.
    """

    limits: Limits
    audio: AudioFormat
    when_slow: WhenSlow | None
    make_app: AppMaker
    log: Log
    wall_clock: Callable[[], float]
    apps: Mapping[str, AppMaker] = field(default_factory=dict)
    make_meter: Callable[[AudioFormat, AudioFigures, int], Meter] | None = None
    end_call: Callable[[CallRecord, Callable[[bool], object]], bool] = _nobody_to_ask
    recorder: Recorder | None = None

    @property
    def policy(self) -> WhenSlow:
        """What happens when a peer is slow: what the operator chose, or what fits the app."""
        return self.policy_of(self.make_app)

    def policy_of(self, make_app: AppMaker) -> WhenSlow:
        """Tell the same for another app."""
        return self.when_slow or (WhenSlow.PAUSE if make_app.lossless else WhenSlow.DROP)
