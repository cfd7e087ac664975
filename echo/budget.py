"""How often something may happen: token buckets without a clock."""

from __future__ import annotations

from collections import OrderedDict

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

    def spend(self, amount: int, now: float) -> bool:
        """Take ``amount`` tokens; none of them, and ``False``, when there are fewer at ``now``."""
        full_at = max(self.full_at, now) + self.each * amount
        if full_at - now > self._burst:
            return False
        self.full_at = full_at
        return True


class Budgets:
    """
    A token bucket for each of many names, of which the last ``most`` are remembered.

    A name is remembered by one number, the time at which its bucket will be full again. Where there are more names
    than places, the one that has not been seen for longest is forgotten, and begins with a full bucket should it come
    back. So strangers can make the table forget, but neither make it grow nor make it take one name for another.
    """

    __slots__ = ("_burst", "_each", "_full_at", "_most")

    def __init__(self, rate: float, burst: float, most: int) -> None:
        """Remember ``most`` names; each may do ``rate`` things a second and ``burst`` at once."""
        self._each = 1 / rate
        self._burst = (burst + _TINY) / rate
        self._most = most
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        """Tell how many names are remembered."""
        return len(self._full_at)

    def take(self, name: str, now: float) -> float:
        """Take one token from the bucket of ``name``; returns 0, or the seconds until it has one again."""
        full_at = max(self._full_at.pop(name, now), now)
        wait = full_at + self._each - now - self._burst
        if wait > 0:
            self._full_at[name] = full_at
            return wait
        self._full_at[name] = full_at + self._each
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return 0.0
