"""The options that several commands have, in the groups in which the help shows them."""

from __future__ import annotations

import argparse

from echo.audio.format import RATES
from echo.phone import urls, words
from echo.phone.commands.parser import Parser, word
from echo.phone.order import (
    BUFFERS,
    COUNTS,
    DEFAULT_DURATION,
    DEFAULT_TAIL,
    EXPECTATIONS,
    FAR_ENDS,
    HANG_UPS,
    LATENCIES,
    ON_CLEAR,
)

#: Where the secret is looked for that the command line does not name.
SECRET_VARIABLE = "ECHO_PHONE_SIGNATURE_SECRET"  # noqa: S105  # the name of a variable

_LARGEST = 1_000_000


def url(parser: Parser) -> None:
    """The URL to call, as the first word that is no option."""
    parser.add_argument(
        "url",
        metavar="URL",
        type=word(urls.target),
        help="an answer URL (http, https) or a socket (ws, wss)",
    )


def numbers(parser: Parser) -> None:
    """Who calls whom, and what answers with an NCCO."""
    group = parser.add_argument_group("the call")
    group.add_argument(
        "--from", dest="caller", metavar="NUMBER", type=word(words.phone_number), help="who calls"
    )
    group.add_argument(
        "--to", dest="called", metavar="NUMBER", type=word(words.phone_number), help="who is called"
    )
    group.add_argument("--post", action="store_true", help="ask for the NCCO by POST (default: GET)")
    group.add_argument(
        "--fallback", metavar="URL", type=word(urls.web_url), help="ask this URL when the answer URL fails"
    )
    group.add_argument(
        "--event-url",
        metavar="URL",
        type=word(urls.web_url),
        help="post the call's events here (default: only where the NCCO says)",
    )


def signature(parser: Parser) -> None:
    """What signs webhooks, and whether certificates count."""
    group = parser.add_argument_group("trust")
    group.add_argument(
        "--signature-secret",
        metavar="SECRET",
        help=f"sign the webhooks; @FILE reads it from a file; also {SECRET_VARIABLE} in the environment",
    )
    group.add_argument("--api-key", metavar="KEY", help="the api_key of signatures")
    group.add_argument("--application-id", metavar="ID", help="the application_id of signatures")
    group.add_argument("--insecure", action="store_true", help="believe any TLS certificate")


def api(group: argparse._ActionsContainer) -> None:
    """Whose requests the REST API takes, and what it does wrong."""
    group.add_argument(
        "--public-key",
        metavar="FILE",
        type=word(words.path),
        help="the application's public key in PEM, by which tokens are checked; its private key will do",
    )
    group.add_argument(
        "--rest-fault",
        metavar="KIND[:N]",
        action="append",
        default=[],
        type=word(_rest_fault),
        help="do the next request, or N of them, wrong: 401, 429, 500, 503, slow, garbage, redirect or drop; "
        "repeatable",
    )


def rest(parser: Parser) -> None:
    """The REST API beside a call."""
    group = parser.add_argument_group(
        "the REST API", "Lets the application act on the call, as by Vonage's API: hang up, …"
    )
    group.add_argument(
        "--rest-port",
        metavar="PORT",
        type=word(words.count(0, 65535)),
        help="serve it on this port of 127.0.0.1 (0: a free one), and tell it as region_url",
    )
    api(group)


def _rest_fault(text: str) -> str:
    from echo.phone.provider.rest.faults import parse_fault  # noqa: PLC0415  few need it

    parse_fault(text)
    return text


def socket(parser: Parser) -> None:
    """How the WebSocket is opened."""
    group = parser.add_argument_group("the socket")
    group.add_argument(
        "--header",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        type=word(words.header),
        help="an entry of the endpoint's headers, for a ws:// or wss:// URL; a value that is JSON keeps its "
        "kind: 5 is a number, '\"5\"' a string; repeatable",
    )
    group.add_argument(
        "--authorization",
        metavar="VALUE",
        type=word(words.authorization),
        help="the Authorization header, for a ws:// or wss:// URL; 'vonage' sends a signed token",
    )
    group.add_argument("--no-subprotocol", action="store_true", help="do not offer WSBRIDGE")
    group.add_argument("--leading-space", action="store_true", help="begin each text message with a space")
    group.add_argument("--legacy", action="store_true", help="write texts as before 2018, without 'event'")


