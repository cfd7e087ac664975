"""What must be done to a transport before it carries live audio."""

from __future__ import annotations

from typing import Any


def without_delay(transport: Any) -> None:
    """
    Let frames leave when they are sent (``TCP_NODELAY``), not when those before them are acknowledged.

    Autobahn 26.10 means to do so, but reads the option before it has it and swallows the error. A server that is
    silent acknowledges after 40 ms only: two or three frames would leave together.
    """
    set_no_delay = getattr(transport, "setTcpNoDelay", None)
    if set_no_delay is not None:
        set_no_delay(True)
