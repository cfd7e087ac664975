"""The daemon, tortured: the application that this phone was made for bears everything."""

from __future__ import annotations

import json
import re
import subprocess
import sys

from tests.conftest import ROOT
from tests.daemon import Daemon
from tests.phone.faults.test_table import NAMES

NOT_TRIED = {"unsigned-webhook", "altered-webhook", "stale-webhook", "replayed-webhook", "slow-tls"}

#: Each is tried by a process of its own, all at the same time.
SHARES = 6


def torture(url: str, *only: str) -> subprocess.Popen[str]:
    """Begin to try some faults."""
    options = [word for name in only for word in ("--only", name)]
    return subprocess.Popen(
        [sys.executable, "-m", "echo.phone", "torture", url, "--json", *options],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
    )


def test_the_daemon_bears_everything() -> None:
    """Every fault that can be tried without TLS and a secret passes, and standard output is one object."""
    with Daemon() as daemon:
        shares = [NAMES[number::SHARES] for number in range(SHARES)]
        phones = [torture(f"http://127.0.0.1:{daemon.port}/ncco", *share) for share in shares]
        told = [phone.communicate(timeout=120)[0] for phone in phones]
        faults = [fault for each in told for fault in json.loads(each)["faults"]]

        assert [fault for fault in faults if fault["passed"] is False] == []
        assert {fault["name"] for fault in faults if fault["passed"] is None} == NOT_TRIED
        assert {fault["name"] for fault in faults} == {*NAMES, "ordinary-call"}
        assert [phone.returncode for phone in phones] == [0] * SHARES
        assert "Traceback" not in daemon.log
        daemon.health()  # by the time of its second answer it has seen the last connection end
        assert daemon.health()["calls_now"] == 0


def test_the_daemon_feels_that_nobody_reads() -> None:
    """At 8000 Hz, where least is on the way: its queue fills and drops, while frames go on coming in."""
    with Daemon("--rate", "8000") as daemon:
        phone = torture(f"http://127.0.0.1:{daemon.port}/ncco", "stop-reading")
        (usual, fault) = json.loads(phone.communicate(timeout=60)[0])["faults"]
        daemon.health()
        (stuck,) = (line for line in daemon.log.splitlines() if "225 frames in" in line)

    assert (usual["passed"], fault["passed"]) == (True, True), fault["sentence"]
    dropped, gap, peak = map(float, _STUCK.findall(stuck)[0])
    assert dropped > 50, stuck  # of the 175 of 3.5 s, what neither the queue nor the way holds
    assert gap < 1000, stuck
    assert peak == 200, stuck


_STUCK = re.compile(r"(\d+) dropped, .* longest gap (\d+) ms, .* queue peak (\d+) ms")
