"""Which apps answer calls: found and loaded by what the settings say, with the tools that they share."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from echo.apps.clips import Memory
from echo.apps.finding import find, name_of
from echo.apps.sounds import Sounds
from echo.apps.tools import Choices, Tools
from echo.budget import Budget
from echo.call.app import AppMaker
from echo.errors import AppError, ConfigurationError, SoundError
from echo.log import Log
from echo.service.settings import Settings

#: Lines a second, and at once, about apps that take too long.
_TOLD_PER_SECOND, _TOLD_AT_ONCE = 1, 5


@dataclass(frozen=True)
class Chosen:
    """
    The apps in service.

    Attributes:
        default: answers where a call chooses none.
        allowed: those that a call may choose, by their names; empty where it may not choose.
    """

    default: AppMaker
    allowed: Mapping[str, AppMaker] = field(default_factory=dict)


class _Daemonic(threading.Thread):
    """A thread that ends with the process: what blocks in it cannot be stopped, and must not keep it."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **{**named, "daemon": True})


class AppShelf:
    """Where apps come from; keeps what survives a reload: their threads, and their sound files."""

    def __init__(self, folder: Path, reactor: Any, log: Log) -> None:
        """Find files from ``folder`` on."""
        self._folder = folder
        self._reactor = reactor
        self._log = log
        self._told = Budget(_TOLD_PER_SECOND, _TOLD_AT_ONCE, reactor.seconds())
        self._pool = ThreadPool(0, 1, "apps")
        self._pool.threadFactory = _Daemonic
        self._sounds: tuple[int, Sounds] | None = None
        self._rooms: dict[str, Any] = {}
        self._memory: tuple[int, Memory] | None = None

    def choose(self, settings: Settings) -> Chosen:
        """
        Load the apps that ``settings`` name. Touches the disk, and runs code of others.

        Raises:
            ConfigurationError: with a sentence for each that cannot be used.
        """
        before = self._sounds, self._memory
        tools = self._tools(settings)
        problems: list[str] = []
        default = self._find("app", settings.app, settings, tools, problems)
        allowed = {
            name_of(name): self._find("apps", name, settings, tools, problems) for name in settings.apps
        }
        self._check_sound(settings, problems)
        if problems:
            self._sounds, self._memory = before
            raise ConfigurationError(problems)
        self._pool.adjustPoolsize(0, settings.limits.app_threads)
        if default is not None and allowed:
            allowed.setdefault(name_of(settings.app), default)
        found = {name: maker for name, maker in allowed.items() if maker is not None}
        assert default is not None  # noqa: S101  or there would be a problem
        tools.apps.update(found)
        return Chosen(default, found)

    def _check_sound(self, settings: Settings, problems: list[str]) -> None:
        if settings.play_file is None:
            return
        try:
            self._sounds_of(settings.limits.max_sounds).check(Path(settings.play_file), settings.rate)
        except SoundError as error:
            problems.append(f"{settings.place('play_file')}: {error}")

    def _find(
        self, setting: str, name: str, settings: Settings, tools: Tools, problems: list[str]
    ) -> AppMaker | None:
        try:
            return find(name, self._folder, tools)
        except AppError as error:
            problems.append(f"{settings.place(setting)}: {error}")
            return None

    def _tools(self, settings: Settings) -> Tools:
        limits = settings.limits
        return Tools(
            reactor=self._reactor,
            log=self._log,
            limits=limits,
            told=self._told,
            in_thread=self._in_thread,
            load=self._sounds_of(limits.max_sounds).load,
            rooms=self._rooms,
            memory=self._memory_of(limits.max_clips),
            choices=Choices(
                echo_delay=settings.echo_delay,
                play_file=None if settings.play_file is None else Path(settings.play_file),
                play_loop=settings.play_loop == "on",
                tone=settings.tone,
            ),
        )

    def _sounds_of(self, mebibytes: int) -> Sounds:
        """Keep what was converted, unless there may be another amount of it now."""
        if self._sounds is None or self._sounds[0] != mebibytes:
            self._sounds = mebibytes, Sounds(self._folder, mebibytes << 20, self._off_reactor, self._reactor)
        return self._sounds[1]

    def _memory_of(self, mebibytes: int) -> Memory:
        if self._memory is None or self._memory[0] != mebibytes:
            self._memory = mebibytes, Memory(mebibytes << 20)
        return self._memory[1]

    def _off_reactor(self, work: Any, *arguments: Any) -> Any:
        """Do what touches a disk in the reactor's own threads: an app that fills its own must not stop them."""
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), work, *arguments)

    def _in_thread(self, work: Any, *arguments: Any) -> Any:
        """Run the blocking code of an app; the first one starts the threads."""
        if not self._pool.started:
            self._pool.start()
        return deferToThreadPool(self._reactor, self._pool, work, *arguments)
