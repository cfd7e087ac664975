"""
The round trips that the installed ``echo-phone`` tells are those that an application makes on purpose.

Other processes of the machine can only make a call slower, never quicker: no measured delay may be less than the
real one, and the best of a few calls must be the real one within 2 ms. ``bench/phone_clock.py`` measures the
phone's clock over a minute, which takes an idle machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.phone.applications import Applications

#: Milliseconds that the applications wait on purpose.
DELAYS = (0, 37, 250)

#: How much more than these may be measured, in milliseconds.
TOLERANCE = 2.0

#: Calls to each application, until one has met nobody else at the machine.
ATTEMPTS = 4


@pytest.fixture(scope="module")
def applications() -> Iterator[Applications]:
    """The applications, served."""
    with Applications() as served:
        yield served


def begin(installed: Path, url: str) -> subprocess.Popen[str]:
    """Let the phone call a URL."""
    program = (sys.executable, installed / "bin/echo-phone")
    return subprocess.Popen(
        [*program, "call", url, "--duration", "2", "--tail", "1", "--expect", "echo", "--json"],
        env={"PYTHONPATH": str(installed), "PATH": os.environ["PATH"]},
        cwd=installed,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def finish(phone: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait for the report."""
    try:
        report: dict[str, Any] = json.loads(phone.communicate(timeout=60)[0])
    finally:
        phone.kill()
        phone.wait()
    return report


def test_delays_are_measured_within_2_ms(installed: Path, applications: Applications) -> None:
    """An echo 0, 37 or 250 ms late has that median of its round trips, and all of its frames."""
    best: dict[int, float] = {}
    wanted = list(DELAYS)
    for _ in range(ATTEMPTS):
        phones = {delay: begin(installed, applications.socket(f"delay-{delay}")) for delay in wanted}
        for delay, phone in phones.items():
            report = finish(phone)
            assert report["passed"], report
            assert report["round_trip"]["frames"] == 100
            measured = report["round_trip"]["p50"]
            assert measured >= delay
            best[delay] = min(measured, best.get(delay, measured))
        wanted = [delay for delay in wanted if best[delay] > delay + TOLERANCE]
    assert not wanted, f"the best medians are {best}"
