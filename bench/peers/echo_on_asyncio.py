"""Our daemon on Twisted's asyncio reactor, over asyncio's own loop or uvloop's: would that be cheaper?"""

from __future__ import annotations

import asyncio
import sys

import uvloop
from twisted.internet import asyncioreactor

loop, *options = sys.argv[1:]
asyncioreactor.install({"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}[loop]())

from twisted.scripts.twistd import run  # noqa: E402  it installs a reactor where there is none

sys.argv = ["twistd", "-n", "--pidfile=", "--no_save", "echo", *options]
run()
