"""
The table of all settings: from it come the command line, the environment, the TOML file and the help.

To add a setting: a row here, a field in :class:`echo.service.settings.Settings`, and a parser in
:mod:`echo.service.values` if none there fits.
"""

from __future__ import annotations

from collections.abc import Mapping

from echo.apps.finding import installed, is_file
from echo.apps.table import NAMES
from echo.limits import BY_NAME, LAB, STANDARD, Limits
from echo.privacy import PRIVACIES
from echo.service import values
from echo.service.keeping import RECORDING
from echo.service.setting import LARGEST_SECONDS, Setting, choice, of_limit
from echo.service.trusting import TRUST

APP_NAMES = NAMES
WHEN_SLOW = ("drop", "pause", "close")
LOG_LEVELS = ("debug", "info", "warn", "error")
LIMIT_SETS: Mapping[str, Limits] = {"standard": STANDARD, "lab": LAB}


def _app(text: str) -> str:
    """Parse the name of an app, or the path of a file with one; only its existence is looked at."""
    if not is_file(text) and text not in APP_NAMES and text not in installed():
        near = values.nearest(text, (*APP_NAMES, *installed()))
        raise ValueError("is not an app" + (f" (did you mean {near}?)" if near else ""))
    return values.file_path(text)


def _apps(text: str) -> tuple[str, ...]:
    """Parse several of them, with commas between."""
    parts = tuple(part.strip() for part in text.split(",") if part.strip())
    for part in parts:
        try:
            _app(part)
        except ValueError as error:
            raise ValueError(f"has {values.shown(part)}, which {error}") from None
    return parts


