"""
What ``twistd echo --help`` shows.

Twisted's own layout has one column as wide as the longest name, which leaves half a terminal for the texts.
Here names and texts share lines where they fit, and limits come last: a newcomer needs none of them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from echo.limits import BY_NAME, OUT_OF_THE_WAY
from echo.service.setting import Setting
from echo.service.table import SETTINGS

#: The options that are no settings.
FLAGS = {
    "help": "Show this help and exit.",
    "version": "Show the versions of echo, Twisted and Autobahn and exit.",
}

#: Narrower, names of variables would not fit; wider, lines are too long to read.
NARROWEST, WIDEST = 80, 100

#: Where the texts begin.
_INDENT = 24

_UNBROKEN = "\N{NO-BREAK SPACE}"

_WHAT = (
    "Answers the phone calls of a Vonage Voice API application over a WebSocket and lets the callers hear "
    "themselves."
)

_FIRST_CALL = (
    "For a first call run: twistd -n echo --port 8000. Make that port reachable from the internet under an "
    "https address (a tunnel will do), and enter two URLs in your application at dashboard.vonage.com: the "
    "answer URL https://YOUR-HOST/ncco and the event URL https://YOUR-HOST/events. Then call its number."
)

_SOURCES = (
    "Each option can also be set in the environment, by the name at the end of its text (ECHO_PORT=8000), or "
    "in a TOML file that --config names (port = 8000). The command line wins, then the environment, then the "
    "file, then the default."
)

_LIMITS = (
    "They bound what anybody can cost this machine; ordinary calls stay far below. --limits lab sets the "
    "values called lab here, where off is a number that nobody reaches."
)


def help_text(columns: int) -> str:
    """Write all of the help but the synopsis, for a terminal of so many columns."""
    width = min(max(columns, NARROWEST), WIDEST)
    ordinary = [setting for setting in SETTINGS if setting.name not in BY_NAME]
    limits = [setting for setting in SETTINGS if setting.name in BY_NAME]
    blocks = [
        "\n" + textwrap.fill(_WHAT, width),
        "\n" + textwrap.fill(_FIRST_CALL, width),
        "\nOptions:",
        *(_setting(setting, width) for setting in ordinary),
        *(_entry(f"--{name}", text, width) for name, text in FLAGS.items()),
        "\n" + textwrap.fill(_SOURCES, width),
        "\nLimits:",
        textwrap.fill(_LIMITS, width),
        *(_setting(setting, width) for setting in limits),
    ]
    return "\n".join(blocks) + "\n"


def _setting(setting: Setting, width: int) -> str:
    note = ", ".join([*_defaults(setting), setting.variable])
    # With spaces that textwrap does not break at: the note stays on one line.
    text = f"{setting.help} [{note.replace(' ', _UNBROKEN)}]"
    return _entry(f"--{setting.option} {setting.placeholder}", text, width).replace(_UNBROKEN, " ")


def _defaults(setting: Setting) -> Iterator[str]:
    limit = BY_NAME.get(setting.name)
    if limit is None:
        if setting.default:
            yield f"default {setting.default}"
        return
    yield f"default {limit.default} {limit.metadata['unit']}"
    lab = limit.metadata["lab"]
    if lab != limit.default:
        yield f"lab {'off' if lab == OUT_OF_THE_WAY else lab}"


def _entry(head: str, text: str, width: int) -> str:
    """Put the text beside the option, or below it when the option reaches into its column."""
    lines = textwrap.wrap(text, width - _INDENT, break_long_words=False, break_on_hyphens=False)
    head = f"  {head}"
    if len(head) + 2 > _INDENT:
        lines.insert(0, "")
    first, *others = lines
    beside = f"{head:{_INDENT}}{first}".rstrip()
    return "\n".join([beside, *(" " * _INDENT + line for line in others)])
