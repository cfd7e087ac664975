"""``echo-phone check``: a front end of the linter for NCCOs."""

from __future__ import annotations

import os
import sys
from argparse import Namespace

from echo.phone import urls
from echo.phone.commands import groups
from echo.phone.commands.document import read
from echo.phone.commands.orders import secret
from echo.phone.commands.parser import Commands, Parser, word
from echo.phone.words import path, phone_number, shown

NAME = "check"

_WHAT = """\
Checks an NCCO: every action, endpoint and option, with the place of each
mistake in the document. Errors are what the provider refuses; warnings are
where its documents disagree, or what is hardly meant. A URL is asked as the
provider asks an answer URL.
"""

_MORE = """\
examples:
  echo-phone check ncco.json
  my-application --print-ncco | echo-phone check -
  echo-phone check http://localhost:8000/ncco --strict

exit status:
  0   nothing is wrong        2   the document could not be read
  1   something is            64  wrong usage
"""


def add(commands: Commands) -> Parser:
    """Add the command."""
    parser = commands.add_parser(
        NAME,
        help="check an NCCO, from a file or a URL",
        usage="echo-phone check FILE|URL [options]",
        description=_WHAT,
        epilog=_MORE,
    )
    parser.add_argument(
        "source",
        metavar="FILE|URL",
        type=word(_source),
        help="a file, '-' for standard input, or an answer URL",
    )
    parser.add_argument("--strict", action="store_true", help="let warnings fail, too")
    parser.add_argument(
        "--template",
        action="store_true",
        help="take ${name} in a string for a value that is filled in later, as in the NCCO file of 'twistd echo'",
    )
    _asking(parser)
    groups.signature(parser)
    groups.output(parser, quiet=False)
    parser.set_defaults(run=run)
    return parser


def _asking(parser: Parser) -> None:
    """How a URL is asked."""
    parser.add_argument("--post", action="store_true", help="ask the URL by POST (default: GET)")
    for option, dest, who in (("--from", "caller", "who calls"), ("--to", "called", "who is called")):
        parser.add_argument(
            option, dest=dest, metavar="NUMBER", type=word(phone_number), help=f"{who}, for the URL"
        )


def _source(text: str) -> str:
    """Parse where the document is."""
    if text.lower().startswith(("ws://", "wss://")):
        raise ValueError(
            f"{shown(text)} is a socket, which has no NCCO: give the answer URL, or try 'echo-phone call'"
        )
    return urls.web_url(text) if "://" in text else path(text)


def is_template(body: bytes) -> bool:
    """Tell the NCCO file of a daemon of ours by the placeholders that no URL of anybody's would have."""
    return any(f"${{{name}}}".encode() in body for name in ("socket_url", "events_url"))


def run(options: Namespace) -> int:
    """Read the document, check it, and show what was found."""
    body = read(options, secret(options.signature_secret, os.environ))
    from echo.ncco.lint import lint_text  # noqa: PLC0415  # jsonschema, which --help does not need
    from echo.phone.show.findings import as_document, as_lines  # noqa: PLC0415
    from echo.phone.show.screen import look  # noqa: PLC0415
    from echo.phone.show.writing import write, write_document  # noqa: PLC0415

    findings = lint_text(body, placeholders=options.template or is_template(body))
    wrong = [finding for finding in findings if options.strict or finding.severity == "error"]
    if options.json:
        write_document(as_document(options.source, findings, passed=not wrong), sys.stdout)
    else:
        screen = look(sys.stdout, os.environ)
        write(as_lines(options.source, findings, screen, passed=not wrong), sys.stdout, screen)
    return int(bool(wrong))
