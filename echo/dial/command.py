"""The console script ``echo-dial``: from its words to an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from echo.dial.options import build
from echo.dial.order import dial_order
from echo.errors import EchoError, PhoneError
from echo.phone.commands.parser import UsageError
from echo.phone.leaving import INTERRUPTED
from echo.phone.show.writing import write_document, written

#: The call could not be placed; wrong usage (EX_USAGE of sysexits.h).
NO_CALL, WRONG_USAGE = 2, 64

NAME = "echo-dial"


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
        return _run(given)
    except UsageError as error:
        return _fail(str(error), WRONG_USAGE)
    except EchoError as error:
        if "--json" in given:
            with suppress(PhoneError):  # it is what could not be written, perhaps
                write_document({"placed": False, "exit_status": NO_CALL, "problem": str(error)}, sys.stdout)
        return _fail(str(error), NO_CALL)
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as done:  # argparse's way out of --help and --version
        return done.code if isinstance(done.code, int) else 0


def _run(given: list[str]) -> int:
    parser = build()
    if not given:
        parser.print_help(sys.stderr)
        return WRONG_USAGE
    parser.refuse_unknown(given)
    order = dial_order(parser.parse_args(given), os.environ)
    from echo.dial.placing import dial  # noqa: PLC0415  # Twisted, which --help does not need
    from echo.phone.reactor import run  # noqa: PLC0415

    return run(lambda reactor, stop: dial(reactor, stop, order))


def _fail(problem: str, status: int) -> int:
    with written(sys.stderr):
        sys.stderr.writelines(f"{NAME}: {line}\n" for line in problem.splitlines())
    return status
