"""
Our pings to peers, and how long their pongs took.

Each ping carries a payload of its own, so a pong says which ping it answers. RFC 6455 section 5.5.3 lets a peer answer
only the newest of several, and send pongs that nobody asked for: those say nothing about the way to it and back.
"""

from __future__ import annotations

from bisect import bisect_left

#: Pings that may be under way at once. A peer that sends audio may leave all of them unanswered for hours.
MOST_UNDER_WAY = 8

#: Seconds: the upper bounds of what round trips are sorted into. A network in the same city, the same continent, the
#: next one; then what is no network any more, but a peer or a proxy that does not read.
BOUNDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Pings:
    """
    The pings of one call.

    Attributes:
        latest: seconds from the newest ping that was answered to its pong; ``None`` before there is one.
    """

    __slots__ = ("_under_way", "latest")

    def __init__(self) -> None:
        """Begin with no ping under way."""
        self.latest: float | None = None
        #: When each went out, by its payload; the oldest first.
        self._under_way: dict[bytes, float] = {}

    def begin(self, payload: bytes, now: float) -> None:
        """Note that a ping with this payload goes out."""
        self._under_way[payload] = now
        if len(self._under_way) > MOST_UNDER_WAY:
            del self._under_way[next(iter(self._under_way))]

    def end(self, payload: bytes, now: float) -> float | None:
        """Take a pong; returns the seconds that its ping was under way, or ``None`` where it answers none."""
        began = self._under_way.get(payload)
        if began is None:
            return None
        for older in list(self._under_way):  # the peer passed over them and will not answer them any more
            del self._under_way[older]
            if older == payload:
                break
        self.latest = now - began
        return self.latest


class RoundTrips:
    """
    The round trips of the pings of all calls, sorted by how long they took.

    Attributes:
        counts: how many took at most each of :data:`BOUNDS` and longer than the one before; the last is of those
            beyond all.
        seconds: their sum.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.counts = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds
