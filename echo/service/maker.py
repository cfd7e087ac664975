"""Puts the daemon together from its settings: wiring, nothing else."""

from __future__ import annotations

import os
import random
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from twisted.application.service import IService
from twisted.internet.threads import deferToThreadPool

from echo.errors import ConfigurationError
from echo.privacy import PRIVACIES
from echo.refusals import Refusals
from echo.registry import Registry
from echo.service.announce import announce
from echo.service.apps import AppShelf
from echo.service.daemon import Daemon
from echo.service.drain import Drain, Stage
from echo.service.endpoints import (
    endpoint_description,
    inherited_description,
    ipv6_available,
    is_held,
    server_endpoint,
    speaks_tls,
)
from echo.service.face import Face
from echo.service.lag import Lag
from echo.service.log import TwistedLog
from echo.service.notify import Notifier, Pulse, watchdog_seconds
from echo.service.operator import operator_face, operator_view
from echo.service.options import Options
from echo.service.outbound import outbound_of
from echo.service.process import (
    hide_in_command_line,
    memory_used,
    serve_few_at_once,
    serve_first,
    use_monotonic_clock,
)
from echo.service.recordings import recorder_of
from echo.service.reload import Reload
from echo.service.serving import Serving, call_terms, script_file, trust_terms
from echo.service.settings import SETTINGS, Settings
from echo.service.signals import Signals
from echo.service.spool import spool_standard_output
from echo.service.values import is_port_number
from echo.web.addresses import AddressBook
from echo.web.door import Door
from echo.web.repeats import Repeats
from echo.web.site import BoundedSite
from echo.web.tree import Parts, build_tree
from echo.web.trust import Trust
from echo.websocket.protocol import CallFactory

__all__ = ["Options", "makeService"]


def makeService(options: Options, reactor: Any = None) -> IService:
    """
    Make the service that ``twistd echo`` runs.

    Settings that cannot be served end the process with status 1 and one line for each.
    """
    twistd: Mapping[str, Any] = options.parent or {}
    signals = None
    for setting in SETTINGS:
        if setting.is_secret:
            hide_in_command_line(f"--{setting.option}")
    if reactor is None:
        from twisted.internet import reactor as global_reactor  # noqa: PLC0415  twistd chooses it after import

        reactor = global_reactor
        use_monotonic_clock(reactor)
        serve_few_at_once(reactor)
        signals = Signals(reactor, twistd, spool_standard_output(twistd))
        signals.install()
    folder = Path.cwd()  # twistd may change its own later (--rundir)

    def read_settings() -> Settings:
        return options.settings(os.environ, lambda path: (folder / path).read_bytes())

    try:
        return make_daemon(read_settings(), reactor, twistd, signals=signals, read_settings=read_settings)
    except ConfigurationError as error:
        raise SystemExit("\n".join(f"echo: {problem}" for problem in error.problems)) from None


def make_daemon(
    settings: Settings,
    reactor: Any,
    twistd: Mapping[str, Any] | None = None,
    *,
    signals: Signals | None = None,
    read_settings: Callable[[], Settings] | None = None,
) -> Daemon:
    """
    Make the daemon for ``settings``; a ``ConfigurationError`` where they cannot be served.

    Args:
        settings: what it starts with.
        reactor: what it runs on.
        twistd: twistd's own options, where it is twistd that runs us.
        signals: those of the process, where they are ours to take.
        read_settings: finds the settings again, for a reload; without it they stay.
    """
    log = TwistedLog(settings.log_level, PRIVACIES[settings.log_private])
    description = _description(settings, log)
    endpoint = server_endpoint(reactor, description, settings.place("port"))
    registry = Registry(settings.limits)
    folder = Path.cwd()
    drain = Drain(
        reactor=reactor,
        registry=registry,
        log=log,
        seconds=settings.drain,
        patience=lambda: site.limits.close_timeout + site.limits.linger_timeout + 2,
        random=random.random,
        is_held=is_held(description),
    )
    shelf = AppShelf(folder, reactor, log)
    apps = shelf.choose(settings)
    recorder = recorder_of(settings, folder, reactor, log)
    outbound = outbound_of(settings, folder, reactor, log)
    terms = call_terms(settings, apps, log, time.time, outbound=outbound, recorder=recorder)
    refusals, addresses = Refusals(log), AddressBook(settings.public_url, settings.trusted_proxies)
    parts = Parts(
        addresses=addresses,
        calls=CallFactory(reactor, terms, registry, refusals),
        registry=registry,
        limits=settings.limits,
        log=log,
        content_type=terms.audio.content_type,
        ncco_file=script_file(settings, folder, log),
        fallback_file=script_file(settings, folder, log, "fallback_ncco"),
        busy_file=script_file(settings, folder, log, "busy_ncco"),
        in_thread=lambda call: deferToThreadPool(reactor, reactor.getThreadPool(), call),
        reactor=reactor,
        is_open=lambda: drain.is_open,
        is_draining=lambda: drain.stage is Stage.DRAINING,
        retry_after=drain.retry_after,
        started_at=reactor.seconds(),
        door=Door(settings.limits, addresses.proxies, reactor.seconds, refusals, memory_used),
        trust=Trust(
            trust_terms(settings), clock=reactor.seconds, wall_clock=time.time, random=secrets.token_bytes
        ),
        repeats=Repeats(reactor.seconds),
        apps=apps.allowed,
    )
    site = BoundedSite(build_tree(parts), settings.limits, log, reactor, parts.door)
    site.calls = lambda: len(registry.live)
    serve_first(reactor, parts.calls.turns.fileno)
    lag = Lag(reactor)
    view = operator_view(
        registry=registry,
        refusals=refusals,
        drain=drain,
        lag=lag,
        limits=lambda: site.limits,
        is_out_of_memory=parts.door.is_out_of_memory,
        reactor=reactor,
    )
    operator = operator_face(settings, view, log, reactor)
    pulse = Pulse(
        reactor=reactor,
        notifier=Notifier(os.environ, reactor, log),
        lag=lag,
        watchdog=watchdog_seconds(os.environ, os.getpid()),
        status=drain.status,
    )
    serving = Serving(
        description=description,
        folder=folder,
        parts=parts,
        terms=terms,
        site=site,
        drain=drain,
        log=log,
        operator=None if operator is None else operator.site,
        shelf=shelf,
    )
    public = Face(
        endpoint=endpoint,
        description=description,
        site=site,
        announce=lambda host: announce(settings, terms, host, secure=speaks_tls(description)),
    )
    if is_held(description):
        drain.when_closing(public.take_no_more)
    daemon = Daemon(
        reactor=reactor,
        public=public,
        operator=operator,
        drain=drain,
        log=log,
        twistd={} if twistd is None else twistd,
        lag=lag,
        pulse=pulse,
        signals=signals,
        outbound=outbound,
        recorder=recorder,
    )
    serving.port = lambda: daemon.port
    daemon.reload = Reload(
        reactor=reactor,
        settings=settings,
        read=lambda: serving.read(read_settings() if read_settings else settings),
        put=serving.put,
        in_thread=parts.in_thread,
        pulse=pulse,
        log=log,
    )
    return daemon


def _description(settings: Settings, log: TwistedLog) -> str:
    """Find out where to listen: on the socket that a service manager has passed, or where the settings say."""
    if is_port_number(settings.port):
        inherited = inherited_description()
        if inherited is not None:
            log.info(
                f"the service manager holds the port: listening on its socket, not on port {settings.port}"
            )
            return inherited
    return endpoint_description(settings.port, settings.interface, ipv6_available())
