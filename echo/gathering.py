"""
When the poll set of many calls is looked at again: how much time is given away so that one look serves several of them.

A look costs about as much as four frames, whatever it finds: a process that slept has to be woken, and finds its
processor's caches cold. So frames are let come together, as network cards do, and who pays is the round trip:

* While there is time to spare, a look waits for :data:`FRAMES` frames at a phone's pace: the round trip stays at two
  tenths of a millisecond, and each frame costs less than if it had been answered alone.
* The more of its core the process has for the calls, the longer they wait, up to :data:`LONGEST`: for :data:`SHARE`
  of the time that looks have taken lately. So a thousand calls are as cheap as they can be made.
* Where a look finds many, there is more to come: no time to wait.

What that brings is in docs/performance.rst.
"""

from __future__ import annotations

from typing import Final

#: Frames that a look waits for while there is time to spare.
FRAMES: Final = 2

#: Seconds between two frames of a call, whatever its rate.
_PACE: Final = 0.02

#: Seconds from one look to the next, at least and at most. A sleep is late by most of a tenth of a millisecond anyway.
SHORTEST: Final = 0.0001
LONGEST: Final = 0.001

#: The time that is waited, for the time that looks take: with less, waking up takes more than the frames; with more, a
#: round trip is longer than it has to be.
SHARE: Final = 0.7

#: Where one in so many calls is ready, there is more to come.
_FULL: Final = 4

#: How fast the time that looks take is forgotten: one that was held up says nothing of the next.
_NEW: Final = 1 / 32


class Gathering:
    """
    The time of the next look.

    Attributes:
        until: the next look is not to be before this, in seconds of the clock of :meth:`looked`.
    """

    __slots__ = ("_taken", "until")

    def __init__(self) -> None:
        """Begin with a look at once."""
        self.until = 0.0
        self._taken = 0.0

    def looked(self, began: float, ended: float, ready: int, calls: int) -> None:
        """
        Learn from a look.

        Args:
            began: when, in seconds of a monotonic clock.
            ended: when all calls that it found were served.
            ready: how many those were; as many as there are, if more is to be done at once.
            calls: how many there are, at least one.
        """
        self._taken += (ended - began - self._taken) * _NEW
        self.until = began
        if ready * _FULL < calls:
            self.until += min(LONGEST, max(SHORTEST, FRAMES * _PACE / calls, (1 + SHARE) * self._taken))
