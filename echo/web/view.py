"""What the operator is shown, and where it comes from; the pages of ``echo.web.operator`` are made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from twisted.internet.interfaces import IReactorTime

from echo.registry import Registry


class Readiness(Enum):
    """Whether a new call would be taken, and if not, why."""

    READY = "ready"
    DRAINING = "draining"
    FULL = "full"


@dataclass(frozen=True)
class ProcessFigures:
    """
    What the system says of this process; ``None`` for what it does not say.

    Attributes:
        cpu_seconds: user and system, of all threads.
        started_at: seconds of the epoch.
        resident_bytes: memory.
        descriptors: that are open.
        most_descriptors: that may be.
    """

    cpu_seconds: float
    started_at: float
    resident_bytes: int | None = None
    descriptors: int | None = None
    most_descriptors: int | None = None


@dataclass(frozen=True)
class View:
    """
    Where the pages of the operator look.

    Attributes:
        registry: the calls.
        refusals: how many were refused, by the name of the limit; names are ours, never a peer's.
        readiness: whether calls are taken.
        lag: seconds that the reactor's timers are late.
        worst_lag: the same at its worst, in the last minute or two.
        process: looks what the system says of this process.
        patience: seconds in which a peer must have read an answer.
        reactor: keeps the calls' time.
    """

    registry: Registry
    refusals: Mapping[str, int]
    readiness: Callable[[], Readiness]
    lag: Callable[[], float]
    worst_lag: Callable[[], float]
    process: Callable[[], ProcessFigures]
    patience: Callable[[], float]
    reactor: IReactorTime