_ORDINARY = (
    Setting(
        name="port",
        default="8000",
        parse=values.port,
        allowed="a number from 0 to 65535, or a server endpoint such as tcp:8000, tls:/etc/echo/tls:8443 "
        "or unix:/run/echo/echo.sock",
        help="Where to listen: a port number, or a Twisted server endpoint: tcp:, tcp6:, ssl:, unix:, "
        "systemd:, haproxy:tcp:8000, or tls:FOLDER:8443 with a folder of .pem files.",
        placeholder="PORT",
    ),
    Setting(
        name="interface",
        default="",
        parse=values.interface,
        allowed="an IPv4 or IPv6 address of this machine, or a host name such as localhost",
        help="The address or host name to listen on, such as 127.0.0.1. Without it: all interfaces.",
        placeholder="ADDRESS",
    ),
    Setting(
        name="operator_port",
        default=None,
        parse=values.port,
        allowed="a number from 0 to 65535, or a server endpoint such as tcp:9000:interface=127.0.0.1",
        help="Where the operator sees the calls (/calls), figures for Prometheus (/metrics) and whether calls are "
        "taken (/ready): a port number, for this machine alone, or a Twisted server endpoint. Without it: nowhere.",
        placeholder="PORT",
    ),
    Setting(
        name="public_url",
        default=None,
        parse=values.public_url,
        allowed="an http or https URL without user, query and fragment, such as https://echo.example.com",
        help="The URL under which Vonage reaches this server, such as https://echo.example.com. Without it, "
        "each request says it (Host; behind a trusted proxy X-Forwarded-Host and X-Forwarded-Proto).",
        placeholder="URL",
    ),
    Setting(
        name="ncco",
        default=None,
        parse=values.file_path,
        allowed="the path of a JSON file",
        help="Answer calls with the NCCO (the call script) in this JSON file; it is read again when it changes. "
        "Without it: a greeting, then the call is connected to this server.",
        placeholder="FILE",
    ),
    Setting(
        name="fallback_ncco",
        default=None,
        parse=values.file_path,
        allowed="the path of a JSON file",
        help="Go on with the NCCO in this JSON file when a call cannot be connected (failed, unanswered, busy, "
        "rejected, timeout) and the events of its connect are synchronous. Without it: the next action of its "
        "NCCO, or the end.",
        placeholder="FILE",
    ),
    Setting(
        name="busy_ncco",
        default=None,
        parse=values.file_path,
        allowed="the path of a JSON file",
        help="Answer calls that come while the daemon is draining with the NCCO in this JSON file. Without it: "
        "an apology.",
        placeholder="FILE",
    ),
    Setting(
        name="rate",
        default="16000",
        parse=values.rate,
        allowed="8000, 16000, 24000",
        help="Samples a second of the audio that Vonage is asked for.",
        placeholder="8000|16000|24000",
    ),
    Setting(
        name="app",
        default="echo",
        parse=_app,
        allowed=f"{', '.join(APP_NAMES)}, an installed one, or a file such as ./mine.py",
        help="What answers a call. echo returns the audio; parrot listens, then says it back; menu offers the others "
        "by keys; record is a mailbox; play plays a file; tone and silence are for tests of lines; reflect returns "
        "every message, texts too, and loses none. A path such as ./mine.py is an app of your own, loaded again "
        "when it changes.",
        placeholder="NAME|FILE",
    ),
    Setting(
        name="apps",
        default="",
        parse=_apps,
        allowed=f"with commas between them: {', '.join(APP_NAMES)}, installed ones, or files such as ./mine.py",
        help="The apps that a call may choose instead, by ?app=NAME in the answer URL or by a header app in the "
        "NCCO; names with commas between them.",
        placeholder="LIST",
        several=True,
    ),
    Setting(
        name="echo_delay",
        default="0",
        parse=values.duration(30),
        allowed="a time up to 30s, such as 1.5s or 500ms",
        help="How late the echo comes back, for --app echo.",
        placeholder="TIME",
    ),
    Setting(
        name="play_file",
        default=None,
        parse=values.file_path,
        allowed="the path of a sound file: WAV, FLAC, Ogg or MP3, at any rate",
        help="What --app play plays. Without it: a sentence that comes with echo.",
        placeholder="FILE",
    ),
    choice(
        "play_loop", "off", ("on", "off"), "on or off", "Whether --app play plays its file again and again."
    ),
    Setting(
        name="tone",
        default="milliwatt",
        parse=values.tone,
        allowed="milliwatt, sweep, or a frequency in Hz from 1 to 3999, such as 440",
        help="What --app tone begins with: milliwatt is 1004 Hz at 0 dBm0; a sweep runs from 300 to 3400 Hz in 10 s.",
        placeholder="milliwatt|sweep|HZ",
    ),
    Setting(
        name="meter",
        default="off",
        parse=values.on_or_off,
        allowed="on, off",
        help="Whether the sound of calls is measured: level, clipping, silence, keys that are heard in it, and the "
        "drift of the provider's clock, for the line at the end of a call and for /calls.",
        placeholder="[on|off]",
        alone="on",
    ),
    *RECORDING,
    choice(
        "when_slow",
        "drop",
        WHEN_SLOW,
        "a way to treat a slow call",
        "What happens to a call that takes its audio too slowly: drop the oldest audio, pause reading "
        "(nothing is lost, but late), or close the call. With --app reflect: pause, unless told otherwise.",
    ),
    Setting(
        name="trusted_proxies",
        default="",
        parse=values.networks,
        allowed="addresses and CIDR networks with commas between them, such as 10.0.0.5,192.168.0.0/16",
        help="Proxies whose X-Forwarded-* headers are believed, besides those on this machine: addresses and "
        "networks with commas between them.",
        placeholder="LIST",
        several=True,
    ),
    *TRUST,
    choice("log_level", "info", LOG_LEVELS, "a log level", "The least important lines that are logged."),
    choice(
        "log_private",
        "shown",
        tuple(PRIVACIES),
        "a way to log what is private",
        "How numbers, keys and metadata of people stand in the log: shown, or masked: the last two digits of numbers, "
        "and stars for keys, metadata and addresses.",
    ),
    Setting(
        name="drain",
        default="30",
        parse=values.whole_number(0, LARGEST_SECONDS),
        allowed=f"a whole number of seconds from 0 to {LARGEST_SECONDS}",
        help="How many seconds calls may go on after SIGTERM, while new ones are refused. Then, or at a second "
        "SIGTERM, they are closed.",
        placeholder="N",
    ),
    Setting(
        name="config",
        default=None,
        parse=values.file_path,
        allowed="the path of a TOML file",
        help='Read settings from this TOML file: rate = 8000, ncco = "/etc/echo/ncco.json" and so on.',
        placeholder="FILE",
    ),
    choice(
        "limits",
        "standard",
        tuple(LIMIT_SETS),
        "a set of limits",
        "Choose all limits at once; each can still be given on its own. lab lifts them for conformance runs "
        "and benchmarks on this machine, and must never face the internet.",
    ),
)

#: All settings, the ordinary ones first, in the order of the help.
SETTINGS = (*_ORDINARY, *(of_limit(limit) for limit in BY_NAME.values()))

SETTING_BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}
