"""
Faults of a machine, inside one process: a wall clock that somebody sets, and names that nobody resolves.

Python imports a module of this name at its start. What is asked for is asked by the environment:

* ``FAULT_CLOCK``: a file of 8 bytes, a double in native order; so many seconds are added to ``time.time``. Whoever
  writes another number sets the clock.
* ``FAULT_NAMES``: seconds after which every look-up of a name fails, as it does without a resolver.
"""

from __future__ import annotations

import mmap
import os
import socket
import struct
import time
from pathlib import Path
from typing import Any

#: The bytes of ``FAULT_CLOCK`` before anybody has set it.
UNTOUCHED = struct.pack("d", 0.0)


def _shift_clock(path: str) -> None:
    with Path(path).open("rb") as file:
        shown = mmap.mmap(file.fileno(), len(UNTOUCHED), access=mmap.ACCESS_READ)
    now, now_ns = time.time, time.time_ns

    def offset() -> float:
        return float(struct.unpack("d", shown)[0])

    time.time = lambda: now() + offset()
    time.time_ns = lambda: now_ns() + int(offset() * 1e9)


def _lose_names(seconds: float) -> None:
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **named: Any) -> Any:
        is_number = host in {None, "", "127.0.0.1", "::1", "0.0.0.0", "::"}
        return look_up(host, *arguments, **named) if is_number else fail()

    def fail(*_: Any, **__: Any) -> Any:
        time.sleep(seconds)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    socket.getaddrinfo = getaddrinfo
    socket.gethostbyname = socket.gethostbyname_ex = socket.gethostbyaddr = socket.getfqdn = fail


if "FAULT_CLOCK" in os.environ:
    _shift_clock(os.environ["FAULT_CLOCK"])
if "FAULT_NAMES" in os.environ:
    _lose_names(float(os.environ["FAULT_NAMES"]))
