"""How often something may happen: a token bucket without a clock."""

from __future__ import annotations

#: Of a token: a thousand sums of a thousandth may be a little more than one.
_TINY = 1e-6


class Budget:
    """
    A token bucket: ``rate`` events a second in the long run, ``burst`` of them at once.

    A full bucket at the start, so that the first burst is free; the caller brings the time.
    """

    __slots__ = ("_burst", "each", "full_at")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        """Start with a full bucket at ``now`` (seconds of a monotonic clock)."""
        #: Seconds in which one token comes back, and all of them do.
        self.each = 1 / rate
        self._burst = (burst + _TINY) / rate
        #: When the bucket will be full again.
        self.full_at = now

    def take(self, now: float) -> bool:
        """Take one token; ``False`` when there is none left at ``now``."""
        if self.full_at < now:
            self.full_at = now + self.each
            return True
        full_at = self.full_at + self.each
        if full_at - now > self._burst:
            return False
        self.full_at = full_at
        return True
