"""
One clock for all calls: a wheel that turns once in 20 ms and has a place for each millisecond of them.

A timer for each frame of each call would cost more than the frames. The wheel has one timer, for the next place
where somebody sits; places are counted from its beginning, so it does not drift.
"""

from __future__ import annotations

from typing import Final, Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from echo.audio.format import FRAME_MS

#: Places; the timers of epoll have no finer grain than these.
PLACES: Final = FRAME_MS

_PLACE: Final = FRAME_MS / 1000 / PLACES

#: What is due in less than this is due: sums of 0.001 fall short of what they should be.
_TINY: Final = 1e-6


class Turns(Protocol):
    """Who sits on the wheel."""

    def turn(self) -> None:
        """Do what is due; every 20 ms. After a delay there may be less turns than places were passed."""
        ...


class Wheel:
    """The clock of a load."""

    def __init__(self, reactor: IReactorTime) -> None:
        """Begin to count now; the wheel stands still while nobody sits on it."""
        self._reactor = reactor
        self._began = reactor.seconds()
        self._places: list[dict[Turns, None]] = [{} for _ in range(PLACES)]
        #: The next place that has not had its turn, counted from the beginning.
        self._next = 0
        self._sitting = 0
        self._timer: IDelayedCall | None = None

    def join(self, who: Turns, place: int) -> float:
        """
        Take a place.

        Returns:
            When its first turn is due; the others follow at 20 ms each.
        """
        current = self._current()
        self._skip_empty(current)
        self._places[place][who] = None
        self._sitting += 1
        self._wind()
        first = max(self._next, current + 1)
        return self._time(first + (place - first) % PLACES)

    def leave(self, who: Turns, place: int) -> None:
        """Leave a place; without effect if it was left before."""
        if who in self._places[place]:
            del self._places[place][who]
            self._sitting -= 1
        if not self._sitting and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _skip_empty(self, current: int) -> None:
        """Pass the places up to ``current`` where nobody sat: who joins now was not due there."""
        if not self._sitting:
            self._next = current + 1
        while self._next <= current and not self._places[self._next % PLACES]:
            self._next += 1

    def _current(self) -> int:
        return int((self._reactor.seconds() - self._began + _TINY) / _PLACE)

    def _time(self, place: int) -> float:
        return self._began + place * _PLACE

    def _wind(self) -> None:
        """Set the timer for the next place where somebody sits; one that was missed is due at once."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for place in range(self._next, self._next + PLACES):
            if self._places[place % PLACES]:
                wait = self._time(place) - self._reactor.seconds()
                self._timer = self._reactor.callLater(max(0.0, wait), self._turn)
                return

    def _turn(self) -> None:
        """Serve the places that are due, each once: who was late catches up by itself."""
        self._timer = None
        self._next = max(self._next, self._current() - PLACES + 1)
        last = self._next + PLACES
        try:
            while self._next <= self._current() and self._next < last:
                place = self._next
                self._next += 1
                for who in tuple(self._places[place % PLACES]):
                    who.turn()
        finally:
            self._wind()
