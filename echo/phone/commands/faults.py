"""``echo-phone faults``: the faults that the phone can commit."""

from __future__ import annotations

import os
import sys
from argparse import Namespace

from echo.phone.commands import groups
from echo.phone.commands.parser import Commands, Parser, UsageError
from echo.phone.words import meant, shown

NAME = "faults"

_WHAT = """\
Lists the faults by which 'echo-phone torture' tries an application: what each
of them does, and what a good application should do about it.
"""

_MORE = """\
examples:
  echo-phone faults
  echo-phone faults stop-reading
"""


def add(commands: Commands) -> Parser:
    """Add the command."""
    parser = commands.add_parser(
        NAME,
        help="list the faults of torture",
        usage="echo-phone faults [NAME ...] [--json]",
        description=_WHAT,
        epilog=_MORE,
    )
    parser.add_argument("names", metavar="NAME", nargs="*", help="only these")
    groups.output(parser, quiet=False)
    parser.set_defaults(run=run)
    return parser


def run(options: Namespace) -> int:
    """Show the table, or those rows of it that are asked for."""
    from echo.phone.faults.table import FAULTS  # noqa: PLC0415
    from echo.phone.show.faults import as_document, as_lines  # noqa: PLC0415
    from echo.phone.show.screen import look  # noqa: PLC0415
    from echo.phone.show.writing import write, write_document  # noqa: PLC0415

    check_names(options.names, [fault.name for fault in FAULTS])
    chosen = [fault for fault in FAULTS if not options.names or fault.name in options.names]
    if options.json:
        write_document(as_document(chosen), sys.stdout)
    else:
        screen = look(sys.stdout, os.environ)
        write(as_lines(chosen, screen), sys.stdout, screen)
    return 0


def check_names(names: list[str], known: list[str]) -> None:
    """Refuse the name of no fault."""
    for name in names:
        if name not in known:
            hint = meant(name, known) or "; 'echo-phone faults' lists them"
            raise UsageError(f"there is no fault {shown(name)}{hint}")
