"""
What a call must not wait for any longer, and when that is.

A call has one alarm, for whatever is due first. Nothing here is touched by a frame: when the peer was last heard is the
session's, which brings it along.
"""

from __future__ import annotations

from dataclasses import dataclass

from echo.call.state import State
from echo.limits import Limits


@dataclass(frozen=True)
class Overdue:
    """
    What has not come in time.

    Attributes:
        reason: one sentence.
        limit: the name of the limit that says so.
        polite: whether a Close frame can tell the peer: it cannot where the peer does not read, or is not there.
    """

    reason: str
    limit: str
    polite: bool = False


class Timers:
    """
    Since when a call waits for what; all in seconds of its clock.

    Attributes:
        opened_at: when it began.
        pinged_at: when it last sent a ping; at first, when it began.
        stuck_since: since when the transport takes nothing more, while that is so.
        closed_at: when it was given up.
    """

    __slots__ = ("_limits", "closed_at", "opened_at", "pinged_at", "stuck_since")

    def __init__(self, limits: Limits, now: float) -> None:
        """Begin with the call."""
        self._limits = limits
        self.opened_at = self.pinged_at = self.closed_at = now
        self.stuck_since: float | None = None

    def next_deadline(self, state: State, heard_at: float) -> float:
        """Tell when something is due, if the call stays in ``state`` and nothing is heard after ``heard_at``."""
        limits = self._limits
        if state is State.CLOSING:
            return self.closed_at + limits.close_timeout
        if state is State.OPENED:
            soonest = self.opened_at + limits.first_message_timeout
        else:
            soonest = min(heard_at + limits.idle_timeout, self.pinged_at + limits.ping_interval)
        if self.stuck_since is not None:
            soonest = min(soonest, self.stuck_since + limits.stuck_timeout)
        return soonest

    def is_closed_too_long(self, now: float) -> bool:
        """Tell whether a call that was given up has had its time to end."""
        return now >= self.closed_at + self._limits.close_timeout

    def overdue(self, state: State, heard_at: float, now: float) -> Overdue | None:
        """Say what a call that is on should have had from its peer by ``now``; ``None`` where it has all of it."""
        limits = self._limits
        if self.stuck_since is not None and now >= self.stuck_since + limits.stuck_timeout:
            return Overdue(f"stuck: did not take what waited for {limits.stuck_timeout} s", "stuck_timeout")
        if state is State.OPENED:
            if now < self.opened_at + limits.first_message_timeout:
                return None
            said = f"no message in the first {limits.first_message_timeout} s"
            return Overdue(said, "first_message_timeout", polite=True)
        if now >= heard_at + limits.idle_timeout:
            return Overdue(f"nothing heard for {limits.idle_timeout} s, not even a pong", "idle_timeout")
        return None

    def wants_ping(self, now: float) -> bool:
        """Tell whether it is time to ask the peer whether it is there; whoever asks sets ``pinged_at``."""
        return now >= self.pinged_at + self._limits.ping_interval
