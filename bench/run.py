"""
What an echoed frame costs: our daemon, and what people would take instead, on one core of this machine.

    python bench/run.py                       all rows, all servers, into docs/performance.*
    python bench/run.py --quick               the most telling rows, under two minutes
    python bench/run.py --short               ours and the yardstick; fails when a ratio has doubled
    python bench/run.py --rows paced-200 --peers c,echo --rounds 3 --seconds 5 -- --when-slow pause
    python bench/run.py --capacity echo,autobahn --rows "" --seconds 3
    python bench/run.py --rows paced-500 --json new.json
    python bench/run.py --rest --rows "" --json new.json
    python bench/run.py --renew new.json      puts these rows into docs/performance.*, with their own date

Each server echoes binary messages alone on one core, and a load generator in C, on another, sends frames of
640 bytes. What is compared is the server's CPU time for a frame, as a multiple of that of a server in C that does
nothing else, measured in the same round: on a shared machine only ratios hold. Words behind -- are options of
our daemon.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

# the package of this file, and what the tests have, are found from the root of the source tree
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import table
from bench.building import BUILT, ROOT, MissingError
from bench.campaign import campaign
from bench.document import publish
from bench.processes import raise_descriptors
from bench.results import Results
from bench.rows import EACH, ROWS, VARIANTS, Plan
from bench.servers import PEERS
from bench.short import SHORT, TRIES, judge

#: Everything that is published. Many short rounds: on a shared machine some of them are quiet.
FULL = Plan(tuple(ROWS), (*EACH, *VARIANTS), rounds=8, seconds=2.5, warmup=1.0)

#: What tells most, in less than two minutes.
QUICK = Plan(("closed-100", "paced-200"), EACH, rounds=2, seconds=1.5, warmup=1.0)

PUBLISHED = ROOT / "docs" / "performance.json"

#: What is found while it goes on; ``--show --json`` shows it.
UNFINISHED = BUILT / "unfinished.json"


def names(allowed: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    """Make a parser of names with commas between them; none is a list, too."""

    def parse(text: str) -> tuple[str, ...]:
        given = tuple(name for name in text.split(",") if name)
        if wrong := [name for name in given if name not in allowed]:
            raise argparse.ArgumentTypeError(f"{wrong[0]!r} is not one of {', '.join(allowed)}")
        return given

    return parse


def parse(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage="%(prog)s [options]"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--quick", action="store_true", help="two rows, under two minutes; publishes nothing")
    form.add_argument("--short", action="store_true", help="for the build server, about 15 s")
    form.add_argument("--show", action="store_true", help="measure nothing: show what was published")
    form.add_argument("--renew", type=Path, metavar="FILE", help="measure nothing: publish the rows of FILE")
    parser.add_argument("--rows", type=names(tuple(ROWS)), metavar="A,B", help=f"of {', '.join(ROWS)}")
    parser.add_argument("--peers", type=names(tuple(PEERS)), metavar="A,B", help=f"of {', '.join(PEERS)}")
    parser.add_argument("--rounds", type=int, metavar="N")
    parser.add_argument("--seconds", type=float, metavar="S", help="of each measurement")
    parser.add_argument("--warmup", type=float, metavar="S", help="before each measurement")
    parser.add_argument("--spin", action="store_true", default=None, help="the load never sleeps")
    parser.add_argument(
        "--capacity", type=names(tuple(PEERS)), metavar="A,B", help="whose most calls are searched"
    )
    parser.add_argument("--rest", action="store_true", help="our daemon without calls, too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the results go")
    parser.add_argument("options", nargs="*", help="options of our daemon, after --")
    return parser.parse_args(words)


def plan_of(options: argparse.Namespace) -> Plan:
    """The plan that was asked for."""
    plan = SHORT if options.short else QUICK if options.quick else FULL
    given = {
        name: getattr(options, name) for name in ("rows", "peers", "rounds", "seconds", "warmup", "spin")
    }
    return replace(plan, **{name: value for name, value in given.items() if value is not None})


def is_full(options: argparse.Namespace) -> bool:
    """Whether this is what is published: everything, of the daemon as it is by default."""
    return plan_of(options) == FULL and options.capacity is None and not options.options


def compare(found: Results) -> int:
    """Judge the short form; 1 when a ratio has doubled."""
    if not PUBLISHED.exists():
        print("nothing was published yet: nothing to compare with")
        return 0
    sentences = judge(found, Results.read(PUBLISHED))
    print("\n".join(sentence for sentence, _ in sentences))
    return 0 if all(is_good for _, is_good in sentences) else 1


def measured(options: argparse.Namespace) -> Results:
    """Measure, keep and show."""
    searched = EACH if is_full(options) else options.capacity or ()
    found = campaign(
        plan_of(options),
        options.options,
        rest=is_full(options) or options.rest,
        capacity=searched,
        keep=lambda found: found.save(UNFINISHED),
    )
    path = options.json or (PUBLISHED if is_full(options) else BUILT / "last.json")
    found.save(path)
    print(table.whole(found))
    if is_full(options):
        publish(found, path)
    return found


def renew(path: Path) -> None:
    """Put the rows of a file into what was published."""
    published = Results.read(PUBLISHED)
    published.renew(Results.read(path))
    published.save(PUBLISHED)
    publish(published, PUBLISHED)


def main(words: list[str]) -> int:
    """Measure and show; 1 when the short form finds a ratio doubled, each time it looks."""
    options = parse(words)
    if options.show:
        print(table.whole(Results.read(options.json or PUBLISHED)))
        return 0
    if options.renew:
        renew(options.renew)
        return 0
    raise_descriptors()
    try:
        for _ in range(TRIES if options.short else 1):
            found = measured(options)
            if not options.short or compare(found) == 0:
                return 0
    except MissingError as reason:
        print(f"The benchmark is skipped: {reason}.")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
