"""``echo-phone rest``: the provider's REST API, for applications that place calls."""

from __future__ import annotations

import os
from argparse import Namespace

from echo.phone import urls
from echo.phone.commands import groups
from echo.phone.commands.orders import api_order, call_order, output
from echo.phone.commands.parser import Commands, Parser, word
from echo.phone.order import RestOrder
from echo.phone.words import count

NAME = "rest"

_WHAT = """\
Stands in the place of Vonage's REST API, on this machine: an application places
calls there (POST /v1/calls), and acts on them. Whom it calls answers at once,
talks and listens, and each call gets its verdict. Tokens are checked by the
application's public key, as Vonage checks them. Ctrl-C ends it.
"""

_MORE = """\
examples:
  openssl genrsa -out private.key 2048
  echo-phone rest --port 9100 --public-key private.key --calls 1
  echo-dial --api-url http://127.0.0.1:9100 --application-id me \\
            --private-key private.key --to 447700900123 --from 442079460000 \\
            --answer-url http://localhost:8000/ncco --wait

exit status:
  0   every check of every call passed    2   there was no call, or one of
  1   a check failed                          them could not be made
                                          64  wrong usage
"""


def add(commands: Commands) -> Parser:
    """Add the command."""
    parser = commands.add_parser(
        NAME,
        help="be the REST API through which calls are placed",
        usage="echo-phone rest --port PORT --public-key FILE [options]",
        description=_WHAT,
        epilog=_MORE,
    )
    group = parser.add_argument_group("the API")
    group.add_argument(
        "--port",
        dest="rest_port",
        metavar="PORT",
        type=word(count(0, 65535)),
        default=0,
        help="where it listens, on 127.0.0.1 (default: a free port, which is told)",
    )
    groups.api(group)
    group.add_argument(
        "--calls",
        metavar="N",
        type=word(count(1, 1_000_000)),
        help="end when so many calls were placed and are over (default: never)",
    )
    group.add_argument("--event-url", metavar="URL", type=word(urls.web_url), help="post events here")
    for each in (
        groups.sound,
        groups.gestures,
        groups.thresholds,
        groups.output,
        groups.signature,
        groups.far_end,
    ):
        each(parser)
    parser.set_defaults(run=run, url="")
    return parser


def run(options: Namespace) -> int:
    """Serve the API; who serves it shows the calls."""
    api = api_order(options)
    assert api is not None  # noqa: S101  there is a port, if only a free one
    order = RestOrder(call_order(options, os.environ), api, options.calls, output(options))
    from echo.phone.rest.run import run_rest  # noqa: PLC0415  # Twisted, which --help does not need

    return run_rest(order)
