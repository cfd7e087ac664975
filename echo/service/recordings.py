"""Recordings, by what the settings say: where they go, and who writes them."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echo.errors import ConfigurationError
from echo.log import Log
from echo.service.settings import Settings
from echo.service.values import shown

if TYPE_CHECKING:
    from echo.recording.recorder import Recorder

_MIB = 1024 * 1024
_MB = 1_000_000


def recorder_of(settings: Settings, folder: Path, reactor: Any, log: Log) -> Recorder | None:
    """
    Make who records calls, where ``settings`` name a place for it; a relative one begins in ``folder``.

    Raises:
        ConfigurationError: where no file can be made there.
    """
    if settings.record is None:
        return None
    # Both load numpy, which a daemon that records nothing need not have.
    from echo.recording.disk import Disk  # noqa: PLC0415
    from echo.recording.keeping import Keeper, Rules  # noqa: PLC0415
    from echo.recording.recorder import Recorder  # noqa: PLC0415
    from echo.recording.writer import Writer  # noqa: PLC0415

    place = folder / settings.record
    _prepare(place, settings)

    def tell(line: str) -> None:
        reactor.callFromThread(log.warn, line)

    disk, most = Disk(), settings.record_max_mb
    rules = Rules(
        days=settings.record_keep_days,
        most=None if most is None else most * _MB,
        free=settings.record_free_mb * _MB,
    )
    keeper = Keeper(place, disk, rules, clock=time.monotonic, wall_clock=time.time, tell=tell)
    writer = Writer(
        disk,
        most_waiting=settings.limits.record_queue * _MIB,
        tell=tell,
        may_write=keeper.may_write,
        chores=keeper.chores,
    )
    return Recorder(
        reactor=reactor,
        writer=writer,
        folder=place,
        log=log,
        wall_clock=time.time,
        random=secrets.token_bytes,
        records_all=settings.record_calls == "all",
        form=settings.record_format,
    )


def _prepare(place: Path, settings: Settings) -> None:
    """Make the folder, for nobody but us, if it is not there; and see that files can be made in it."""
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        if not os.access(place, os.W_OK | os.X_OK | os.R_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        problem = error.strerror or type(error).__name__
        raise ConfigurationError(
            [f"{settings.place('record')}: {shown(str(place))} cannot be written to: {problem}"]
        ) from None
