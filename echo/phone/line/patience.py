"""How long a caller who expects an echo listens on: an echo that comes late is late, and not lost."""

from __future__ import annotations

from typing import Final

from echo.phone.listening.echoes import Echoes

#: Beyond the tail, an echo that goes on coming is waited for until nothing new has come for so many seconds.
QUIET: Final = 2.0

#: And no longer than this beyond the tail, in seconds.
LONGEST: Final = 10.0


class Patience:
    """Waits for what of an echo is still to come when the call would be over."""

    def __init__(self) -> None:
        self._matched = -1
        self._new_at = 0.0

    def lasts(self, echoes: Echoes, now: float, over_at: float) -> bool:
        """
        Tell whether to listen on; asked every 20 ms from ``over_at`` on.

        Args:
            echoes: what came back so far.
            now: the time in seconds.
            over_at: when the call would be over if nobody waited.
        """
        if echoes.matched != self._matched:
            self._matched, self._new_at = echoes.matched, now
        is_alive = now - self._new_at < QUIET and now - over_at < LONGEST
        return is_alive and echoes.outstanding > 0
