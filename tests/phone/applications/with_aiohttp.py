"""An echo with aiohttp: the very application that the tutorial of the phone shows."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.test_docs import blocks


def make_app() -> web.Application:
    """Make the application of ``docs/phone.rst``, as somebody has it who copied it from there."""
    written: dict[str, Any] = {"__name__": "app"}
    exec(compile(blocks("docs/phone.rst", "python")["app.py"], "app.py", "exec"), written)
    made: web.Application = written["make_app"]()
    return made
