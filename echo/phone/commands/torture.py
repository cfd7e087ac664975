"""``echo-phone torture``: a call for each fault, and a table of how the application bore it."""

from __future__ import annotations

import os
from argparse import Namespace

from echo.phone.commands import groups
from echo.phone.commands.faults import check_names
from echo.phone.commands.orders import call_order, output
from echo.phone.commands.parser import Commands, Parser

NAME = "torture"

_WHAT = """\
Calls an application once for each fault that the provider, the network or a
stranger may commit, and prints a table of how the application bore it.
'echo-phone faults' explains the faults. Those on signatures are not tried
without --signature-secret, and do not count as failed.
"""

_MORE = """\
examples:
  echo-phone torture http://localhost:8000/ncco
  echo-phone torture ws://localhost:8000/socket --only half-open --only stall

exit status:
  0   the application bore everything    2   no call could be made, or it was
  1   it did not                             interrupted
                                         64  wrong usage
"""


def add(commands: Commands) -> Parser:
    """Add the command."""
    parser = commands.add_parser(
        NAME,
        help="call an application with every fault there is",
        usage="echo-phone torture URL [options]",
        description=_WHAT,
        epilog=_MORE,
    )
    groups.url(parser)
    group = parser.add_argument_group("the faults")
    group.add_argument("--only", metavar="NAME", action="append", default=[], help="try this one; repeatable")
    group.add_argument(
        "--without", metavar="NAME", action="append", default=[], help="leave this one out; repeatable"
    )
    for shared in (groups.output, groups.numbers, groups.signature, groups.socket, groups.far_end):
        shared(parser)
    parser.set_defaults(run=run)
    return parser


def run(options: Namespace) -> int:
    """Try the faults; the table is printed by who tries them."""
    from echo.phone.faults.table import FAULTS  # noqa: PLC0415
    from echo.phone.order import TortureOrder  # noqa: PLC0415

    check_names([*options.only, *options.without], [fault.name for fault in FAULTS])
    order = TortureOrder(
        call_order(options, os.environ), tuple(options.only), tuple(options.without), output(options)
    )
    from echo.phone.faults.torture import run_torture  # noqa: PLC0415  # Twisted, which --help does not need

    return run_torture(order)
