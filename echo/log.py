"""
The log as the rest of echo sees it.

The core writes finished lines and knows nothing of where they go; ``echo.service.log`` sends them to
Twisted's logger, tests collect them. What a peer said goes through :func:`echo.untrusted.clean` first.
"""

from __future__ import annotations

from typing import Protocol

from echo.privacy import Privacy


class Log(Protocol):
    """
    Where lines for people go. Each method takes one finished line without a line end.

    Attributes:
        privacy: how whoever writes a line shows what is private in it.
    """

    privacy: Privacy

    def debug(self, line: str) -> None:
        """Write what only matters when something is being searched for."""

    def info(self, line: str) -> None:
        """Write what an operator wants to see on a normal day."""

    def warn(self, line: str) -> None:
        """Write what is not as it should be, while the service goes on."""

    def error(self, line: str) -> None:
        """Write what needs a person."""

    def failure(self, line: str) -> None:
        """Write a bug of ours: the line, then the traceback of the exception that is being handled."""
