"""The running daemon: listens, says where, and stops in good order."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.error import ReactorNotRunning
from twisted.internet.interfaces import IAddress, IListeningPort, IStreamServerEndpoint
from twisted.python.failure import Failure

from echo.log import Log
from echo.service.accepting import AcceptGuard
from echo.service.drain import Drain, Stage
from echo.service.lag import Lag
from echo.service.notify import Pulse
from echo.service.process import (
    give_up_starting,
    open_descriptors,
    raise_descriptor_limit,
    settle_memory,
)
from echo.service.signals import Signals
from echo.web.site import BoundedSite


class Daemon(Service):
    """
    One listening port with its site, and the calls that came through it.

    Attributes:
        reload: reads the settings again; nothing, unless somebody has set it.
    """

    name = "echo"

    def __init__(
        self,
        *,
        reactor: Any,
        endpoint: IStreamServerEndpoint,
        description: str,
        site: BoundedSite,
        drain: Drain,
        log: Log,
        announce: Callable[[IAddress], None],
        twistd: Mapping[str, Any],
        lag: Lag,
        pulse: Pulse,
        signals: Signals | None,
    ) -> None:
        """
        Listen on ``endpoint``, which ``description`` names, for ``site``; ``announce`` is told where.

        Args:
            reactor: runs us.
            endpoint: where to listen.
            description: how the endpoint is called in messages.
            site: what is served there.
            drain: leads the calls to their end.
            log: is told what happens.
            announce: is told where we listen.
            twistd: the options of twistd itself.
            lag: measures the reactor, while we run.
            pulse: tells a service manager how we are, likewise.
            signals: those of the process, if they are ours to take.
        """
        self._reactor = reactor
        self._endpoint = endpoint
        self._description = description
        self._site = site
        self._drain = drain
        self._log = log
        self._announce = announce
        self._twistd = twistd
        self._lag = lag
        self._pulse = pulse
        self._signals = signals
        self._port: IListeningPort | None = None
        self._is_running = False
        self.reload: Callable[[], None] = lambda: None

    def privilegedStartService(self) -> None:
        """Listen, while low ports are still ours to take; without the port the process ends with one line."""
        self._check_descriptors(raise_descriptor_limit())
        problems: list[Failure] = []
        listening = self._endpoint.listen(self._site).addCallback(self._listening)
        listening.addErrback(problems.append)
        if problems:
            give_up_starting(self._twistd, f"echo: {self._problem(problems[0])}")
        listening.addCallback(lambda _: self._stop_if(problems))

    def startService(self) -> None:
        """Run."""
        super().startService()
        self._reactor.callWhenRunning(self._run)

    def stopService(self) -> Deferred[None]:
        """
        Take no more calls, close those that are on with 1001, and wait until they are gone.

        Until then the port answers everything else. It is given up when the last call is gone, and then requests
        that somebody is in the midst of have their answers.
        """
        super().stopService()
        gone: Deferred[None] = Deferred()
        self._site.leaving = True
        self._drain.close_all()
        self._drain.when_over(lambda: gone.callback(None))
        gone.addCallback(lambda _: self._port.stopListening() if self._port else None)
        gone.addCallback(lambda _: self._site.finish())
        return gone.addCallback(lambda _: self._end())

    def hurry(self) -> None:
        """Begin to drain, or, each further time, do at once what the stop is waiting for."""
        if self._drain.is_open:
            self._site.leaving = True
            self._drain.when_over(self._stop_reactor)
            self._drain.hurry()
            self._pulse.stopping()
        elif self._drain.stage is Stage.OVER:
            self._site.finish_now()
        else:
            self._drain.hurry()

    @property
    def address(self) -> IAddress | None:
        """Where we listen, once we do."""
        return self._port.getHost() if self._port else None

    @property
    def port(self) -> IListeningPort | None:
        """The listening port, once there is one."""
        return self._port

    def _run(self) -> None:
        """Begin with what needs a running reactor; a stop may have come before."""
        settle_memory()
        if not self.running:
            return
        self._is_running = True
        self._lag.start()
        if self._signals is not None:
            self._signals.serve(self.hurry, self._reload_unless_stopping)
        self._tell_if_ready()

    def _tell_if_ready(self) -> None:
        """Tell the service manager that we are ready, once the reactor runs and the port is open."""
        if self._is_running and self._port is not None and self._drain.is_open:
            self._pulse.start()

    def _reload_unless_stopping(self) -> None:
        if self._drain.is_open:
            self.reload()
        else:
            self._log.warn("not reloaded: the daemon is stopping")

    def _stop_reactor(self) -> None:
        with contextlib.suppress(ReactorNotRunning):  # it stops already
            self._reactor.stop()

    def _end(self) -> None:
        """Leave nothing behind in the reactor."""
        self._is_running = False
        self._lag.stop()
        self._pulse.stop()
        if self._signals is not None:
            self._signals.nothing_is_left()

    def _check_descriptors(self, allowed: int | None) -> None:
        limits = self._site.limits
        needed = limits.max_calls + limits.max_requests + limits.descriptors_kept
        self._site.descriptors = None if allowed is None else allowed - open_descriptors()
        if allowed is not None and allowed < needed:
            self._log.warn(
                f"only {allowed} descriptors are allowed here: too few for max_calls and max_requests"
            )

    def _problem(self, failure: Failure) -> str:
        return f"cannot listen on {self._description}: {failure.getErrorMessage()}"

    def _stop_if(self, problems: list[Failure]) -> None:
        """End a daemon whose endpoint took its time to fail: without a port it is of no use."""
        for failure in problems:
            self._log.error(self._problem(failure))
            self._reactor.callWhenRunning(self._reactor.stop)

    def _listening(self, port: IListeningPort) -> None:
        self._guard = AcceptGuard(port, self._reactor, self._site.door.refusals)
        self._port = port
        self._announce(port.getHost())
        self._tell_if_ready()
