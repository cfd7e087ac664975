"""``echo-phone load``: many calls at once."""

from __future__ import annotations

import os
from argparse import Namespace

from echo.phone.commands import groups
from echo.phone.commands.orders import call_order, output
from echo.phone.commands.parser import Commands, Parser, word
from echo.phone.order import LoadOrder
from echo.phone.words import arrivals, count

NAME = "load"

#: More than one process can bear; the limit is there for slips of the finger.
_MOST_CALLS = 100_000

_WHAT = """\
Makes many calls from one process and gives the percentiles of all of them,
every ten seconds and at the end. It says so when the phone itself, and not the
application, was too slow. Limits are those of all calls together.
"""

_MORE = """\
examples:
  echo-phone load ws://localhost:8000/socket --calls 200 --duration 60s
  echo-phone load http://localhost:8000/ncco --arrivals 90/min --poisson
  echo-phone load ws://localhost:8000/socket --max-p99 100ms --max-lost 0 --json

exit status:
  0   every check passed        2   no call could be made
  1   a check failed            64  wrong usage
"""


def add(commands: Commands) -> Parser:
    """Add the command."""
    parser = commands.add_parser(
        NAME,
        help="make many calls at once",
        usage="echo-phone load URL [options]",
        description=_WHAT,
        epilog=_MORE,
    )
    groups.url(parser)
    _crowd(parser)
    for group in (
        *(groups.sound, groups.thresholds, groups.output, groups.numbers),
        *(groups.signature, groups.socket, groups.far_end),
    ):
        group(parser)
    parser.set_defaults(run=run)
    return parser


def _crowd(parser: Parser) -> None:
    group = parser.add_argument_group("the calls")
    group.add_argument(
        "--calls", metavar="N", type=word(count(1, _MOST_CALLS)), default=10, help="how many (default: 10)"
    )
    group.add_argument(
        "--arrivals",
        metavar="RATE",
        type=word(arrivals),
        help="how often one begins: 10/s, 90/min (default: all within a second)",
    )
    group.add_argument("--poisson", action="store_true", help="let them begin at random, as calls do")
    group.add_argument(
        "--seed", metavar="N", type=word(count(0, 2**32 - 1)), help="begin at the same random times again"
    )
    group.add_argument(
        "--max-failed",
        metavar="N",
        type=word(count(0, _MOST_CALLS)),
        default=0,
        help="how many calls may fail (default: 0)",
    )


def run(options: Namespace) -> int:
    """Make the calls; who makes them shows them."""
    order = LoadOrder(
        call=call_order(options, os.environ),
        calls=options.calls,
        arrivals=options.arrivals,
        poisson=options.poisson,
        seed=options.seed,
        max_failed=options.max_failed,
        output=output(options),
    )
    from echo.phone.load.run import run_load  # noqa: PLC0415  # Twisted, which --help does not need

    return run_load(order)
