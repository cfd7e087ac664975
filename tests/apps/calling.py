"""Calls to a daemon of one's own by real phones, and what their callers heard."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import soundfile  # type: ignore[import-untyped]

from echo.audio.format import RATES
from tests.conftest import ROOT
from tests.daemon import Daemon
from tests.speech.recordings import recording_path


@dataclass
class Heard:
    """What one caller heard, in PCM from the opening of the socket on, and the phone's report of the call."""

    rate: int
    pcm: bytes
    report: dict[str, Any]

    def between(self, begin: float, end: float) -> bytes:
        """What was heard between two times, in seconds."""
        return self.pcm[round(begin * self.rate) * 2 : round(end * self.rate) * 2]

    def assert_sound(self) -> None:
        """Nothing broke the provider's rules, nor was there a break in what was heard."""
        failed = [check for check in self.report["checks"] if check["passed"] is False]
        assert [check["name"] for check in failed if check["name"] not in {"heard", "clock"}] == []


class Phone:
    """Starts calls, each in a process of its own, and hears what came of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._calls: list[tuple[subprocess.Popen[str], int, Path]] = []

    def dial(self, url: str, rate: int, *words: str) -> None:
        """Begin a call."""
        folder = self.folder / f"call-{len(self._calls)}"
        folder.mkdir(exist_ok=True)
        record = folder / "heard.wav"
        command = [sys.executable, "-m", "echo.phone", "call", url, "--rate", str(rate), "--json"]
        process = subprocess.Popen(
            [*command, "--record", str(record), *words],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._calls.append((process, rate, record))

    def heard(self) -> list[Heard]:
        """Wait for all calls."""
        calls, self._calls = self._calls, []
        found = []
        for process, rate, record in calls:
            out, err = process.communicate(timeout=60)
            assert process.returncode in {0, 1}, err
            pcm, file_rate = soundfile.read(record, dtype="int16")
            assert file_rate == rate
            found.append(Heard(rate, pcm.astype("<i2").tobytes(), json.loads(out)))
        return found


def call_all(phone: Phone, url: str, *words: str, audio: bool = False) -> list[Heard]:
    """Call at all rates at once; with ``audio``, the caller says the recorded sentence."""
    for rate in RATES:
        said = ("--audio", str(recording_path(rate))) if audio else ()
        phone.dial(url, rate, *said, *words)
    calls = phone.heard()
    for each in calls:
        each.assert_sound()
    return calls


@contextmanager
def answering(
    *options: str, files: dict[str, str] | None = None, **environment: str
) -> Iterator[tuple[Daemon, str]]:
    """A daemon, and its answer URL; ``files`` are written where it is started."""
    daemon = Daemon(*options, environment=environment)
    for name, text in (files or {}).items():
        (daemon.folder / name).write_text(text)
    for name in ("announcement.wav", "press-seven.wav"):
        shutil.copy(recording_path(16000), daemon.folder / name)
    with daemon:
        yield daemon, f"http://127.0.0.1:{daemon.port}/ncco"