def sound(parser: Parser) -> None:
    """What the caller says."""
    kinds = parser.add_argument_group(
        "the caller",
        "Says a built-in signal, in which no two frames are equal, unless told to say\nsomething else.",
    )
    one = kinds.add_mutually_exclusive_group()
    one.add_argument(
        "--audio",
        metavar="FILE",
        type=word(words.path),
        help="play a WAV, FLAC or Ogg file; '-' plays raw 16-bit mono PCM from standard input",
    )
    one.add_argument("--tone", metavar="HZ", type=word(words.tone), help="play a tone")
    one.add_argument("--silence", action="store_true", help="say nothing, in frames of zeros")
    _length_and_rate(kinds)


def _length_and_rate(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--rate",
        type=word(words.one_of(RATES, "rate")),
        metavar="HZ",
        help="8000, 16000 or 24000 (default: as the NCCO says, or 16000)",
    )
    group.add_argument(
        "--duration",
        metavar="TIME",
        type=word(words.duration),
        help=f"talk as long: 5, 2.5s, 1m30s (default: to the end of the audio, or {DEFAULT_DURATION:g}s)",
    )


def gestures(parser: Parser) -> None:
    """What else the caller does."""
    group = parser.add_argument_group("during the call")
    group.add_argument(
        "--dtmf",
        metavar="TIME:KEYS",
        action="append",
        default=[],
        type=word(words.keys),
        help="press keys, as in 2.5:1234#; repeatable",
    )
    group.add_argument(
        "--mute",
        metavar="TIME-TIME",
        action="append",
        default=[],
        type=word(words.span),
        help="be muted for a while, as in 3-5; repeatable",
    )
    tail(group)
    hangup(group)


def tail(group: argparse._ActionsContainer) -> None:
    """How long the phone listens on."""
    group.add_argument(
        "--tail",
        metavar="TIME",
        type=word(words.moment),
        default=DEFAULT_TAIL,
        help=f"listen on after the last frame (default: {DEFAULT_TAIL:g}s)",
    )


def hangup(group: argparse._ActionsContainer) -> None:
    """How the caller goes."""
    group.add_argument(
        "--hangup",
        metavar="HOW",
        type=word(words.one_of(HANG_UPS, "way to hang up")),
        default=HANG_UPS[0],
        help="abrupt: without a Close frame, as the provider does (default); close: with one",
    )


def far_end(parser: Parser) -> None:
    """Which provider listens."""
    group = parser.add_argument_group("the provider's ear")
    group.add_argument(
        "--far-end",
        metavar="WHICH",
        type=word(words.one_of(FAR_ENDS, "far end")),
        default=FAR_ENDS[0],
        help="documented: a message that is not one frame ends the call (default); wsbridge: as the published "
        "module, which cuts long messages, keeps short ones and drops fragments",
    )
    group.add_argument(
        "--buffer",
        metavar="FRAMES",
        type=word(words.one_of(BUFFERS, "size of the buffer")),
        default=BUFFERS[0],
        help="how many frames wait to be played: 3072 (default), or 1024 as before 2025",
    )
    group.add_argument(
        "--notify-on-clear",
        metavar="WHAT",
        type=word(words.one_of(ON_CLEAR, "way with a notify")),
        default=ON_CLEAR[0],
        help="what a 'clear' does to a waiting 'notify', which no document says: drop (default) or answer",
    )


def files(parser: Parser) -> None:
    """What is kept of a call."""
    group = parser.add_argument_group("files")
    group.add_argument(
        "--record",
        metavar="WAV",
        type=word(words.path),
        help="write what the caller hears, and said.wav beside it",
    )
    group.add_argument(
        "--trace", metavar="JSONL", type=word(words.path), help="write every message with its time"
    )


def thresholds(parser: Parser) -> None:
    """What has to hold for the call to pass."""
    group = parser.add_argument_group(
        "what passes",
        "Without these, what is heard is described and only broken rules fail. A limit\n"
        "is the most that passes; times are in milliseconds: 50, 50ms or 0.05s.",
    )
    group.add_argument(
        "--expect",
        metavar="WHAT",
        type=word(words.one_of(EXPECTATIONS, "thing to expect")),
        help="echo: each frame comes back once, in order, unchanged, however late; silence; or speech",
    )
    for name, what in LATENCIES.items():
        group.add_argument(
            f"--{name.replace('_', '-')}",
            metavar="TIME",
            type=word(words.latency),
            help=what.replace("%", "%%"),
        )
    for name, what in COUNTS.items():
        number = word(words.count(0, _LARGEST))
        group.add_argument(f"--{name.replace('_', '-')}", metavar="N", type=number, help=what)


def output(parser: Parser, *, quiet: bool = True) -> None:
    """What is shown; ``quiet`` where there is something to leave out."""
    group = parser.add_argument_group("output")
    group.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else")
    if quiet:
        group.add_argument("--quiet", action="store_true", help="no live line, no steps; only what failed")
        group.add_argument("--verbose", action="store_true", help="everything there is to say")
