"""``echo-phone``, and the same as ``python -m echo.phone``: Ctrl-C is taken care of before anything is loaded."""

from __future__ import annotations

import signal
import sys

from echo.phone.leaving import interrupt, leave, open_streams


def main() -> int:
    """Do what the words of this process ask for, and tell the exit status."""
    # Until a call takes the signal over there is nothing to hang up.
    signal.signal(signal.SIGINT, leave)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, interrupt)
    open_streams()
    from echo.phone.commands.main import main as command  # noqa: PLC0415  see above

    return command()


if __name__ == "__main__":
    sys.exit(main())
