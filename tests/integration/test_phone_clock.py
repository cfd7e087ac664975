"""
The round trips that the installed ``echo-phone`` tells are those that an application makes on purpose.

Other processes of the machine can only make a call slower, never quicker: no measured delay may be less than the
real one, and the best of up to three calls must be the real one within 2 ms. ``bench/phone_clock.py`` measures the
phone's clock over a minute, which takes an idle machine.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.phone.applications import Applications

#: Milliseconds that the application waits on purpose.
DELAYS = (0, 37, 250)

#: How much more than these may be measured, in milliseconds.
TOLERANCE = 2.0

#: Calls for each delay, until one has met nobody else at the machine.
ATTEMPTS = 3


@pytest.fixture(scope="module")
def applications() -> Iterator[Applications]:
    """The applications, served."""
    with Applications() as served:
        yield served


def measure(installed: Path, url: str) -> dict[str, Any]:
    """Let the phone call a URL; its report."""
    program = (sys.executable, installed / "bin/echo-phone")
    done = subprocess.run(
        [*program, "call", url, "--duration", "2", "--tail", "1", "--expect", "echo", "--json"],
        env={"PYTHONPATH": str(installed), "PATH": os.environ["PATH"]},
        cwd=installed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.parametrize("delay", DELAYS)
def test_a_delay_is_measured_within_2_ms(installed: Path, applications: Applications, delay: int) -> None:
    """An echo that is late on purpose has that median of its round trips, and all of its frames."""
    medians: list[float] = []
    while len(medians) < ATTEMPTS and min(medians, default=math.inf) > delay + TOLERANCE:
        report = measure(installed, applications.socket(f"late?ms={delay}"))
        assert report["round_trip"]["frames"] == 100
        medians.append(report["round_trip"]["p50"])
    assert delay <= min(medians) <= delay + TOLERANCE, medians
