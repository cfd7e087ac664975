"""The operator's port, where the settings ask for one: what it shows and where it listens."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from echo.limits import Limits
from echo.log import Log
from echo.refusals import Refusals
from echo.registry import Registry
from echo.service.announce import announce_operator
from echo.service.drain import Drain
from echo.service.endpoints import endpoint_description, server_endpoint, speaks_tls
from echo.service.face import Face
from echo.service.lag import Lag
from echo.service.process import process_figures
from echo.service.settings import OPERATOR_INTERFACE, Settings
from echo.web.view import Readiness, View


def operator_view(
    *,
    registry: Registry,
    refusals: Refusals,
    drain: Drain,
    lag: Lag,
    limits: Callable[[], Limits],
    is_out_of_memory: Callable[[], bool],
    reactor: Any,
) -> View:
    """
    Gather what the operator sees.

    Args:
        registry: the calls.
        refusals: who was refused.
        drain: whether calls are taken.
        lag: how late timers are.
        limits: those in force.
        is_out_of_memory: whether calls are refused for that.
        reactor: keeps the time.
    """
    started_at = time.time()

    def readiness() -> Readiness:
        if not drain.is_open:
            return Readiness.DRAINING
        is_full = len(registry.live) >= limits().max_calls or is_out_of_memory()
        return Readiness.FULL if is_full else Readiness.READY

    return View(
        registry=registry,
        refusals=refusals.counts,
        readiness=readiness,
        lag=lambda: lag.latest,
        worst_lag=lambda: lag.worst,
        process=lambda: process_figures(started_at),
        patience=lambda: float(limits().request_timeout),
        reactor=reactor,
    )


def operator_face(settings: Settings, view: View, log: Log, reactor: Any) -> Face | None:
    """
    Make the operator's face; ``None`` where the settings ask for none.

    Raises:
        ConfigurationError: with one sentence on what is wrong with its endpoint.
    """
    if settings.operator_port is None:
        return None
    from echo.web.operator import OperatorSite  # noqa: PLC0415  brings a library that others need not pay for

    description = endpoint_description(settings.operator_port, OPERATOR_INTERFACE, ipv6_available=False)
    return Face(
        endpoint=server_endpoint(reactor, description, settings.place("operator_port")),
        description=description,
        site=OperatorSite(view, settings.limits, log, reactor),
        announce=lambda host: announce_operator(host, log, secure=speaks_tls(description)),
    )
