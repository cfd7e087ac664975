"""Tests of echo.phone.load.wheel: one clock for all calls, which does not drift."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from echo.phone.load.wheel import PLACES, Wheel


class Sitter:
    """Notes its turns."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.turns: list[float] = []

    def turn(self) -> None:
        """Note the time."""
        self.turns.append(self._clock.seconds())


class Leaver(Sitter):
    """Leaves at its first turn, and takes another one along."""

    def __init__(self, clock: Clock, wheel: Wheel, other: tuple[Sitter, int], place: int) -> None:
        super().__init__(clock)
        self._wheel, self._other, self._place = wheel, other, place

    def turn(self) -> None:
        """Leave."""
        super().turn()
        self._wheel.leave(self, self._place)
        self._wheel.leave(*self._other)


def advance(clock: Clock, seconds: float, step: float = 0.0005) -> None:
    """Let time pass in small steps."""
    for _ in range(round(seconds / step)):
        clock.advance(step)


def started() -> tuple[Clock, Wheel]:
    """A wheel that began at second 100."""
    clock = Clock()
    clock.advance(100)
    return clock, Wheel(clock)


@pytest.mark.parametrize("place", [0, 1, 7, 19])
def test_a_turn_comes_every_20_ms(place: int) -> None:
    """Each place has its turn once in 20 ms, first when it was said that it would."""
    clock, wheel = started()
    sitter = Sitter(clock)
    first = wheel.join(sitter, place)
    advance(clock, 0.1)
    expected = [first + 0.02 * turn for turn in range(5)]
    assert sitter.turns == pytest.approx(expected, abs=0.0006)
    assert 0 < first - 100 <= 0.02 + 1e-9
    assert round((first - 100) * 1000) % PLACES == place


def test_the_wheel_does_not_drift() -> None:
    """A minute later a turn is as much on time as the first one."""
    clock, wheel = started()
    sitter = Sitter(clock)
    first = wheel.join(sitter, 3)
    advance(clock, 60, 0.001)
    assert len(sitter.turns) == 3000
    assert sitter.turns[-1] == pytest.approx(first + 2999 * 0.02, abs=0.0011)


def test_places_have_their_turns_in_order() -> None:
    """Three calls at three places talk one after the other, 20 ms for all of them."""
    clock, wheel = started()
    sitters = {place: Sitter(clock) for place in (2, 11, 17)}
    for place, sitter in sitters.items():
        wheel.join(sitter, place)
    advance(clock, 0.0201)
    assert [sitter.turns for sitter in sitters.values()] == [
        [pytest.approx(100 + place / 1000, abs=0.0006)] for place in sitters
    ]


def test_who_joins_late_waits_for_the_next_round() -> None:
    """A place that was served a moment ago is not served again before its time."""
    clock, wheel = started()
    other = Sitter(clock)
    wheel.join(other, 5)
    advance(clock, 0.0075)
    sitter = Sitter(clock)
    first = wheel.join(sitter, 6)
    advance(clock, 0.0195)
    assert sitter.turns == [pytest.approx(first, abs=0.0006)]
    assert first == pytest.approx(100.026)


def test_after_a_delay_each_place_has_one_turn() -> None:
    """A process that stood still for a second serves everybody once; they catch up by themselves."""
    clock, wheel = started()
    sitters = [Sitter(clock) for _ in range(PLACES)]
    for place, sitter in enumerate(sitters):
        wheel.join(sitter, place)
    clock.advance(1.0)
    assert [len(sitter.turns) for sitter in sitters] == [1] * PLACES
    advance(clock, 0.02)
    assert [len(sitter.turns) for sitter in sitters] == [2] * PLACES


def test_an_empty_wheel_stands_still() -> None:
    """No timer is left when the last one has left; leaving twice does nothing; the next one starts it again."""
    clock, wheel = started()
    sitter = Sitter(clock)
    wheel.join(sitter, 4)
    wheel.leave(sitter, 4)
    wheel.leave(sitter, 4)
    assert clock.getDelayedCalls() == []
    clock.advance(5)
    first = wheel.join(sitter, 4)
    advance(clock, 0.02)
    assert sitter.turns == [pytest.approx(first, abs=0.0006)]
    assert 105 < first <= 105.0201


def test_one_may_leave_in_its_turn() -> None:
    """A call that ends in its turn has no further one, and nor has one whose place comes next."""
    clock, wheel = started()
    other = Sitter(clock)
    leaver = Leaver(clock, wheel, (other, 9), 8)
    wheel.join(leaver, 8)
    wheel.join(other, 9)
    clock.advance(0.015)
    advance(clock, 0.04)
    assert len(leaver.turns) == 1
    assert other.turns == []
    assert clock.getDelayedCalls() == []


def test_one_who_fails_does_not_stop_the_wheel() -> None:
    """The error is seen where the clock runs, and the next place has its turn."""

    class Failing(Sitter):
        """Fails in its turn."""

        def turn(self) -> None:
            """Fail."""
            raise ZeroDivisionError

    clock, wheel = started()
    failing, other = Failing(clock), Sitter(clock)
    wheel.join(failing, 3)
    wheel.join(other, 4)
    with pytest.raises(ZeroDivisionError):
        advance(clock, 0.0032)
    advance(clock, 0.0015)
    assert len(other.turns) == 1
