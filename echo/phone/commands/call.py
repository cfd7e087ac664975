"""``echo-phone call``: one call."""

from __future__ import annotations

import os
from argparse import Namespace

from echo.phone.commands import groups
from echo.phone.commands.orders import api_order, call_order, files_read, output
from echo.phone.commands.parser import Commands, Parser

NAME = "call"

_WHAT = """\
Calls an application: asks the answer URL for its NCCO, follows it to the
WebSocket, talks, listens, hangs up and gives a verdict. A ws:// or wss:// URL
is opened at once. Ctrl-C hangs up, and the verdict is given all the same.
"""

_MORE = """\
examples:
  echo-phone call http://localhost:8000/ncco
  echo-phone call ws://localhost:8000/socket --rate 8000 --header language=en
  echo-phone call https://example.com/answer --audio hello.wav --expect speech
  echo-phone call http://localhost:8000/ncco --dtmf 2:1234# --trace call.jsonl
  echo-phone call http://localhost:8000/ncco --expect echo --max-p99 50ms --json

exit status:
  0   every check passed        2   the call could not be made,
  1   a check failed                or a file not be written whole
                                64  wrong usage
"""


def add(commands: Commands) -> Parser:
    """Add the command."""
    parser = commands.add_parser(
        NAME,
        help="call an application and judge it",
        usage="echo-phone call URL [options]",
        description=_WHAT,
        epilog=_MORE,
    )
    for group in (
        *(groups.url, groups.sound, groups.gestures, groups.thresholds, groups.files, groups.output),
        *(groups.numbers, groups.signature, groups.rest, groups.socket, groups.far_end),
    ):
        group(parser)
    parser.set_defaults(run=run)
    return parser


def run(options: Namespace) -> int:
    """Make the call, and show it."""
    order, api, shown = call_order(options, os.environ), api_order(options), output(options)
    from echo.phone.conduct import call_can_be_made, run_call  # noqa: PLC0415  # Twisted, which --help does not need
    from echo.phone.show.call import opening, show_call  # noqa: PLC0415

    call_can_be_made(order, files_read(options, os.environ))
    if api is None:
        return show_call(opening(order), shown, lambda watcher: run_call(order, watcher))
    from echo.phone.rest.api import run_call_with_api  # noqa: PLC0415  # few calls have it

    return show_call(opening(order), shown, lambda watcher: run_call_with_api(order, api, watcher))
