"""Tests of echo.service.recordings: where recordings go, by the settings."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from echo.errors import ConfigurationError
from echo.recording.recorder import Recorder
from echo.service.recordings import recorder_of
from echo.service.settings import resolve
from echo.service.values import shown
from tests.conftest import ROOT
from tests.doubles import RecordingLog


def made(folder: Path, **given: str) -> Recorder | None:
    """Who records by these settings, started in ``folder``."""
    return recorder_of(resolve(given, {}, lambda _path: b""), folder, Clock(), RecordingLog())


def test_nothing_is_recorded_unless_asked_for(tmp_path: Path) -> None:
    """Without a folder there is nobody who records."""
    assert made(tmp_path) is None


def test_the_folder_is_made_for_nobody_else(tmp_path: Path) -> None:
    """A relative folder begins where the daemon was started, and only its user may look into it."""
    recorder = made(tmp_path, record="calls")
    assert recorder is not None
    assert recorder.records_all
    assert stat.S_IMODE((tmp_path / "calls").stat().st_mode) == 0o700


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    """Whoever made it has chosen who may look into it."""
    (tmp_path / "calls").mkdir(mode=0o750)
    recorder = made(tmp_path, record="calls", record_calls="asked")
    assert recorder is not None
    assert not recorder.records_all
    assert stat.S_IMODE((tmp_path / "calls").stat().st_mode) == 0o750


@pytest.mark.parametrize(
    ("name", "problem"), [("gone/calls", "No such file or directory"), ("file", "File exists")]
)
def test_a_wrong_folder_is_told(tmp_path: Path, name: str, problem: str) -> None:
    """One sentence says which, and why."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError) as told:
        made(tmp_path, record=name)
    assert told.value.problems == (
        f"--record: {shown(str(tmp_path / name))} cannot be written to: {problem}",
    )


def test_a_daemon_that_records_nothing_does_not_load_what_it_takes() -> None:
    """What a daemon without recordings would load in vain is 25 MB, and a tenth of a second."""
    program = (
        "import sys, echo.service.maker; sys.exit('numpy' in sys.modules or 'echo.recording' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    assert done.returncode == 0
