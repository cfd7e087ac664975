"""``echo-phone replay``: a call that was traced, once more."""

from __future__ import annotations

import os
from argparse import Namespace

from echo.phone.commands import groups
from echo.phone.commands.orders import call_order, files_read, output
from echo.phone.commands.parser import Commands, Parser, word
from echo.phone.words import PATH_LENGTH, path, shown

NAME = "replay"

_WHAT = """\
Plays a call again that was kept by 'echo-phone call --trace': what the caller
said, text and audio, each message at its time. A fault that was met once can
so be met again.
"""

_MORE = """\
examples:
  echo-phone call http://localhost:8000/ncco --trace call.jsonl
  echo-phone replay call.jsonl http://localhost:8000/ncco

exit status:
  0   every check passed        2   the call could not be made,
  1   a check failed                or a file not be written whole
                                64  wrong usage
"""


def add(commands: Commands) -> Parser:
    """Add the command."""
    parser = commands.add_parser(
        NAME,
        help="make a traced call once more",
        usage="echo-phone replay TRACE URL [options]",
        description=_WHAT,
        epilog=_MORE,
    )
    parser.add_argument(
        "trace_file", metavar="TRACE", type=word(path), help="the file that 'call --trace' has written"
    )
    for group in (
        *(groups.url, groups.thresholds, groups.files, groups.output),
        *(groups.numbers, groups.signature, groups.socket, groups.far_end),
    ):
        group(parser)
    parser.set_defaults(run=run)
    return parser


def run(options: Namespace) -> int:
    """Make the call again, and show it."""
    order, seen = call_order(options, os.environ), output(options)
    from echo.phone.conduct import call_can_be_made, run_replay  # noqa: PLC0415  # Twisted, which --help does not need
    from echo.phone.replay import read_played  # noqa: PLC0415
    from echo.phone.show.call import Judged, show_call  # noqa: PLC0415
    from echo.phone.show.live import Watcher  # noqa: PLC0415

    def play(watcher: Watcher) -> Judged:
        return run_replay(order, read_played(options.trace_file), watcher)

    call_can_be_made(order, [options.trace_file, *files_read(options, os.environ)])
    sentence = f"Playing {shown(options.trace_file, PATH_LENGTH)} to {order.url} ..."
    return show_call(sentence, seen, play)
