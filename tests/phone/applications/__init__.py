"""
Voice applications on 127.0.0.1 that the phone calls: one mistake each, or none; in other libraries than ours.

    with Applications() as applications:
        ...  # applications.socket("half-frames"), applications.answer("half-frames")

A process serves all of those under ``tests/phone/applications`` that are written with ``websockets``; the path
names the application. ``Applications("aiohttp")`` and ``Applications("fastapi")`` serve one correct application
each. Every application's docstring tells what it does wrong.
"""

from __future__ import annotations

from tests.phone.applications.process import Applications

__all__ = ["Applications"]
