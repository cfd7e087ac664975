"""Puts the daemon together from its settings: wiring, nothing else."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.application.service import IService
from twisted.internet.threads import deferToThreadPool

from echo.apps import APPS
from echo.audio.format import AudioFormat
from echo.call.flow import WhenSlow
from echo.call.session import CallTerms
from echo.errors import ConfigurationError
from echo.registry import Registry
from echo.service.announce import announce
from echo.service.daemon import Daemon, Gate
from echo.service.endpoints import endpoint_description, ipv6_available, server_endpoint, speaks_tls
from echo.service.log import TwistedLog
from echo.service.options import Options
from echo.service.process import use_monotonic_clock
from echo.service.settings import Settings
from echo.web.addresses import AddressBook
from echo.web.ncco import NccoFile
from echo.web.site import BoundedSite
from echo.web.tree import Parts, build_tree
from echo.websocket.protocol import CallFactory

__all__ = ["Options", "makeService"]


def makeService(options: Options, reactor: Any = None) -> IService:
    """
    Make the service that ``twistd echo`` runs.

    Settings that cannot be served end the process with status 1 and one line for each.
    """
    if reactor is None:
        from twisted.internet import reactor as global_reactor  # noqa: PLC0415  twistd chooses it after import

        reactor = global_reactor
        use_monotonic_clock(reactor)
    try:
        return make_daemon(options.settings(os.environ, _read), reactor, options.parent or {})
    except ConfigurationError as error:
        raise SystemExit("\n".join(f"echo: {problem}" for problem in error.problems)) from None


def make_daemon(settings: Settings, reactor: Any, twistd: Mapping[str, Any] | None = None) -> Daemon:
    """
    Make the daemon for ``settings``; a ``ConfigurationError`` where they cannot be served.

    ``twistd`` holds twistd's own options, where it is twistd that runs us.
    """
    log = TwistedLog(settings.log_level)
    description = endpoint_description(settings.port, settings.interface, ipv6_available())
    endpoint = server_endpoint(reactor, description, settings.place("port"))
    registry, gate = Registry(), Gate()
    audio = AudioFormat(settings.rate)
    when_slow = WhenSlow(settings.when_slow) if settings.when_slow_given else None
    terms = CallTerms(settings.limits, audio, when_slow, APPS[settings.app], log, time.time)
    parts = Parts(
        addresses=AddressBook(settings.public_url, settings.trusted_proxies),
        calls=CallFactory(reactor, terms, registry),
        registry=registry,
        limits=settings.limits,
        log=log,
        content_type=audio.content_type,
        ncco_file=_ncco_file(settings, log),
        in_thread=lambda call: deferToThreadPool(reactor, reactor.getThreadPool(), call),
        reactor=reactor,
        is_open=lambda: gate.is_open,
    )
    return Daemon(
        reactor=reactor,
        endpoint=endpoint,
        description=description,
        site=BoundedSite(build_tree(parts), settings.limits, log, reactor),
        registry=registry,
        gate=gate,
        log=log,
        announce=lambda host: announce(settings, terms, host, secure=speaks_tls(description)),
        twistd={} if twistd is None else twistd,
    )


def _ncco_file(settings: Settings, log: TwistedLog) -> NccoFile | None:
    if settings.ncco is None:
        return None
    # twistd may change its folder later (--rundir); the file is meant as it was named here.
    return NccoFile(Path(settings.ncco).absolute(), log)


def _read(path: str) -> bytes:
    return Path(path).read_bytes()
