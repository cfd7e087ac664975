"""The running daemon: listens, says where, and stops in good order."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults, succeed
from twisted.internet.error import ReactorNotRunning
from twisted.internet.interfaces import IAddress, IListeningPort

from echo.log import Log
from echo.service.drain import Drain, Stage
from echo.service.face import Face
from echo.service.lag import Lag
from echo.service.notify import Pulse
from echo.service.outbound import Outbound
from echo.service.process import (
    give_up_starting,
    open_descriptors,
    raise_descriptor_limit,
    settle_memory,
    survive_lacking_memory,
    take_stack,
)
from echo.service.signals import Signals

if TYPE_CHECKING:
    from echo.recording.recorder import Recorder


class Daemon(Service):
    """
    The listening ports with their sites, and the calls that came through the public one.

    Attributes:
        reload: reads the settings again; nothing, unless somebody has set it.
        outbound: asks the provider's REST API, where there is a key to ask with.
    """

    name = "echo"

    def __init__(
        self,
        *,
        reactor: Any,
        public: Face,
        operator: Face | None,
        drain: Drain,
        log: Log,
        twistd: Mapping[str, Any],
        lag: Lag,
        pulse: Pulse,
        signals: Signals | None,
        outbound: Outbound | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        """
        Serve ``public``, and ``operator`` where there is one.

        Args:
            reactor: runs us.
            public: where calls come in.
            operator: where the operator looks, to the last.
            drain: leads the calls to their end.
            log: is told what happens.
            twistd: the options of twistd itself.
            lag: measures the reactor, while we run.
            pulse: tells a service manager how we are, likewise.
            signals: those of the process, if they are ours to take.
            outbound: asks the provider's REST API, to the end.
            recorder: records calls, if that is wanted.
        """
        self._reactor = reactor
        self._public = public
        self._site = public.site
        self._faces = (public,) if operator is None else (public, operator)
        self._drain = drain
        self._log = log
        self._twistd = twistd
        self._lag = lag
        self._pulse = pulse
        self._signals = signals
        self._is_running = False
        self.reload: Callable[[], None] = lambda: None
        self.outbound = outbound
        self._recorder = recorder

    def privilegedStartService(self) -> None:
        """Listen, while low ports are still ours to take; without the port the process ends with one line."""
        self._check_descriptors(raise_descriptor_limit())
        for face in self._faces:
            self._listen(face)

    def startService(self) -> None:
        """Run."""
        super().startService()
        self._reactor.callWhenRunning(self._run)

    def stopService(self) -> Deferred[None]:
        """
        Take no more calls, close those that are on with 1001, and wait until they are gone.

        Until then the ports answer everything else. They are given up when the last call is gone, and then requests
        that somebody is in the midst of have their answers.
        """
        super().stopService()
        gone: Deferred[None] = Deferred()
        self._site.leaving = True
        self._drain.close_all()
        self._drain.when_over(lambda: gone.callback(None))
        gone.addCallback(lambda _: gatherResults([face.close() for face in self._faces]))
        gone.addCallback(lambda _: self._stop_recording())
        return gone.addCallback(lambda _: self._end())

    def hurry(self) -> None:
        """Begin to drain, or, each further time, do at once what the stop is waiting for."""
        if self._drain.is_open:
            self._site.leaving = True
            self._drain.when_over(self._stop_reactor)
            self._drain.hurry()
            self._pulse.stopping()
        elif self._drain.stage is Stage.OVER:
            for face in self._faces:
                face.site.finish_now()
        else:
            self._drain.hurry()

    @property
    def address(self) -> IAddress | None:
        """Where we listen for calls, once we do."""
        return self.port.getHost() if self.port else None

    @property
    def port(self) -> IListeningPort | None:
        """The port that calls come to, once there is one."""
        return self._public.port

    def _run(self) -> None:
        """Begin with what needs a running reactor; a stop may have come before."""
        take_stack()
        survive_lacking_memory(self._reactor)
        settle_memory()
        if not self.running:
            return
        self._is_running = True
        self._lag.start()
        if self._recorder is not None:
            self._recorder.start()
        if self._signals is not None:
            self._signals.serve(self.hurry, self._reload_unless_stopping)
        self._tell_if_ready()

    def _stop_recording(self) -> Deferred[None]:
        return succeed(None) if self._recorder is None else self._recorder.stop()

    def _tell_if_ready(self) -> None:
        """Tell the service manager that we are ready, once the reactor runs and all ports are open."""
        is_listening = all(face.port is not None for face in self._faces)
        if self._is_running and is_listening and self._drain.is_open:
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
        if self.outbound is not None:
            self.outbound.stop()
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

    def _listen(self, face: Face) -> None:
        problems: list[str] = []
        listening = face.listen().addCallback(lambda _: self._tell_if_ready())
        listening.addErrback(lambda failure: problems.append(face.problem(failure)))
        if problems:
            give_up_starting(self._twistd, f"echo: {problems[0]}")
        listening.addCallback(lambda _: self._stop_if(problems))

    def _stop_if(self, problems: list[str]) -> None:
        """End a daemon whose endpoint took its time to fail: without a port it is of no use."""
        for problem in problems:
            self._log.error(problem)
            self._reactor.callWhenRunning(self._reactor.stop)
