"""The echo of a far country: a caller hears themselves, as much later as the operator says."""

from __future__ import annotations

from collections import deque
from typing import Any

from echo.call.app import Call
from echo.call.report import Ending

#: Seconds: what is due in less is due.
_TINY = 1e-6


class Delayed:
    """Returns every binary message to its sender, ``delay`` seconds after it came; in silence nothing comes back."""

    lossless = False

    def __init__(self, call: Call, delay: float, reactor: Any) -> None:
        """Answer ``call``; what waits is bounded by the delay and by the rate at which a peer may send."""
        self._call = call
        self._delay = delay
        self._reactor = reactor
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._timer: Any = None

    def audio(self, frame: bytes) -> None:
        """Keep a frame until it is due."""
        self._waiting.append((self._reactor.seconds() + self._delay, frame))
        if self._timer is None:
            self._timer = self._reactor.callLater(self._delay, self._send_due)

    def text(self, text: str) -> None:
        """Leave texts to the log."""

    def ended(self, reason: Ending) -> None:  # noqa: ARG002  it is all the same to it
        """Send nothing more."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _send_due(self) -> None:
        self._timer = None
        now = self._reactor.seconds() + _TINY
        while self._waiting and self._waiting[0][0] <= now:
            self._call.send_audio(self._waiting.popleft()[1])
        if self._waiting:
            self._timer = self._reactor.callLater(max(0.0, self._waiting[0][0] - now), self._send_due)
