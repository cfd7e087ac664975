"""The running daemon: listens, says where, and stops in good order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IAddress, IListeningPort, IStreamServerEndpoint
from twisted.python.failure import Failure

from echo.call.codes import GOING_AWAY
from echo.call.session import CallSession
from echo.log import Log
from echo.registry import Registry
from echo.service.process import give_up_starting, raise_descriptor_limit, settle_memory, stop_on_signals
from echo.web.site import BoundedSite


class Gate:
    """Whether calls are taken: from the start until the stop."""

    is_open = True


class Daemon(Service):
    """One listening port with its site, and the calls that came through it."""

    name = "echo"

    def __init__(
        self,
        *,
        reactor: Any,
        endpoint: IStreamServerEndpoint,
        description: str,
        site: BoundedSite,
        registry: Registry,
        gate: Gate,
        log: Log,
        announce: Callable[[IAddress], None],
        twistd: Mapping[str, Any],
    ) -> None:
        """
        Listen on ``endpoint``, which ``description`` names, for ``site``; ``announce`` is told where.

        ``twistd`` holds the options of twistd itself.
        """
        self._reactor = reactor
        self._endpoint = endpoint
        self._description = description
        self._site = site
        self._registry = registry
        self._gate = gate
        self._log = log
        self._announce = announce
        self._twistd = twistd
        self._port: IListeningPort | None = None

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
        self._reactor.callWhenRunning(stop_on_signals, self._reactor)
        self._reactor.callWhenRunning(settle_memory)

    def stopService(self) -> Deferred[None]:
        """Take no more calls, close those that are on with 1001, and wait until they are gone."""
        super().stopService()
        self._gate.is_open = False
        stopped = maybeDeferred(self._port.stopListening) if self._port else maybeDeferred(lambda: None)
        gone: Deferred[None] = Deferred()
        calls = list(self._registry.live.values())
        if calls:
            self._log.info(f"stopping: closing {len(calls)} calls")
        for call in calls:
            self._close(call)
        self._registry.when_empty(lambda: gone.callback(None))
        gone.addTimeout(self._patience(), self._reactor, self._give_up)
        return stopped.addCallback(lambda _: gone)

    def _close(self, call: CallSession) -> None:
        try:
            call.close(GOING_AWAY, "the daemon is stopping")
        except Exception:  # noqa: BLE001  one call's bug must not spare the others
            self._log.failure(f"{call.name}: closing failed")

    def _patience(self) -> float:
        """Seconds by which every call must be gone; a bug of ours must not hold up the stop for ever."""
        limits = self._site.limits
        return limits.close_timeout + limits.linger_timeout + 2

    def _give_up(self, _result: object, _timeout: float) -> None:
        self._log.error(f"{len(self._registry.live)} calls did not end in time; stopping without them")

    @property
    def address(self) -> IAddress | None:
        """Where we listen, once we do."""
        return self._port.getHost() if self._port else None

    def _check_descriptors(self, allowed: int | None) -> None:
        limits = self._site.limits
        needed = limits.max_calls + limits.max_requests
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
        self._port = port
        self._announce(port.getHost())
