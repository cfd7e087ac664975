"""The log as an app writes into it: each line by the names of call and app."""

from __future__ import annotations

from typing import Final

from echo.log import Log
from echo.privacy import Privacy
from echo.untrusted import clean

#: Characters of a line.
_LONGEST_LINE: Final = 4096


class CallLog:
    """The log, by the name of the call and of its app; lines are made printable ASCII."""

    def __init__(self, log: Log, name: str) -> None:
        self._log = log
        self._name = name

    @property
    def privacy(self) -> Privacy:
        """How what is private has to be shown; whoever writes of a caller asks it."""
        return self._log.privacy

    def debug(self, line: str) -> None:
        """Write what only matters when something is being searched for."""
        self._log.debug(self._named(line))

    def info(self, line: str) -> None:
        """Write what an operator wants to see on a normal day."""
        self._log.info(self._named(line))

    def warn(self, line: str) -> None:
        """Write what is not as it should be."""
        self._log.warn(self._named(line))

    def error(self, line: str) -> None:
        """Write what needs a person."""
        self._log.error(self._named(line))

    def failure(self, line: str) -> None:
        """Write the line, then the traceback of the exception that is being handled."""
        self._log.failure(self._named(line))

    def _named(self, line: str) -> str:
        return f"{self._name}: {clean(line, _LONGEST_LINE)}"
