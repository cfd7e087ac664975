"""
The signals of the process: SIGTERM and Ctrl-C stop it, SIGHUP lets it read its settings again.

twistd's own way would end the process by the same signal once more after a stop in good order, which service
managers and shells take for a crash; a second signal would change nothing, and before the reactor runs, or
after, it would kill or leave a traceback. Ours are in place from the making of the service to the end of the
process, and then the exit status is 0.
"""

from __future__ import annotations

import atexit
import os
import signal
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from echo.service.process import remove_pidfile

_STOP = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGBREAK") if hasattr(signal, name))
_RELOAD = tuple(getattr(signal, name) for name in ("SIGHUP",) if hasattr(signal, name))


class Signals:
    """Keeps what comes until the daemon can listen, then brings it each signal within the reactor."""

    def __init__(
        self,
        reactor: Any,
        twistd: Mapping[str, Any],
        last_words: Callable[[], object],
        leave: Callable[[int], object] = os._exit,
    ) -> None:
        """
        Work with ``reactor``.

        Args:
            reactor: what the daemon runs on.
            twistd: twistd's options.
            last_words: sees to it that what is in the log is written before the process ends at once.
            leave: ends it, with a status.
        """
        self._reactor = reactor
        self._twistd = twistd
        self._leave = leave
        self._last_words = last_words
        self._stop: Callable[[], None] | None = None
        self._reload: Callable[[], None] | None = None
        self._stops = 0
        self._reloads = 0
        self._has_terminal = _terminal_is_there()

    def install(self) -> None:
        """Take the signals from now on. The reactor would put its own in their place as it starts to run."""
        self._reactor.sigTerm = self._reactor.sigInt = self._reactor.sigBreak = self._stop_came
        for number in _STOP:
            signal.signal(number, self._stop_came)
        for number in _RELOAD:
            signal.signal(number, self._reload_came)
        atexit.register(_ignore_all)

    def serve(self, stop: Callable[[], None], reload: Callable[[], None]) -> None:
        """Bring signals to ``stop`` and ``reload`` from now on, those first that came too early."""
        self._stop, self._reload = stop, reload
        for _ in range(self._stops):
            stop()
        if self._reloads:
            reload()

    def nothing_is_left(self) -> None:
        """Let the next request to stop end the process at once: what is left is the end of Twisted and Python."""
        self._stop = self._reload = None
        self._stops = 1

    def _stop_came(self, _number: int, _frame: FrameType | None = None) -> None:
        if self._stop is not None:
            self._reactor.callFromThread(self._bring_stop)
            return
        self._stops += 1
        if self._stops > 1:  # whatever keeps us from starting, or from ending, nobody's call waits for it
            remove_pidfile(self._twistd.get("pidfile"))
            self._last_words()
            self._leave(0)

    def _reload_came(self, number: int, frame: FrameType | None = None) -> None:
        if self._has_terminal and not _terminal_is_there():
            self._stop_came(number, frame)  # the window was closed in which we run: nobody wants us to stay
        elif self._reload is not None:
            self._reactor.callFromThread(self._bring_reload)
        else:
            self._reloads += 1

    def _bring_stop(self) -> None:
        if self._stop is not None:
            self._stop()

    def _bring_reload(self) -> None:
        if self._reload is not None:
            self._reload()


def _terminal_is_there() -> bool:
    """Tell whether standard input is a terminal that nobody has closed."""
    try:
        return os.isatty(0)
    except OSError:
        return False


def _ignore_all() -> None:
    """Let no signal spoil the exit status while Python takes itself apart; it restores what would kill us."""
    for number in (*_STOP, *_RELOAD):
        signal.signal(number, signal.SIG_IGN)
