"""An app hangs up: through the REST API where the daemon has a key, else, or if nobody answers, by a Close frame."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.daemon import Daemon, free_port
from tests.vonage.keys import APPLICATION, private_pem

APP = """
from echo.apps import App


class Briefly(App):
    def dtmf(self, digit):
        self.call.hangup("that is all")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the app and the key are."""
    (tmp_path / "private.key").write_bytes(private_pem())
    (tmp_path / "briefly.py").write_text(APP)
    return tmp_path


def with_key(folder: Path, rest: int) -> tuple[str, ...]:
    """Options of a daemon that asks the API on this port."""
    key = ("--application-id", APPLICATION, "--private-key", str(folder / "private.key"))
    return (*key, "--api-url", f"http://127.0.0.1:{rest}")


def call(daemon: Daemon, folder: Path, *more: str) -> Any:
    """Call, press a key, and stay on the line for ten seconds unless somebody ends it; the report."""
    url = f"http://127.0.0.1:{daemon.port}"
    words = f"call {url}/ncco --event-url {url}/events --silence --duration 10 --dtmf 0.5:5 --json"
    done = subprocess.run(
        [sys.executable, "-m", "echo.phone", *words.split(), *more],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return json.loads(done.stdout)


def test_through_the_api(folder: Path) -> None:
    """The provider ends the whole call: no socket is lost, and nothing is to be connected again."""
    rest = free_port()
    with Daemon("--app", str(folder / "briefly.py"), *with_key(folder, rest)) as daemon:
        report = call(daemon, folder, "--rest-port", str(rest), "--public-key", "private.key")
        assert report["ended"]["by"] == "api"
        assert daemon.stop() == 0
        log = daemon.log
    assert "event completed" in log
    assert "disconnected " not in log
    assert "has lost its socket" not in log
    assert "ended by echo (close code 1000: that is all)" in log
    assert "HTTP11ClientFactory" not in log


@pytest.mark.parametrize("has_key", [True, False], ids=["nobody answers", "no key"])
def test_without_the_api(folder: Path, *, has_key: bool) -> None:
    """The socket is closed; what the provider then tells of it is no accident."""
    options = with_key(folder, free_port()) if has_key else ()
    with Daemon("--app", str(folder / "briefly.py"), *options) as daemon:
        report = call(daemon, folder)
        assert (report["ended"]["by"], report["ended"]["code"]) == ("application", 1000)
        assert daemon.stop() == 0
        log = daemon.log
    assert "has lost its socket: not connected again: we have ended it" in log
    assert ("could not hang up" in log) == has_key
