"""
Let calls come and go for long, some of them hostile, and judge what the daemon holds.

    python -m soak                        ten minutes, a call a second, 100 at a time
    python -m soak --minutes 60           an hour: kept in docs/soak-60min.* and docs/soak.rst
    python -m soak --minutes 2 --lasts 10
    python -m soak --judge FILE.csv       the memory and the times of a run that is over
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.building import ROOT
from bench.processes import cores, raise_descriptors
from soak.plan import LASTS, Plan
from soak.scene import Soak
from soak.second import Second, read
from soak.shown import KEPT_MINUTES, keep, progress, publish, rst, verdict
from soak.verdict import Ending, has_passed, judge
from tests.fire.row import Terms

#: Seconds between two lines.
_LINE_EVERY = 10

#: What a CSV file says nothing of is taken to be well.
_UNKNOWN = Ending([], 0, 0, 0, 0, 0)


def parse(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10, metavar="M", help="10 unless told otherwise")
    parser.add_argument("--lasts", type=float, default=LASTS, metavar="S", help="seconds that a call lasts")
    parser.add_argument("--rate", type=float, default=1.0, metavar="R", help="calls that begin in a second")
    parser.add_argument("--seed", type=int, default=1, help="of whatever is drawn")
    parser.add_argument("--short", action="store_true", help="with the short deadlines of the tests")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="where the CSV file and the plots go")
    parser.add_argument("--judge", type=Path, metavar="FILE", help="run nothing: judge this CSV file")
    return parser.parse_args(words)


def tell(second: Second) -> None:
    """Tell of every tenth second."""
    if round(second.at) % _LINE_EVERY == 0 or second.failed or second.lost:
        print(progress(second), flush=True)


def soak(options: argparse.Namespace) -> int:
    """Run a soak, keep and judge it; 1 when it fails."""
    plan = Plan(options.minutes, options.lasts, options.rate, options.seed)
    server_core, other_core, placement = cores()
    print(f"{plan.calls} calls of {plan.lasts:g} s, {placement}", flush=True)
    raise_descriptors()
    run = Soak(plan, Terms(options.short, server_core, other_core, plan.seed), tell)
    findings = judge(run.seconds, plan.warm_up, run.run())
    print(verdict(findings))
    is_kept = plan == Plan(KEPT_MINUTES) and not options.short and options.into is None
    folder = ROOT / "docs" if is_kept else options.into or ROOT / ".venv" / "soak"
    keep(run.seconds, folder, f"soak-{plan.minutes:g}min")
    if is_kept:
        publish(rst(plan, findings))
    return 0 if has_passed(findings) else 1


def main(words: list[str]) -> int:
    """Run or judge."""
    options = parse(words)
    if options.judge is None:
        return soak(options)
    findings = judge(read(options.judge), Plan(options.minutes, options.lasts).warm_up, _UNKNOWN)
    print(verdict(findings))
    return 0 if has_passed(findings) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
