"""Tests of echo.phone.load.run: orders that can be carried out, and whole loads against the real daemon."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from echo.errors import PhoneError
from echo.phone.load.run import terms_of
from echo.phone.order import DEFAULT_DURATION, CallOrder, LoadOrder
from tests.conftest import ROOT
from tests.daemon import Daemon, free_port

WS = "ws://localhost:8000/socket"


def order(**call: Any) -> LoadOrder:
    """An order of two calls."""
    return LoadOrder(CallOrder(WS, **call), 2, 10.0)


def test_the_terms_repeat_the_order() -> None:
    """What the report repeats is what was asked for; even arrivals have no seed."""
    terms = terms_of(order(expect="echo", limits={"max_p99": 50.0}), seed=7)
    assert (terms.url, terms.calls, terms.rate, terms.seed) == (WS, 2, 10.0, None)
    assert terms.lasts == (DEFAULT_DURATION, 2.0)
    assert terms.echo
    assert terms.limits == {"max_p99": 50.0}


@pytest.mark.parametrize(("wished", "seed"), [(None, 7), (0, 0), (3, 3)])
def test_random_arrivals_have_a_seed(wished: int | None, seed: int) -> None:
    """The order's, else the one that was drawn: told, so that the load can be made again."""
    asked = LoadOrder(CallOrder(WS), 2, 10.0, poisson=True, seed=wished)
    assert terms_of(asked, seed=7).seed == seed


@pytest.mark.parametrize(
    ("call", "talked"),
    [
        ({}, "the built-in signal"),
        ({"tone": 440.0}, "a tone of 440 Hz"),
        ({"silence": True}, "silence"),
    ],
)
def test_what_the_callers_say(call: dict[str, object], talked: str) -> None:
    """The report names it."""
    assert terms_of(order(**call), seed=1).talked == talked


def test_a_file_is_called_by_its_name(tmp_path: Path) -> None:
    """The report names the file without its folder; the callers talk as long as it lasts."""
    path = tmp_path / "hello.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes(640))
    terms = terms_of(order(audio=str(path)), seed=1)
    assert (terms.talked, terms.lasts) == ("hello.wav", (None, 2.0))


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ({"audio": "-"}, "standard input can be read once only"),
        ({"audio": "nothing.wav"}, "nothing.wav: "),
        ({"expect": "speech"}, "an echo can be expected, and nothing else: not speech"),
    ],
)
def test_what_cannot_be_carried_out(call: dict[str, object], problem: str) -> None:
    """It is said before anybody is called."""
    with pytest.raises(PhoneError, match=problem):
        terms_of(order(**call), seed=1)


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[str]]:
    """Start ``echo-phone load`` in a process of its own, which is gone afterwards whatever happens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "echo.phone", "load", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def until_up(daemon: Daemon, calls: int) -> None:
    """Wait until the daemon has so many calls: each look at it takes its time."""
    deadline = time.monotonic() + 30
    while daemon.health()["calls_now"] < calls:
        if time.monotonic() > deadline:
            raise TimeoutError("the calls were not made")


def test_a_load_against_the_daemon() -> None:
    """Ten calls of a second, asked for by the answer URL: every frame comes back, and one object says so."""
    words = "--calls 10 --duration 1 --arrivals 50/s --poisson --seed 1 --expect echo --max-lost 0 --json"
    with Daemon() as daemon, started(f"http://127.0.0.1:{daemon.port}/ncco", *words.split()) as load:
        out, err = load.communicate(timeout=60)
    assert (load.returncode, err) == (0, "")
    report = json.loads(out)
    assert report["passed"] is True
    assert report["arrivals"] == {"rate": 50.0, "poisson": True, "seed": 1}
    assert report["calls"] == {
        "wanted": 10,
        "begun": 10,
        "connected": 10,
        "completed": 10,
        "goodbye": 0,
        "interrupted": 0,
        "failed": 0,
        "most_at_once": 10,
    }
    frames = report["frames"]
    assert (frames["out"], frames["echoed"], frames["lost"], frames["crossed"]) == (500, 500, 0, 0)
    assert report["round_trip"]["frames"] == 500
    assert 0 < report["round_trip"]["p50"] <= report["round_trip"]["max"]
    assert report["setup"]["ncco"]["count"] == 10
    checks = {check["name"]: check["passed"] for check in report["checks"]}
    assert {**checks, "phone": None} == {
        "calls": True,
        "crossed": True,
        "echo": True,
        "max-lost": True,
        "phone": None,
    }


def test_ctrl_c_hangs_up_and_reports() -> None:
    """A load that is stopped while its calls talk ends at once: what it saw is told, and no call was over: 2."""
    words = ["--calls", "3", "--duration", "600", "--arrivals", "50/s"]
    with Daemon() as daemon, started(f"ws://127.0.0.1:{daemon.port}/socket", *words) as load:
        until_up(daemon, 3)
        load.send_signal(signal.SIGINT)
        out, _ = load.communicate(timeout=30)
    assert load.returncode == 2
    assert "3 interrupted" in out
    assert "✗ whole    The load was interrupted: of 3 calls 3 cut off." in out


def test_nobody_there() -> None:
    """Where nothing listens no call can be made: the exit status says so, and the report why."""
    with started(f"ws://127.0.0.1:{free_port()}/socket", "--calls", "2") as load:
        out, _ = load.communicate(timeout=60)
    assert load.returncode == 2
    assert "no call: connection refused: nothing listens there" in out
