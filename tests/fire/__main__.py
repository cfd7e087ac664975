"""
Run the attacks and faults: all of them and into docs/reliability.rst, or those whose names begin as told.

    python -m tests.fire
    python -m tests.fire flood unread-drop
    python -m tests.fire --short
"""

from __future__ import annotations

import argparse
import sys

from bench.building import MissingError, load_program
from bench.processes import cores, raise_descriptors
from tests.fire.row import Terms
from tests.fire.rows import BY_NAME, chosen, judge
from tests.fire.shown import machine, publish, told

#: How often a row is run again that failed while others were at work on the machine.
_AGAIN = 2


def main(words: list[str]) -> int:
    """Run and show; 1 when a row has failed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fire", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="beginnings of names; none for all rows")
    parser.add_argument(
        "--short", action="store_true", help="as the tests run them; judges no times of innocents"
    )
    parser.add_argument("--seed", type=int, default=1, help="of whatever is drawn")
    parser.add_argument("--list", action="store_true", help="only tell the names")
    options = parser.parse_args(words)
    rows = chosen(options.names)
    if options.list or not rows:
        print("\n".join(f"{row.name:<22} {row.title}" for row in BY_NAME.values()))
        return 0 if options.list else 2
    try:
        load_program()
    except MissingError as reason:
        print(f"Nothing is measured: {reason}.")
        return 2
    raise_descriptors()
    server_core, other_core, _ = cores()
    terms = Terms(options.short, server_core, other_core, options.seed)
    print(machine(), flush=True)
    verdicts = []
    for row in rows:
        verdict = judge(row, terms)
        for _ in range(_AGAIN):
            if verdict.word == "BUSY":
                print(f"again, others were at work: {row.name}", flush=True)
                verdict = judge(row, terms)
        verdicts.append(verdict)
        print(told(verdicts[-1]), flush=True)
    if len(rows) == len(BY_NAME) and not options.short:
        publish(verdicts)
    failed = [verdict.row.name for verdict in verdicts if not verdict.has_passed]
    print(f"{len(verdicts) - len(failed)} of {len(verdicts)} rows pass")
    print(f"not: {', '.join(failed)}" if failed else "")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
