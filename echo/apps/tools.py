"""What all apps of a daemon share: its clock, its threads, its log, its sound files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from twisted.internet.defer import Deferred

from echo.apps.clips import Memory
from echo.budget import Budget
from echo.call.app import AppMaker
from echo.limits import Limits
from echo.log import Log

#: Runs a function with its arguments in a thread, and tells its result.
InThread: TypeAlias = Callable[..., "Deferred[Any]"]


@dataclass(frozen=True)
class Choices:
    """
    How the operator wants the apps that come with echo.

    Attributes:
        echo_delay: seconds until the echo comes back.
        play_file: what ``play`` plays; ``None`` for a sentence that comes with echo.
        play_loop: again and again.
        tone: what ``tone`` begins with: ``milliwatt``, ``sweep`` or a frequency in hertz.
    """

    echo_delay: float = 0.0
    play_file: Path | None = None
    play_loop: bool = False
    tone: str = "milliwatt"


@dataclass(frozen=True)
class Tools:
    """
    What the apps of a daemon work with.

    Attributes:
        reactor: its clock is monotonic.
        log: where apps write, by the names of their calls.
        limits: of the daemon.
        told: how often the log tells of an app that takes too long.
        in_thread: runs blocking code of apps; a bounded number at a time, the rest waits.
        memory: what apps may keep of what callers say.
        choices: how the operator wants the apps that come with echo.
        load: gives the PCM of a sound file at a rate.
        rooms: those of the bridge that somebody is in, by their names.
        apps: those that a call may choose, by their names, and the one that answers where none is chosen.
    """

    reactor: Any
    log: Log
    limits: Limits
    told: Budget
    in_thread: InThread
    load: Callable[[Path, int], Deferred[bytes]]
    memory: Memory
    choices: Choices = Choices()
    rooms: dict[str, Any] = field(default_factory=dict)
    apps: dict[str, AppMaker] = field(default_factory=dict)
