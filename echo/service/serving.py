"""What new requests and new calls are served by: made of settings once, and of others when those change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from echo.audio.format import AudioFormat
from echo.call.flow import WhenSlow
from echo.call.reel import Recorder
from echo.call.terms import CallTerms, Meter
from echo.errors import ConfigurationError, NccoError
from echo.log import Log
from echo.privacy import PRIVACIES
from echo.service.apps import AppShelf, Chosen
from echo.service.drain import Drain
from echo.service.endpoints import certificate_files, port_factory, speaks_tls
from echo.service.log import TwistedLog
from echo.service.outbound import Outbound
from echo.service.reload import Fresh
from echo.service.settings import SCRIPTS, Settings
from echo.service.values import shown
from echo.web.addresses import AddressBook
from echo.web.ncco_file import NccoFile
from echo.web.site import BoundedSite
from echo.web.tree import Parts, build_tree
from echo.web.trust import TrustTerms


def call_terms(
    settings: Settings,
    apps: Chosen,
    log: Log,
    wall_clock: Callable[[], float],
    *,
    outbound: Outbound | None = None,
    recorder: Recorder | None = None,
) -> CallTerms:
    """
    Make of ``settings`` what is the same for all calls.

    ``wall_clock`` gives seconds of the epoch; ``outbound`` asks the provider to end calls, where that is possible,
    and ``recorder`` records them, where that is wanted.
    """
    when_slow = WhenSlow(settings.when_slow) if settings.when_slow_given else None
    audio = AudioFormat(settings.rate)
    make_meter = _meter() if settings.meter else None
    terms = CallTerms(
        settings.limits,
        audio,
        when_slow,
        apps.default,
        log,
        wall_clock,
        apps.allowed,
        make_meter,
        recorder=recorder,
    )
    return terms if outbound is None else replace(terms, end_call=outbound.end_call)


def _meter() -> type[Meter]:
    # Here, since it brings numpy: only where calls are measured, and before the first of them comes.
    from echo.call.meter import CallMeter  # noqa: PLC0415

    return CallMeter


def trust_terms(settings: Settings) -> TrustTerms:
    """Make of ``settings`` what has to be proven."""
    return TrustTerms(
        secrets=settings.secrets,
        application_id=settings.application_id,
        unsigned=settings.unsigned,
        socket_auth=settings.socket_auth,
        authorization=settings.socket_authorization,
        token_timeout=settings.limits.token_timeout,
    )


def script_file(settings: Settings, folder: Path, log: Log, name: str = "ncco") -> NccoFile | None:
    """Read the operator's script that setting ``name`` names, if it does; a relative path begins in ``folder``."""
    path = getattr(settings, name)
    return None if path is None else NccoFile(folder / path, log)


class Serving:
    """
    What is in service, and how other settings take its place.

    Attributes:
        port: the listening port, once there is one.
    """

    def __init__(
        self,
        *,
        description: str,
        folder: Path,
        parts: Parts,
        terms: CallTerms,
        site: BoundedSite,
        drain: Drain,
        log: TwistedLog,
        shelf: AppShelf,
        operator: BoundedSite | None = None,
    ) -> None:
        """
        Begin with what was made at the start.

        Args:
            description: the endpoint string of the port.
            folder: where relative paths begin: twistd may change its own later (--rundir).
            parts: what the pages are made of.
            terms: what calls are served by.
            site: what the port serves.
            drain: how long calls may go on at the end.
            log: what is written.
            operator: what the operator's port serves, if there is one.
            shelf: where apps come from.
        """
        self.port: Callable[[], Any] = lambda: None
        self._description = description
        self._folder = folder
        self._parts = parts
        self._terms = terms
        self._site = site
        self._drain = drain
        self._log = log
        self._sites = (site,) if operator is None else (site, operator)
        self._shelf = shelf
        self._certificates = certificate_files(description) if speaks_tls(description) else ()
        self._demand_proofs()

    def read(self, settings: Settings) -> Fresh:
        """
        Read the files that ``settings`` name; nothing changes yet. Touches the disk.

        Raises:
            ConfigurationError: with one sentence on what cannot be used.
        """
        try:
            scripts = {name: self._read_script(settings, name) for name in SCRIPTS}
            certificates = certificate_files(self._description) if speaks_tls(self._description) else ()
        except OSError as error:
            raise ConfigurationError(
                [f"{shown(str(error.filename))} cannot be read: {error.strerror}"]
            ) from error
        factory = None
        if certificates != self._certificates:
            factory = port_factory(self._description, self._site, settings.place("port"))
        changed = tuple(name for name in SCRIPTS if scripts[name] is not self._script(name))
        apps = self._shelf.choose(settings)
        return Fresh(settings, scripts, changed, factory, certificates, apps)

    def put(self, fresh: Fresh) -> None:
        """Serve what begins from now on by ``fresh``."""
        settings = fresh.settings
        apps = fresh.apps or self._shelf.choose(settings)
        before = self._terms  # the key is read at the start alone
        terms = call_terms(settings, apps, self._log, before.wall_clock, recorder=before.recorder)
        self._terms = replace(terms, end_call=before.end_call)
        self._parts = replace(
            self._parts,
            addresses=AddressBook(settings.public_url, settings.trusted_proxies),
            limits=settings.limits,
            content_type=self._terms.audio.content_type,
            ncco_file=fresh.scripts["ncco"],
            fallback_file=fresh.scripts["fallback_ncco"],
            busy_file=fresh.scripts["busy_ncco"],
            apps=apps.allowed,
        )
        self._parts.calls.serve_under(self._terms)
        self._parts.trust.serve_under(trust_terms(settings))
        self._demand_proofs()
        self._parts.registry.serve_under(settings.limits)
        for each in self._sites:
            each.serve_under(settings.limits)
        self._site.resource = build_tree(self._parts)
        self._drain.seconds = settings.drain
        self._log.set_level(settings.log_level)
        self._log.privacy = PRIVACIES[settings.log_private]
        self._present(fresh)

    def _read_script(self, settings: Settings, name: str) -> NccoFile | None:
        old, path = self._script(name), getattr(settings, name)
        if path is not None and old is not None and old.is_current(self._folder / path):
            return old
        try:
            return script_file(settings, self._folder, self._log, name)
        except NccoError as error:
            raise ConfigurationError([f"{settings.place(name)}: {error}"]) from error

    def _script(self, name: str) -> NccoFile | None:
        """Find what is in service of one of :data:`SCRIPTS`."""
        script: NccoFile | None = getattr(self._parts, SCRIPTS[name])
        return script

    def _demand_proofs(self) -> None:
        """Let a script of the operator's be reported if its sockets would be refused."""
        for script in map(self._script, SCRIPTS):
            if script is not None:
                script.demand(self._parts.trust.terms.socket_auth)

    def _present(self, fresh: Fresh) -> None:
        """Show new certificates to those who connect from now on."""
        port = self.port()
        if fresh.port_factory is not None and port is not None:
            fresh.port_factory.doStart()
            port.factory, old = fresh.port_factory, port.factory
            old.doStop()
            self._certificates = fresh.certificates
