"""The apps that come with echo, by the names that ``--app`` and ``--apps`` know."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from echo.apps.echo import Echo
from echo.apps.reflect import Reflect
from echo.apps.tools import Tools
from echo.call.app import AppMaker

#: Those that need nothing but their call.
APPS: Mapping[str, AppMaker] = {"echo": Echo, "reflect": Reflect}

#: Each with what makes its maker.
_SHIPPED: Mapping[str, Callable[[Tools], AppMaker]] = {
    "echo": lambda _tools: Echo,
    "reflect": lambda _tools: Reflect,
}

#: What ``--app`` chooses from, besides files and what other packages bring.
NAMES = tuple(_SHIPPED)


def shipped(name: str, tools: Tools) -> AppMaker:
    """Make what answers calls by the app of this name, one of ``NAMES``."""
    return _SHIPPED[name](tools)
