"""
The phone's clock: how late do the frames of a call leave, and does it measure a delay that is known?

    python bench/phone_clock.py
    python bench/phone_clock.py --seconds 10 --json

calls our daemon, and then an application that echoes 0, 37 and 250 ms late on purpose, one after another, with
``echo-phone`` as a user would. How late frames left is what the report of the call says; its median, which the
report leaves out, is taken from the trace: when a frame left, against its number times 20 ms. The exit status is 1
when a frame left a frame or more late, when a median of the round trips differs from the delay by more than 2 ms,
or when a check failed, as that of a lost frame. It takes an idle machine: whether it was one is told,
by a bare timer of 20 ms that runs beside each call. That says how far to trust a figure, and excuses none.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from array import array
from pathlib import Path
from typing import Any

# the package of this file, and what the tests have, are found from the root of the source tree
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.figures import BUSY_SHARE, Usage, machine, percentiles, show
from tests.daemon import Daemon
from tests.phone.applications import Applications

ROOT = Path(__file__).resolve().parent.parent

#: Milliseconds that the application waits on purpose.
DELAYS = (0, 37, 250)

#: How much a median may differ from them, and how late a frame may leave, in milliseconds.
TOLERANCE, FRAME = 2.0, 20.0

#: On an idle machine a bare timer is no later than this, in milliseconds: a quarter of a frame.
IDLE = 5.0


def lateness(trace: Path) -> array[float]:
    """How late each frame of a call left, in seconds."""
    entries = map(json.loads, trace.read_text(encoding="utf-8").splitlines())
    left = [entry["at"] for entry in entries if entry.get("way") == "said" and entry["kind"] == "audio"]
    return array("d", [(at - index * FRAME) / 1000 for index, at in enumerate(left)])


def call(url: str, seconds: float, trace: Path) -> tuple[dict[str, Any], Usage, array[float]]:
    """Call an application; the report, what the phone has had of the machine, how late a bare timer was beside it."""
    command = [sys.executable, "-m", "echo.phone", "call", url, "--duration", str(seconds)]
    used, late = Usage(), array("d")
    with tempfile.TemporaryFile() as out:
        phone = subprocess.Popen(  # noqa: S603  the phone, and a URL of ours
            [*command, "--trace", trace, "--expect", "echo", "--json"],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.DEVNULL,
        )
        begun = time.monotonic()
        while phone.poll() is None:
            due = begun + len(late) * FRAME / 1000
            time.sleep(max(0.0, due - time.monotonic()))
            late.append(time.monotonic() - due)
            if len(late) % 50 == 0 and phone.poll() is None:
                used = Usage.of(phone.pid)  # known as long as it runs only
        out.seek(0)
        return json.loads(out.read()), used, late


def trust(waited: float, timer: float) -> str:
    """Say whether the machine was idle: a share without a core, and the worst of a bare timer in milliseconds."""
    if waited > BUSY_SHARE:
        return "no: other processes were at work on these cores"
    # a stall of one frame is a small share of a minute, and a host that takes the core away is in no such share
    return "yes" if timer <= IDLE else "no: a timer that does nothing else was late as well"


def measure(called: str, url: str, delay: int, seconds: float) -> dict[str, Any]:
    """Make one call and take its figures."""
    print(f"a call of {seconds:g} s to {called}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "call.jsonl"
        report, used, timer = call(url, seconds, trace)
        late = {"p50": percentiles(lateness(trace))["p50"], **report["late"]}
    frames, trips = report["frames"], report["round_trip"]
    waited, beside = used.waited / seconds, percentiles(timer)
    is_good = late["max"] < FRAME and abs(trips["p50"] - delay) <= TOLERANCE and report["passed"]
    return {
        "called": called,
        "delay": delay,
        "late": late,
        "trips": {name: trips[name] for name in ("p50", "p95", "p99", "max")},
        "frames": {name: frames[name] for name in ("out", "echoed", "lost")},
        "cpu": round(100 * used.cpu / seconds, 1),
        "waited": round(100 * waited, 1),
        "timer": {name: beside[name] for name in ("p50", "p99", "max")},
        "trusted": trust(waited, beside["max"]),
        "good": is_good,
    }


def table(measured: list[dict[str, Any]]) -> dict[str, object]:
    """Put the figures into words."""
    told: dict[str, object] = {}
    for call in measured:
        name = f"{call['called']}: "
        told[name + "frames left late (ms)"] = call["late"]
        told[name + "round trip (ms)"] = call["trips"]
        told[name + "frames"] = call["frames"]
        told[name + "phone: CPU (% of a core)"] = call["cpu"]
        told[name + "phone: kept waiting (%)"] = call["waited"]
        told[name + "bare timer late (ms)"] = call["timer"]
        told[name + "to be trusted"] = call["trusted"]
    return told


def main(words: list[str]) -> int:
    """Measure and report; 1 when the phone did not keep time."""
    parser = argparse.ArgumentParser(description="The phone's clock over a call, and the delays it measures.")
    parser.add_argument("--seconds", type=float, default=60, help="length of each call")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args(words)
    with Daemon() as daemon:
        url = f"http://127.0.0.1:{daemon.port}/ncco"
        measured = [measure("the daemon", url, 0, options.seconds)]
    with Applications() as applications:
        for delay in DELAYS:
            url = applications.socket(f"late?ms={delay}")
            measured.append(measure(f"{delay} ms late", url, delay, options.seconds))
    is_good = all(call["good"] for call in measured)
    if options.json:
        print(json.dumps({"calls": measured, "good": is_good, **machine()}))
    else:
        show({"seconds a call": options.seconds, **table(measured), "kept time": is_good, **machine()})
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
