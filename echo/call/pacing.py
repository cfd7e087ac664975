"""
When audio that is at hand leaves: early enough that the far end never runs empty, and not much earlier.

The far end plays a frame every 20 ms from the moment at which the first one comes, and holds what comes sooner:
3072 messages of it (Vonage, "Voice API: WebSockets"). What it holds has to be played or thrown away before anything
else is heard, so only a few hundred milliseconds are sent ahead. Timers run late and never early, so nothing here
counts them: each time, what has become due by then leaves, and a late timer is made up for by the next one.
"""

from __future__ import annotations

import math

from echo.audio.format import FRAME_MS

FRAME_SECONDS = FRAME_MS / 1000

#: The most that the far end holds, in seconds: 61.44.
FAR_END_SECONDS = 3072 * FRAME_SECONDS

#: Seconds of audio that leave together: a timer for each frame would cost five times as much.
BATCH_SECONDS = 0.1

#: Of a frame: sums of 0.02 fall short of what they should be.
_TINY = 1e-6


class Pace:
    """
    The far end's clock, as far as it can be known from here: it plays from the moment at which a frame has left.

    Times are seconds of one monotonic clock.
    """

    __slots__ = ("_began", "_frames", "_lead")

    def __init__(self, lead: float) -> None:
        """Run ``lead`` seconds ahead of what the far end plays, and less than it can hold."""
        self._lead = min(lead, FAR_END_SECONDS - BATCH_SECONDS)
        self._began = -math.inf
        self._frames = 0

    @property
    def ends_at(self) -> float:
        """When the far end will have played everything that has left; minus infinity if there was nothing."""
        return self._began + self._frames * FRAME_SECONDS

    def ahead(self, now: float) -> float:
        """Tell for how many seconds the far end has something to play."""
        return max(0.0, self.ends_at - now)

    def due(self, now: float, lead: float | None = None) -> int:
        """Tell how many frames may leave now; ``lead`` holds for these alone."""
        lead = self._lead if lead is None else lead
        return max(0, math.ceil((lead - self.ahead(now)) / FRAME_SECONDS - _TINY))

    def left(self, count: int, now: float) -> None:
        """Take note that ``count`` frames have left; where the far end has run empty, it begins anew with them."""
        if self.ends_at < now:
            self._began, self._frames = now, 0
        self._frames += count

    def next_batch(self) -> float:
        """Tell when so many frames will be due that it is worth a timer."""
        return self.ends_at - max(0.0, self._lead - BATCH_SECONDS)

    def cleared(self) -> None:
        """Take note that the far end has thrown away what it had."""
        self._began, self._frames = -math.inf, 0
