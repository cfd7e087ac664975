"""
SIGHUP: settings, script and certificates are read again, and what has changed counts for what comes from then on.

All of it or nothing: everything is read and checked first, in a thread, since a disk may take its time. Then it
is put in place within one turn of the reactor. A call that is on goes on as it began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as TookTooLong
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from echo.errors import ConfigurationError
from echo.limits import BY_NAME
from echo.log import Log
from echo.service.apps import Chosen
from echo.service.log import LEVELS
from echo.service.notify import Pulse
from echo.service.settings import Settings
from echo.service.values import SHOWN_PATH
from echo.untrusted import clean
from echo.web.ncco_file import NccoFile

#: Settings that can change while calls are on; limits are told one by one. Any other needs a restart.
CHANGEABLE = (
    "ncco",
    "fallback_ncco",
    "busy_ncco",
    "log_level",
    "log_private",
    "drain",
    "public_url",
    "trusted_proxies",
    "rate",
    "app",
    "apps",
    "echo_delay",
    "play_file",
    "play_loop",
    "meter",
    "tone",
    "when_slow",
    "application_id",
    "unsigned",
    "socket_auth",
)

#: Settings of which only the outcome is told, without a value.
SECRET = {
    "secrets": "the signature secrets have changed",
    "socket_authorization": "the Authorization of sockets has changed",
}

#: Seconds until a disk that does not answer is given up.
PATIENCE = 30


@dataclass(frozen=True)
class Fresh:
    """
    What was read again and checked, and is not in service yet.

    Attributes:
        settings: all settings.
        scripts: the operator's scripts by the names of their settings, ``None`` for those that there are not.
        scripts_changed: which of them are others than those in service.
        port_factory: what the port hands connections to, with new certificates; ``None`` where they are the old.
        certificates: the versions of the files that those came from.
        apps: what answers calls.
    """

    settings: Settings
    scripts: Mapping[str, NccoFile | None]
    scripts_changed: tuple[str, ...]
    port_factory: Any | None
    certificates: tuple[tuple[str, int, int, int], ...] = ()
    apps: Chosen | None = None


def changes(old: Settings, fresh: Fresh) -> Iterator[str]:
    """Tell what is different now, a few words for each."""
    new = fresh.settings
    for name in _changeable(old):
        yield from _change(name, getattr(old, name), getattr(new, name))
    for name in BY_NAME:
        yield from _change(name, getattr(old.limits, name), getattr(new.limits, name))
    for name, told in SECRET.items():
        if getattr(old, name) != getattr(new, name):
            yield told
    for name in fresh.scripts_changed:
        path = getattr(new, name)
        if path is not None and path == getattr(old, name):
            yield f"{clean(path, SHOWN_PATH)} was read again"
    if fresh.port_factory is not None:
        yield "the certificates were read again"


def needing_a_restart(old: Settings, new: Settings) -> list[str]:
    """Name the settings that have changed and cannot while the daemon runs."""
    told_otherwise = {
        *_changeable(old),
        *SECRET,
        "limits",
        "limits_name",
        "when_slow_given",
        "warnings",
        "places",
    }
    told_otherwise |= {"signature_secret", "signature_secret_file", "socket_authorization_file"}
    names = [field.name for field in fields(Settings) if field.name not in told_otherwise]
    return [name for name in names if getattr(old, name) != getattr(new, name)]


def still(old: Settings, new: Settings) -> Settings:
    """Tell what is in service after a reload: the new settings, but the old ones where a restart is needed."""
    return replace(new, **{name: getattr(old, name) for name in needing_a_restart(old, new)})


def summary(old: Settings, fresh: Fresh) -> str:
    """Tell in one line what a reload has changed."""
    told = list(changes(old, fresh)) or ["nothing has changed"]
    waiting = needing_a_restart(old, fresh.settings)
    if waiting:
        told.append(f"{', '.join(waiting)} cannot change before a restart")
    return f"reloaded: {'; '.join(told)}"


def _changeable(old: Settings) -> tuple[str, ...]:
    """Name what may change: an application that the REST API is asked for goes with its key, which is read once."""
    return tuple(name for name in CHANGEABLE if name != "application_id" or old.private_key is None)


def _is_quieter(new: Settings, old: Settings) -> bool:
    return LEVELS.index(new.log_level) > LEVELS.index(old.log_level)


def _change(name: str, old: object, new: object) -> Iterator[str]:
    if old != new:
        yield f"{name} is {_shown(new)} now (was {_shown(old)})"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        value = ",".join(map(str, value))
    return clean(str(value), SHOWN_PATH) if value not in (None, "") else "not set"


class Reload:
    """Reads again when it is asked to, once at a time."""

    def __init__(
        self,
        *,
        reactor: IReactorTime,
        settings: Settings,
        read: Callable[[], Fresh],
        put: Callable[[Fresh], None],
        in_thread: Callable[[Callable[[], Fresh]], Deferred[Fresh]],
        pulse: Pulse,
        log: Log,
    ) -> None:
        """
        Begin with what the daemon started with.

        Args:
            reactor: keeps the time.
            settings: what is in service.
            read: reads and checks everything; ``ConfigurationError`` where something is wrong. It may block.
            put: puts what was read in service.
            in_thread: runs ``read`` where it may block.
            pulse: is told when a reload begins and ends.
            log: is told what it did, in one line.
        """
        self._reactor = reactor
        self._settings = settings
        self._read = read
        self._put = put
        self._in_thread = in_thread
        self._pulse = pulse
        self._log = log
        self._is_reading = False
        self._asked_again = False

    def __call__(self) -> None:
        """Read again; where that is under way, once more behind it, since it may have read already."""
        if self._is_reading:
            self._asked_again = True
            return
        self._is_reading = True
        self._pulse.reloading()
        reading = self._in_thread(self._read).addTimeout(PATIENCE, self._reactor)
        reading.addCallback(self._take).addErrback(self._keep).addBoth(self._done)

    def _take(self, fresh: Fresh) -> None:
        told = summary(self._settings, fresh)
        if _is_quieter(fresh.settings, self._settings):
            self._log.info(told)  # while it is still written
            self._put(fresh)
        else:
            self._put(fresh)
            self._log.info(told)
        self._settings = still(self._settings, fresh.settings)

    def _keep(self, failure: Failure) -> None:
        if isinstance(failure.value, ConfigurationError):
            problem = "; ".join(failure.value.problems)
        elif failure.check(TookTooLong):
            problem = f"the disk did not answer within {PATIENCE} s"
        else:
            self._log_bug(failure)
            return
        self._log.error(f"not reloaded, everything stays as it was: {problem}")

    def _log_bug(self, failure: Failure) -> None:
        try:
            failure.raiseException()
        except Exception:  # noqa: BLE001  a bug of ours must not end the daemon
            self._log.failure("reloading failed")

    def _done(self, _: object) -> None:
        self._is_reading = False
        self._pulse.ready()
        if self._asked_again:
            self._asked_again = False
            self()
