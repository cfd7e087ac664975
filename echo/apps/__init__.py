"""
What answers a call: a file per app, ``table.py`` with their names, and the interface for apps of your own.

``docs/apps.rst`` tells how to write one; all it needs is imported from here.
"""

from __future__ import annotations

from echo.apps.base import App, blocking
from echo.apps.conversation import Conversation
from echo.apps.heard import Heard
from echo.apps.table import APPS
from echo.call.report import Ending
from echo.errors import AppError, CallEnded

__all__ = ["APPS", "App", "AppError", "CallEnded", "Conversation", "Ending", "Heard", "blocking"]
