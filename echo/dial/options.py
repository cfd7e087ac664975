"""The command line of ``echo-dial``."""

from __future__ import annotations

from typing import Final

from echo import __version__
from echo.audio.format import RATES
from echo.phone import urls, words
from echo.phone.commands.parser import Parser, word
from echo.vonage.regions import API_URL
from echo.vonage.requests import LONGEST_CALL, LONGEST_RINGING

#: Settings that the daemon has as well, under the same names.
VARIABLES: Final = {
    "application_id": "ECHO_APPLICATION_ID",
    "private_key": "ECHO_PRIVATE_KEY",
    "api_url": "ECHO_API_URL",
}

_WHAT = """\
Places a call through Vonage's Voice API: to a phone, to a WebSocket, or to a
phone that is connected to a WebSocket once it is answered. It prints the uuid
of the call, by which it can be ended or looked for in the dashboard.

What happens on the call is said by an answer URL (/ncco of an echo, say), by an
NCCO in a file, by a text that is read aloud, or by --socket beside --to.
"""

_MORE = """\
You need an application with the Voice capability, a number that is linked to
it, and its private key: dashboard.vonage.com, Applications. Both can be in the
environment, as for the daemon: ECHO_APPLICATION_ID, and the path of the key in
ECHO_PRIVATE_KEY.

examples:
  export ECHO_APPLICATION_ID=aaaaaaaa-bbbb-cccc-dddd-0123456789ab
  export ECHO_PRIVATE_KEY=private.key
  echo-dial --to 447700900123 --from 442079460000 \\
            --answer-url https://echo.example.com/ncco --wait
  echo-dial --to 447700900123 --from 442079460000 \\
            --socket wss://echo.example.com/socket
  echo-dial --socket wss://echo.example.com/socket --talk "Hello" --wait
  echo-dial --to 447700900123 --talk "Your table is ready." --json

exit status:
  0   the call was placed; with --wait: it was answered, and is over
  1   with --wait: nobody answered, or it failed
  2   the call could not be placed
  64  wrong usage

Ctrl-C while --wait waits hangs the call up.
"""


def build() -> Parser:
    """Make the parser."""
    usage = "echo-dial --to NUMBER --from NUMBER --answer-url URL [options]"
    parser = Parser(prog="echo-dial", usage=usage, description=_WHAT, epilog=_MORE)
    version = f"echo-dial {__version__}"
    parser.add_argument("--version", action="version", version=version, help="show the version and exit")
    for group in (_who, _what, _socket, _account, _output):
        group(parser)
    return parser


def _who(parser: Parser) -> None:
    group = parser.add_argument_group("who calls whom")
    group.add_argument("--to", metavar="NUMBER", type=word(words.phone_number), help="the phone to call")
    group.add_argument(
        "--from",
        dest="caller",
        metavar="NUMBER",
        type=word(words.phone_number),
        help="a number of yours, which the phone shows (default: any that is linked to the application)",
    )
    group.add_argument(
        "--ringing",
        metavar="SECONDS",
        type=word(words.count(1, LONGEST_RINGING)),
        help="how long it may ring (default: 60)",
    )
    group.add_argument(
        "--longest",
        metavar="SECONDS",
        type=word(words.count(1, LONGEST_CALL)),
        help="how long it may last (default: 7200)",
    )


def _what(parser: Parser) -> None:
    group = parser.add_argument_group("what happens on the call")
    one = group.add_mutually_exclusive_group()
    one.add_argument(
        "--answer-url", metavar="URL", type=word(urls.web_url), help="ask this URL for the NCCO, by GET"
    )
    one.add_argument("--ncco", metavar="FILE", type=word(words.path), help="follow the NCCO in this file")
    one.add_argument("--talk", metavar="TEXT", help="read this text aloud")
    group.add_argument("--post", action="store_true", help="ask the answer URL by POST")
    group.add_argument(
        "--event-url",
        metavar="URL",
        type=word(urls.web_url),
        help="post events here (default: where those of the application go)",
    )


def _socket(parser: Parser) -> None:
    group = parser.add_argument_group("a WebSocket")
    group.add_argument(
        "--socket",
        metavar="URL",
        type=word(urls.socket_url),
        help="call this WebSocket; with --to: connect the phone to it",
    )
    group.add_argument(
        "--rate",
        metavar="HZ",
        type=word(words.one_of(RATES, "rate")),
        default=16000,
        help="8000, 16000 (default) or 24000",
    )
    group.add_argument(
        "--header",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        type=word(words.header),
        help="metadata that comes back in its first text; repeatable",
    )
    group.add_argument(
        "--authorization",
        metavar="VALUE",
        type=word(words.authorization),
        default="vonage",
        help="how Vonage proves itself there: 'vonage' by its signature (default), 'none', or this header",
    )


def _account(parser: Parser) -> None:
    group = parser.add_argument_group("the application")
    group.add_argument("--application-id", metavar="ID", help=f"also {VARIABLES['application_id']}")
    group.add_argument(
        "--private-key", metavar="FILE", help=f"its private key in PEM; also {VARIABLES['private_key']}"
    )
    group.add_argument(
        "--api-url",
        metavar="URL",
        help=f"where the API is (default: {API_URL}); 'echo-phone rest' is one; also {VARIABLES['api_url']}",
    )


def _output(parser: Parser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument(
        "--wait", action="store_true", help="stay until the call is over, and tell its statuses"
    )
    group.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else")
