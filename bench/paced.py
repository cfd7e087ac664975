"""
Many paced calls at once: does every frame come back, once, in order, unchanged, and how soon?

    python bench/paced.py --calls 200 --seconds 30

starts the daemon as a user would, with twistd, alone on one core, and loads it from another. Each call speaks
as the Voice API does: one text message, then a frame of audio every 20 ms. The starts of the calls are spread
over those 20 ms. The exit status is 1 when a frame was lost, repeated, reordered or altered.

    python bench/paced.py --url ws://127.0.0.1:9000/socket --pid 1234
    python bench/paced.py --calls 50 --seconds 5 --json -- --when-slow pause

measure a server that is already running (its pid is needed to see its CPU and memory), and our daemon with
options of its own. The load generator tells how late its own frames left: when they were late, the figures
are about it and not about the server.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import sys
from pathlib import Path

# caller and figures lie beside this file, where Python looks anyhow; they and we use what the tests have
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from caller import Load, hang_up, open_calls
from figures import Figures, Usage, judge, machine, percentiles, show
from tests.daemon import Daemon, rss


def measure(options: argparse.Namespace, url: str, pid: int | None) -> tuple[Figures, dict[str, object]]:
    """Run the load; returns the raw figures and the report."""
    figures = Figures()
    memory = [rss(pid)] if pid else []
    calls = list(open_calls(options.calls, url, options.rate, figures))
    load = Load(calls, figures)
    gc.collect()
    gc.freeze()
    gc.disable()

    def tell(elapsed: float) -> None:
        memory.extend([rss(pid)] if pid else [])
        if round(elapsed) % 5 == 0:
            seen = f"{figures.sent} sent, {figures.returned} returned"
            print(f"{elapsed:4.0f} s: {seen}", file=sys.stderr)

    before = Usage.of(pid), Usage.of(os.getpid())
    took = load.run(options.seconds, tell)
    server, own = Usage.of(pid) - before[0], Usage.of(os.getpid()) - before[1]
    hang_up(calls)
    return figures, report(options, url, figures, memory=memory, took=took, server=server, own=own)


def report(
    options: argparse.Namespace,
    url: str,
    figures: Figures,
    *,
    memory: list[int],
    took: float,
    server: Usage,
    own: Usage,
) -> dict[str, object]:
    """Put the figures into words, in the order in which they are shown."""
    counts = ("sent", "returned", "lost", "repeated", "reordered", "altered", "ended")
    lateness = percentiles(figures.lateness)
    told: dict[str, object] = {"server": url} | {
        name: vars(options)[name] for name in ("calls", "rate", "seconds")
    }
    told |= {name: getattr(figures, name) for name in counts}
    if memory:
        told["server CPU (% of a core)"] = round(100 * server.cpu / took, 1)
        told["server CPU (us a frame)"] = round(1e6 * server.cpu / max(1, figures.returned), 1)
        told["server kept waiting (% of time)"] = round(100 * server.waited / took, 1)
        told["server RSS (MB) before the calls"] = round(memory[0] / 1e6, 1)
        told["server RSS (MB) with the calls"] = round(max(memory) / 1e6, 1)
    told["round trip (ms)"] = percentiles(figures.trips)
    told["load: late (ms)"] = lateness
    told["load: CPU (% of a core)"] = round(100 * own.cpu / took, 1)
    told["load: kept waiting (% of time)"] = round(100 * own.waited / took, 1)
    told["to be trusted"] = judge(lateness["p99"] / 1000, max(server.waited, own.waited) / took)
    return told | dict(machine())


def pin() -> tuple[int | None, str]:
    """Put ourselves on the last core; returns the first for the server, None where there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return None, "one core for both: expect to have measured the load as well"
    os.sched_setaffinity(0, {cores[-1]})
    return cores[0], f"server on core {cores[0]}, load on core {cores[-1]}"


def parse(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Paced calls against an echoing WebSocket server.")
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rate", type=int, default=16000, choices=(8000, 16000, 24000))
    parser.add_argument(
        "--url", help="a server that is running, ws://HOST:PORT/PATH; else the daemon is started"
    )
    parser.add_argument("--pid", type=int, help="of the server at --url")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("options", nargs="*", help="options of the daemon, after --")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Measure and report; 1 when a frame did not come back as it should."""
    options = parse(words)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard) if hard > 0 else soft, hard))
    described = machine()["machine"]
    core, placement = pin()
    if options.url:
        figures, told = measure(options, options.url, options.pid)
    else:
        with Daemon(*options.options, core=core) as daemon:
            figures, told = measure(options, f"ws://127.0.0.1:{daemon.port}/socket", daemon.pid)
            told["daemon's exit status"] = daemon.stop()
    told |= {"machine": described, "placement": placement}
    print(json.dumps(told)) if options.json else show(told)
    return 0 if figures.intact else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
