"""
Leaving at once: the second Ctrl-C, and the one that comes before there is anything to hang up.

It runs between two lines of whatever else runs, so it writes by the system alone and ends the process there and
then: neither a traceback nor a half-written line comes of it. What it imports Python has loaded by itself, or is
loaded in a moment: until then Ctrl-C is Python's own.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

#: How a shell counts what a signal has ended; of SIGINT it is 130.
_BY_SIGNAL = 128

INTERRUPTED = _BY_SIGNAL + signal.SIGINT

_last: list[Callable[[], object]] = []


def at_last(do: Callable[[], object]) -> Callable[[], None]:
    """
    Put something right before the process ends, however it ends; it may be done twice.

    Returns:
        Takes it back.
    """
    _last.append(do)

    def forget() -> None:
        if do in _last:
            _last.remove(do)

    return forget


def put_right() -> None:
    """Put everything right."""
    for do in _last:
        try:
            do()
        except (OSError, ValueError):  # the terminal has gone, or is no file
            continue


def leave(number: int, _frame: FrameType | None = None) -> None:
    """End the process as the signal ``number`` would; a handler of signals."""
    put_right()
    os._exit(_BY_SIGNAL + number)


def interrupt(number: int, _frame: FrameType | None = None) -> None:
    """Do as for Ctrl-C: the terminal has gone; a shell that goes with it sends the signal once more."""
    signal.signal(number, signal.SIG_IGN)
    signal.raise_signal(signal.SIGINT)


def open_streams() -> None:
    """
    Put nothing in the place of standard streams that the process was started without.

    Their descriptors would go to the next file or socket that is opened. There is no standard input still, for those
    who would read from it.
    """
    for name, descriptor in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            nothing = os.open(os.devnull, os.O_RDWR)
            if nothing != descriptor:
                os.dup2(nothing, descriptor)
                os.close(nothing)
            if name != "stdin":
                setattr(sys, name, os.fdopen(descriptor, "w", closefd=False))


atexit.register(put_right)
