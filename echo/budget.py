"""How often something may happen: a token bucket without a clock."""

from __future__ import annotations


class Budget:
    """
    A token bucket: ``rate`` events a second in the long run, ``burst`` of them at once.

    A full bucket at the start, so that the first burst is free; the caller brings the time.
    """

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        """Start with a full bucket at ``now`` (seconds of a monotonic clock)."""
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._at = now

    def take(self, now: float) -> bool:
        """Take one token; ``False`` when there is none left at ``now``."""
        tokens = self._tokens + (now - self._at) * self._rate
        self._at = now
        tokens = min(tokens, self._burst)
        if tokens < 1:
            self._tokens = tokens
            return False
        self._tokens = tokens - 1
        return True
