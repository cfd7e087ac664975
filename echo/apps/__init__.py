"""What answers a call: one file per app, and the table of their names."""

from __future__ import annotations

from echo.apps.echo import Echo
from echo.apps.reflect import Reflect
from echo.call.app import AppMaker

#: What ``--app`` chooses from.
APPS: dict[str, AppMaker] = {"echo": Echo, "reflect": Reflect}
