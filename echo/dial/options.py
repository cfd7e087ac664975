"""The command line of ``echo-dial``, and what it asks for."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from echo import __version__
from echo.audio.format import RATES
from echo.errors import NccoError, RestError, UntrustedTextError
from echo.ncco.lint import lint
from echo.phone import urls, words
from echo.phone.commands.parser import Parser, UsageError, word
from echo.phone.words import PATH_LENGTH, shown
from echo.untrusted import Json, parse_json
from echo.vonage import endpoints
from echo.vonage.regions import API_URL, parse_api_url
from echo.vonage.requests import LONGEST_CALL, LONGEST_RINGING, NewCall
from echo.vonage.tokens import is_application_id, parse_private_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

#: What is read aloud to a socket that nobody says anything else for.
TEST_CALL: Final = "This is a test call. What comes back of it is yours."

#: More than any NCCO has, and than a key.
_MOST: Final = 256 * 1024

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


@dataclass(frozen=True)
class DialOrder:
    """
    What is asked for.

    Attributes:
        call: the call.
        application_id: whose call it is.
        key: its private key.
        api_url: where the API is.
        wait: stay until the call is over.
        as_json: one JSON object on standard output, and nothing else there.
    """

    call: NewCall
    application_id: str
    key: RSAPrivateKey = field(repr=False)
    api_url: str = API_URL
    wait: bool = False
    as_json: bool = False


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


def dial_order(options: Namespace, environ: Mapping[str, str]) -> DialOrder:
    """
    Make the order of the options.

    Raises:
        UsageError: for options that do not go together, or are missing.
        RestError: for a file that cannot be used, or a call that cannot be placed.
    """
    given = {name: getattr(options, name) or environ.get(VARIABLES[name]) for name in VARIABLES}
    return DialOrder(
        call=_call(options),
        application_id=_application_id(given["application_id"]),
        key=_key(given["private_key"]),
        api_url=_api_url(given["api_url"] or API_URL),
        wait=options.wait,
        as_json=options.json,
    )


def _call(options: Namespace) -> NewCall:
    if options.to is None and options.socket is None:
        raise UsageError("whom to call? --to NUMBER is a phone, --socket URL a WebSocket")
    if options.post and options.answer_url is None:
        raise UsageError("--post is for an answer URL: there is no --answer-url")
    if options.socket is None and options.header:
        raise UsageError("--header is for a WebSocket: there is no --socket")
    socket = None if options.socket is None else _endpoint(options)
    return NewCall(
        to=endpoints.phone(options.to) if options.to is not None else socket or {},
        from_=options.caller,
        answer_method="POST" if options.post else "GET",
        event_url=options.event_url,
        ringing=options.ringing,
        longest=options.longest,
        **_script(options, socket),
    )


def _endpoint(options: Namespace) -> endpoints.Endpoint:
    headers: dict[str, Json] = dict(options.header)
    authorization = None if options.authorization == "none" else options.authorization
    return endpoints.socket(options.socket, rate=options.rate, headers=headers, authorization=authorization)


def _script(options: Namespace, socket: endpoints.Endpoint | None) -> dict[str, Any]:
    """Tell what happens on the call: an answer URL or an NCCO."""
    if options.to is not None and socket is not None:
        if options.answer_url or options.ncco or options.talk:
            raise UsageError(
                "--to beside --socket connects the two: --answer-url, --ncco or --talk say otherwise"
            )
        return {"ncco": [{"action": "connect", "endpoint": [socket]}]}
    if options.answer_url is not None:
        return {"answer_url": options.answer_url}
    if options.ncco is not None:
        return {"ncco": _ncco(options.ncco)}
    if options.talk is None and socket is None:
        raise UsageError(
            "what happens once it is answered? say it by --answer-url, --ncco, --talk or --socket"
        )
    return {"ncco": _linted([{"action": "talk", "text": options.talk or TEST_CALL}], "--talk")}


def _ncco(path: str) -> Any:
    try:
        document = parse_json(_read(path), _MOST)
    except UntrustedTextError as error:
        raise NccoError(shown(path, PATH_LENGTH), "$", error.problem) from None
    return _linted(document, shown(path, PATH_LENGTH))


def _linted(document: Json, source: str) -> Json:
    """Let an NCCO pass that the provider will take; it says less about another one."""
    for finding in lint(document):
        if finding.severity == "error":
            raise NccoError(source, finding.path, finding.problem)
    return document


def _application_id(text: str | None) -> str:
    if text is None:
        raise UsageError(f"whose call is it? --application-id, or {VARIABLES['application_id']}")
    if not is_application_id(text):
        raise UsageError(f"--application-id: {shown(text)} is not the id of an application")
    return text


def _key(path: str | None) -> RSAPrivateKey:
    if path is None:
        raise UsageError(
            f"the private key of the application is needed: --private-key, or {VARIABLES['private_key']}"
        )
    try:
        return parse_private_key(_read(path))
    except ValueError as error:
        raise RestError(f"{shown(path, PATH_LENGTH)} {error}") from None


def _api_url(text: str) -> str:
    try:
        return parse_api_url(text)
    except ValueError as error:
        raise UsageError(f"--api-url: {shown(text)} {error}") from None


def _read(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST + 1)
    except OSError as error:
        raise RestError(f"{shown(path, PATH_LENGTH)} cannot be read: {error.strerror}") from None
