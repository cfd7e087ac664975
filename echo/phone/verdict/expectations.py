"""What a call has to fulfil beyond the provider's rules."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

#: What may be expected to be heard.
HEARD: Final = ("echo", "silence", "speech")

#: Limits in milliseconds.
TIMES: Final = (
    "max_p50",
    "max_p95",
    "max_p99",
    "max_round_trip",
    "max_jitter",
    "max_gap",
    "max_first_audio",
    "max_upgrade",
    "max_ncco",
)

#: Limits that are counted.
COUNTS: Final = ("max_underruns", "max_lost")


@dataclass(frozen=True)
class Expectations:
    """
    What passes.

    Attributes:
        hear: ``echo``, ``silence`` or ``speech``; ``None`` to describe what is heard and judge nothing of it.
        limits: by name: milliseconds for those of ``TIMES``, a number for those of ``COUNTS``.

    Raises:
        ValueError: for an expectation or a limit that does not exist.
    """

    hear: str | None = None
    limits: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what no check would look at: it would pass unseen."""
        if self.hear is not None and self.hear not in HEARD:
            raise ValueError(f"expectation {self.hear!r}: one of {', '.join(HEARD)} is required")
        for name, limit in self.limits.items():
            if name not in TIMES + COUNTS:
                raise ValueError(f"limit {name!r}: one of {', '.join(TIMES + COUNTS)} is required")
            if not (math.isfinite(limit) and limit >= 0):
                raise ValueError(f"limit {name}={limit}: a number from 0 up is required")
