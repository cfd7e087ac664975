"""Whether we are well, for load balancers and for people."""

from __future__ import annotations

from collections.abc import Callable

from twisted.web.server import Request

from echo import __version__
from echo.registry import Registry
from echo.web.answers import Page, answer_json


class HealthPage(Page):
    """``/health``: version, uptime in seconds, calls now and ever."""

    def __init__(
        self, registry: Registry, clock: Callable[[], float], is_open: Callable[[], bool], started_at: float
    ) -> None:
        """Count the uptime from ``started_at``, by ``clock``; ``is_open`` tells whether calls are taken."""
        super().__init__()
        self._is_open = is_open
        self._registry = registry
        self._clock = clock
        self._started_at = started_at

    def answer(self, request: Request) -> bytes:
        """Answer with the figures."""
        return answer_json(
            request,
            {
                "status": "ok" if self._is_open() else "stopping",
                "version": __version__,
                "uptime": round(self._clock() - self._started_at, 3),
                "calls_now": len(self._registry.live),
                "calls_ever": self._registry.ever,
            },
        )
