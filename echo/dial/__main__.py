"""``echo-dial``, and the same as ``python -m echo.dial``."""

from __future__ import annotations

import signal
import sys

from echo.phone.leaving import leave, open_streams


def main() -> int:
    """Do what the words of this process ask for, and tell the exit status."""
    # until there is a call there is nothing to hang up
    signal.signal(signal.SIGINT, leave)
    open_streams()
    from echo.dial.command import main as command  # noqa: PLC0415  see above

    return command()


if __name__ == "__main__":
    sys.exit(main())
