"""What recordings ask of a disk, on the real one."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from echo.recording.disk import Disk


def descriptors() -> list[str]:
    """Those of this process."""
    return sorted(each.name for each in Path("/proc/self/fd").iterdir())


@pytest.fixture
def _no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", refuse)


@pytest.mark.usefixtures("_no_locks")
@pytest.mark.parametrize("ask", [Disk.create, Disk.take_over])
def test_a_file_system_without_locks_costs_no_descriptor(
    tmp_path: Path, ask: Callable[[Disk, Path], int | None]
) -> None:
    """It is asked again every few seconds, for as long as the process lives."""
    path = tmp_path / "one.wav.part"
    if ask is Disk.take_over:
        path.touch()
    before = descriptors()
    for _ in range(3):
        with pytest.raises(OSError, match="No locks available"):
            ask(Disk(), path)
    assert descriptors() == before


def test_what_somebody_holds_is_not_taken_over(tmp_path: Path) -> None:
    """Whoever writes a recording is not disturbed."""
    disk = Disk()
    fd = disk.create(tmp_path / "one")
    before = descriptors()
    assert disk.take_over(tmp_path / "one") is None
    assert descriptors() == before
    disk.close(fd)
    again = disk.take_over(tmp_path / "one")
    assert again is not None
    disk.close(again)
