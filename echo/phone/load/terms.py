"""What a load is: the part of the order that its report repeats, with what was decided besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Terms:
    """
    What was asked for.

    Attributes:
        url: what was called.
        calls: how many calls there were to be.
        rate: how many of them begin in a second.
        poisson: whether they begin at random.
        seed: what the random times began from; ``None`` where they were not random.
        lasts: how long a call talks, and listens on, in seconds; the former ``None`` as long as its audio lasts.
        talked: what the callers say.
        max_failed: how many calls may fail.
        echo: whether every frame must come back.
        limits: the largest values that pass, by name; times in milliseconds.
    """

    url: str
    calls: int
    rate: float
    poisson: bool = False
    seed: int | None = None
    lasts: tuple[float | None, float] = (None, 0.0)
    talked: str = ""
    max_failed: int = 0
    echo: bool = False
    limits: Mapping[str, float] = field(default_factory=dict)

    @property
    def seconds(self) -> float | None:
        """How long the load takes, about, until the last caller has listened on; ``None`` if nobody knows."""
        talks, tail = self.lasts
        return None if talks is None else (self.calls - 1) / self.rate + talks + tail
