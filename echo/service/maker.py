"""Puts the daemon together from its settings: wiring, nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from twisted.application.service import IService
from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.internet.threads import deferToThreadPool

from echo.apps import APPS
from echo.audio.format import AudioFormat
from echo.call.flow import WhenSlow
from echo.call.session import CallTerms
from echo.errors import ConfigurationError, NccoError
from echo.registry import Registry
from echo.service.announce import announce
from echo.service.daemon import Daemon, Gate
from echo.service.endpoints import endpoint_description, ipv6_available, server_endpoint, speaks_tls
from echo.service.lines import TwistedLog
from echo.service.options import Options
from echo.service.process import use_monotonic_clock
from echo.service.settings import Settings
from echo.service.values import shown
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
    pidfile = options.parent["pidfile"] if options.parent else None
    try:
        return make_daemon(options.settings(os.environ, _read), reactor, pidfile)
    except ConfigurationError as error:
        raise SystemExit("\n".join(f"echo: {problem}" for problem in error.problems)) from None


def make_daemon(settings: Settings, reactor: Any, pidfile: str | None = None) -> Daemon:
    """Make the daemon for ``settings``; a ``ConfigurationError`` where they cannot be served."""
    log = TwistedLog(settings.log_level)
    description = endpoint_description(settings.port, settings.interface, ipv6_available())
    endpoint, ncco_file = _from_outside(settings, reactor, description, log)
    registry, gate = Registry(), Gate()
    audio = AudioFormat(settings.rate)
    terms = CallTerms(settings.limits, audio, WhenSlow(settings.when_slow), APPS[settings.app], log)
    parts = Parts(
        addresses=AddressBook(settings.public_url, settings.trusted_proxies),
        calls=CallFactory(reactor, terms, registry),
        registry=registry,
        limits=settings.limits,
        log=log,
        content_type=audio.content_type,
        ncco_file=ncco_file,
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
        pidfile=pidfile,
    )


def _from_outside(
    settings: Settings, reactor: Any, description: str, log: TwistedLog
) -> tuple[IStreamServerEndpoint, NccoFile | None]:
    """Open what the settings name outside of the process, and tell all that is wrong there at once."""
    problems: list[str] = []
    endpoint: Any = None
    ncco_file = None
    try:
        endpoint = server_endpoint(reactor, description, settings.place("port"))
    except ConfigurationError as error:
        problems += error.problems
    try:
        # twistd may change its folder later (--rundir); the file is meant as it was named here.
        ncco_file = NccoFile(Path(settings.ncco).absolute(), log) if settings.ncco else None
    except NccoError as error:
        problems.append(f"{settings.place('ncco')}: {error}")
    except OSError as error:
        problems.append(
            f"{settings.place('ncco')}: {shown(settings.ncco or '')} cannot be read: {error.strerror}"
        )
    if problems:
        raise ConfigurationError(problems)
    return endpoint, ncco_file


def _read(path: str) -> bytes:
    return Path(path).read_bytes()
