"""``echo-phone run``: scenarios from files."""

from __future__ import annotations

import os
from argparse import Namespace

from echo.phone import urls
from echo.phone.commands import groups
from echo.phone.commands.orders import output, secret
from echo.phone.commands.parser import Commands, Parser, word
from echo.phone.order import FAR_ENDS, RunOrder
from echo.phone.words import one_of, path

NAME = "run"

_WHAT = """\
Runs scenarios: small TOML files that a team keeps beside its application, with
what the caller does and what must be heard then.
"""

_MORE = """\
examples:
  echo-phone run calls/greeting.toml
  echo-phone run calls/*.toml --url http://localhost:8000/ncco

exit status:
  0   every scenario passed     2   a call could not be made, or Ctrl-C
  1   one of them failed            left something undone
                                64  wrong usage
"""


def add(commands: Commands) -> Parser:
    """Add the command."""
    parser = commands.add_parser(
        NAME,
        help="run scenarios from files",
        usage="echo-phone run SCENARIO ... [options]",
        description=_WHAT,
        epilog=_MORE,
    )
    parser.add_argument("paths", metavar="SCENARIO", nargs="+", type=word(path), help="a scenario, in TOML")
    group = parser.add_argument_group("the call")
    group.add_argument(
        "--url", metavar="URL", type=word(urls.target), help="call this, whatever the scenarios name"
    )
    group.add_argument("--post", action="store_true", help="ask for the NCCO by POST")
    group.add_argument(
        "--far-end",
        metavar="WHICH",
        type=word(one_of(FAR_ENDS, "far end")),
        help="documented or wsbridge (default: as the scenario says)",
    )
    groups.signature(parser)
    groups.output(parser)
    parser.set_defaults(run=run)
    return parser


def run(options: Namespace) -> int:
    """Run the scenarios; who runs them shows them."""
    order = RunOrder(
        paths=tuple(options.paths),
        url=options.url,
        post=options.post,
        signature_secret=secret(options.signature_secret, os.environ),
        api_key=options.api_key,
        application_id=options.application_id,
        insecure=options.insecure,
        far_end=options.far_end,
        output=output(options),
    )
    from echo.phone.scenario.run import run_scenarios  # noqa: PLC0415  # Twisted, which --help does not need

    return run_scenarios(order)
