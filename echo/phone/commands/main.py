"""The console script ``echo-phone``: finds the command, and turns every ending into an exit status."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress

from echo import __version__
from echo.errors import EchoError, PhoneError
from echo.phone import words
from echo.phone.commands import call, check, faults, load, replay, rest, run, torture
from echo.phone.commands.parser import Parser, UsageError
from echo.phone.leaving import INTERRUPTED
from echo.phone.show.writing import write_document, written

COMMANDS = (call, check, replay, run, load, faults, torture, rest)

#: The call could not be made; wrong usage (EX_USAGE of sysexits.h).
NO_CALL, WRONG_USAGE = 2, 64

_WHAT = """\
A phone for voice applications. It does to your answer URL and your WebSocket
what the Vonage Voice API does: asks for the NCCO, opens the socket, talks in
frames of 20 ms. It hears what a caller would hear, and says what is wrong.

No account, no number and no tunnel are needed, and it does not matter in which
language the application is written.
"""

_MORE = """\
examples:
  echo-phone call http://localhost:8000/ncco
  echo-phone call ws://localhost:8000/socket --rate 8000 --expect echo
  echo-phone call http://localhost:8000/ncco --audio hello.wav --record out.wav
  echo-phone check ncco.json
  echo-phone load ws://localhost:8000/socket --calls 200 --arrivals 10/s

exit status:
  0   every check passed        2   the call could not be made
  1   a check failed            64  wrong usage

Ctrl-C hangs up, and the report comes all the same: the exit status is 1 if a
check had failed by then, and otherwise 2 where calls, faults, steps or a part
of the call were left undone. A second Ctrl-C, or one before the phone is ready,
ends it at once with 130.

'echo-phone COMMAND --help' explains a command.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """
    Do what the command line asks for.

    Args:
        argv: the words after the program's name; by default those of this process.

    Returns:
        The exit status.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        options = _parse(given)
        return _run(options)
    except UsageError as error:
        return _fail(_name(given), str(error), WRONG_USAGE)
    except PhoneError as error:  # of the help; a command's are told by _run
        return _fail(_name(given), str(error), NO_CALL)
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as done:  # argparse's way out of --help and --version
        return done.code if isinstance(done.code, int) else 0


def build() -> tuple[Parser, dict[str, Parser]]:
    """Make the parser, and by name those of the commands."""
    parser = Parser(prog="echo-phone", usage="echo-phone COMMAND ...", description=_WHAT, epilog=_MORE)
    parser.add_argument(
        "--version", action="version", version=f"echo-phone {__version__}", help="show the version and exit"
    )
    commands = parser.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", required=True, parser_class=Parser
    )
    return parser, {module.NAME: module.add(commands) for module in COMMANDS}


def _run(options: Namespace) -> int:
    """Run the command. Who asks for a JSON object is to find one, also where nothing could be done."""
    try:
        status: int = options.run(options)
    except EchoError as error:
        if options.json:
            with suppress(PhoneError):  # it is what could not be written, perhaps
                write_document({"passed": False, "exit_status": NO_CALL, "problem": str(error)}, sys.stdout)
        return _fail(f"echo-phone {options.command}", str(error), NO_CALL)
    return status


def _parse(given: list[str]) -> Namespace:
    if given[:1] == ["help"]:
        given = [*given[1:], "--help"]
    parser, commands = build()
    if not given:
        parser.print_help(sys.stderr)
        raise SystemExit(WRONG_USAGE)
    if given[0] in commands:
        commands[given[0]].refuse_unknown(given[1:])
    elif given[0].startswith("-"):
        parser.refuse_unknown(given)
    else:
        raise UsageError(_no_command(given[0], list(commands)))
    return parser.parse_args(given)


def _no_command(word: str, known: Sequence[str]) -> str:
    if "://" in word:
        return f"a URL needs a command before it, as in: echo-phone call {words.shown(word)[1:-1]}"
    hint = words.meant(word, known) or f"; there are {', '.join(known[:-1])} and {known[-1]}"
    return f"there is no command {words.shown(word)}{hint}"


def _name(given: Sequence[str]) -> str:
    """Name the program and the command, if it is one."""
    names = {module.NAME for module in COMMANDS}
    return f"echo-phone {given[0]}" if given and given[0] in names else "echo-phone"


def _fail(name: str, problem: str, status: int) -> int:
    """Say what is wrong: a line, or one for each mistake of a file."""
    with written(sys.stderr):
        sys.stderr.writelines(f"{name}: {line}\n" for line in problem.splitlines())
    return status
