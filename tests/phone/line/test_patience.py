"""Tests of echo.phone.line.patience: how long an echo is waited for."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from echo.audio.format import AudioFormat
from echo.audio.signal import Numbered
from echo.phone.line.patience import Patience
from echo.phone.listening.echoes import Echoes
from tests.conftest import ROOT
from tests.phone.applications import Applications

SIGNAL = Numbered(AudioFormat(16000))

#: When the call would be over, in seconds.
OVER = 5.0


def listened_until(comes: Callable[[float], int], said: int = 1000) -> float:
    """When the call is over of which so many frames have come back at a time."""
    echoes, patience = Echoes(AudioFormat(16000)), Patience()
    for index in range(said):
        echoes.said(SIGNAL.frame(index), 0.0)
    for step in range(1000):
        now = OVER + step / 50
        while echoes.matched < comes(now):
            echoes.heard(SIGNAL.frame(echoes.matched), now)
        if not patience.lasts(echoes, now, OVER):
            return now
    raise AssertionError("it never ended")


def test_an_echo_that_is_whole_is_not_waited_for() -> None:
    """The call is over when it would be over."""
    assert listened_until(lambda _: 1000) == OVER


@pytest.mark.parametrize("so_far", [0, 600])
def test_an_echo_that_does_not_go_on_is_given_two_seconds(so_far: int) -> None:
    """The rest is lost, or nothing ever comes."""
    assert listened_until(lambda _: so_far) == pytest.approx(OVER + 2)


def test_an_echo_is_waited_for_as_long_as_it_goes_on() -> None:
    """The call is over with its last frame."""
    assert listened_until(lambda now: round((now - 2) * 50), said=300) == pytest.approx(8.0)


def test_an_echo_may_begin_late() -> None:
    """Nothing has come when the call would be over, and all of it comes."""
    assert listened_until(lambda now: round(max(0, now - 6.5) * 50), said=100) == pytest.approx(8.5)


def test_an_echo_is_not_waited_for_without_end() -> None:
    """One that comes slower than it was said is given ten seconds."""
    assert listened_until(lambda now: round(now * 10)) == pytest.approx(OVER + 10)


def test_a_delay_of_three_seconds_fails_nothing() -> None:
    """The whole phone waits for the echo of an application that is late on purpose, and is over with its last frame."""
    with Applications() as applications:
        url = applications.socket("late?ms=3000")
        told = subprocess.run(
            [sys.executable, "-m", "echo.phone", "call", url, "--duration=1", "--expect=echo", "--json"],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
    report = json.loads(told.stdout)

    assert (told.returncode, report["frames"]["echoed"], report["frames"]["lost"]) == (0, 50, 0), told
    assert 3900 < report["duration"] < 4900
