"""What a soak is: how many calls come and go for how long, and which hostile ones come between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

#: Seconds that a call lasts; at a call a second so many are on at a time.
LASTS = 100

#: Of a hundred calls so many are hostile.
HOSTILE_PERCENT = 1


@dataclass(frozen=True)
class Plan:
    """
    One soak.

    Attributes:
        minutes: from the first call's beginning to that of the last one.
        lasts: seconds that a call lasts.
        rate: calls that begin in a second.
        seed: of whatever is drawn.
    """

    minutes: float
    lasts: float = LASTS
    rate: float = 1.0
    seed: int = 1

    @property
    def calls(self) -> int:
        """How many innocent calls there are."""
        return max(1, round(60 * self.minutes * self.rate))

    @property
    def warm_up(self) -> float:
        """Seconds until twice as many calls have come as are on at a time: what is made once is made by then."""
        return 2 * self.lasts


@dataclass(frozen=True)
class Hostile:
    """An attack: its name, and when it begins, in seconds from the first call's beginning."""

    at: float
    name: str


def hostiles(plan: Plan, names: Sequence[str]) -> list[Hostile]:
    """
    Draw the hostile calls: as many as are due, at moments of their own, each attack once before any comes again.

    Args:
        plan: the soak.
        names: the attacks that there are.
    """
    random = Random(plan.seed)  # noqa: S311  no secret
    count = max(1, round(plan.calls * HOSTILE_PERCENT / 100))
    drawn: list[str] = []
    while len(drawn) < count:
        drawn += random.sample(list(names), len(names))
    moments = sorted(random.uniform(0, 60 * plan.minutes) for _ in range(count))
    return [Hostile(at, name) for at, name in zip(moments, drawn, strict=False)]
