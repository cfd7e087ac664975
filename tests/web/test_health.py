"""Tests of echo.web.health."""

from __future__ import annotations

from echo import __version__
from tests.face import Face


def test_a_stop_shows() -> None:
    """Whoever looks while the daemon stops is told so."""
    face = Face()
    face.is_open = False

    assert face.ask("/health").json()["status"] == "stopping"


def test_health_tells_version_uptime_and_calls() -> None:
    """The figures are those of the registry and of the clock since the start."""
    face = Face()
    face.call()
    wire, _ = face.call()
    wire.lose()
    face.clock.advance(2.5)

    assert face.ask("/health").json() == {
        "status": "ok",
        "version": __version__,
        "uptime": 2.5,
        "calls_now": 1,
        "calls_ever": 2,
    }
