"""Where log lines go: to Twisted's logger, from the chosen level up."""

from __future__ import annotations

from twisted.logger import Logger

from echo.privacy import SHOWN, Privacy
from echo.webhook.passes import without_passes

LEVELS = ("debug", "info", "warn", "error")

_LINE = "{line}"  # a line may hold braces, so it is an argument and never the format


class TwistedLog:
    """The ``echo.log.Log`` of a running daemon; whatever is written to it, it shows no pass of a socket."""

    def __init__(self, level: str, privacy: Privacy = SHOWN) -> None:
        """Write lines of ``level``, one of :data:`LEVELS`, and above; ``privacy`` is for those who write them."""
        self.privacy = privacy
        self._logger = Logger("echo")
        self.set_level(level)

    def set_level(self, level: str) -> None:
        """Write lines of ``level`` and above from now on."""
        self._silent = frozenset(LEVELS[: LEVELS.index(level)])

    def debug(self, line: str) -> None:
        """Write a line for searching."""
        if "debug" not in self._silent:
            self._logger.debug(_LINE, line=without_passes(line))

    def info(self, line: str) -> None:
        """Write a line of a normal day."""
        if "info" not in self._silent:
            self._logger.info(_LINE, line=without_passes(line))

    def warn(self, line: str) -> None:
        """Write what is not as it should be."""
        if "warn" not in self._silent:
            self._logger.warn(_LINE, line=without_passes(line))

    def error(self, line: str) -> None:
        """Write what needs a person; there is no level above it."""
        self._logger.error(_LINE, line=without_passes(line))

    def failure(self, line: str) -> None:
        """Write a bug: the line, and the traceback of the exception that is being handled."""
        self._logger.failure(_LINE, line=without_passes(line))
