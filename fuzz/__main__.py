"""``python -m fuzz``: a seeded storm of malformed bytes, then every target under libFuzzer where Atheris is here."""

from __future__ import annotations

import argparse
import importlib.util
import random
import subprocess
import sys
from collections.abc import Sequence

from fuzz import TARGETS
from fuzz.storm import growth

#: Bytes by which the process may be larger after a storm.
ALLOWED_GROWTH = 2 * 1024 * 1024


def main(words: Sequence[str]) -> int:
    """Do what the command line asks for; returns 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; default: all")
    parser.add_argument("--minutes", type=float, default=1.0, help="for each target (default: 1)")
    parser.add_argument("--count", type=int, default=100_000, help="malformed messages of the storm; 0: none")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of the storm")
    order = parser.parse_args(words)
    if wrong := set(order.targets) - set(TARGETS):
        parser.error(f"{', '.join(sorted(wrong))}: no target; there are {', '.join(TARGETS)}")
    is_calm = order.count == 0 or storm(order.seed, order.count)
    return 0 if look_for_more(order.targets or TARGETS, order.minutes) and is_calm else 1


def storm(seed: int, count: int) -> bool:
    """Let a storm pass; it raises what it finds, and says here how much memory it has left behind."""
    print(f"storm: {count} malformed requests, texts and frames, seed {seed}", flush=True)
    grown = growth(seed, count)
    print(f"storm: no exception escaped, no call was lost; memory {grown / 1024:+.0f} kB", flush=True)
    return grown <= ALLOWED_GROWTH


def look_for_more(targets: Sequence[str], minutes: float) -> bool:
    """Run each target in a process of its own."""
    if importlib.util.find_spec("atheris") is None:
        print("fuzz: Atheris is not installed (it has wheels for few Pythons); no target was run")
        return True
    found = [name for name in targets if subprocess.run(command(name, minutes), check=False).returncode]
    print(f"fuzz: {', '.join(found) or 'nothing'} found{', see fuzz/corpus' if found else ''}")
    return not found


def command(target: str, minutes: float) -> list[str]:
    """Give the command line of one target."""
    return [sys.executable, "-m", "fuzz.run", target, "--minutes", str(minutes)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
