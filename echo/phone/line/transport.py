"""What must be done to a transport before it carries live audio."""

from __future__ import annotations

from typing import Any, Final

from echo.turns import READ_BYTES

#: Bytes that may wait for an application that does not read: eight seconds of audio at 16 kHz, behind the
#: kernel's own buffers.
MAX_UNSENT: Final = 256 * 1024


def bottom(transport: Any) -> Any:
    """Find the transport that owns the socket, under TLS."""
    while (lower := getattr(transport, "transport", None)) is not None:
        transport = lower
    return transport


def read_little(transport: Any) -> None:
    """
    Let the clock have its turn after so many bytes (:data:`READ_BYTES`), whatever an application sends.

    A read of Twisted's 64 KiB may hold 20,000 texts, and while they are looked at, no frame leaves.
    """
    bottom(transport).bufferSize = READ_BYTES


def unsent(transport: Any) -> int:
    """
    Tell how many bytes wait to be sent; of TLS, how many that are encrypted.

    Both names are private to Twisted, and looked at here and in ``echo.phone.load.sending`` only.
    """
    lowest = bottom(transport)
    waiting = getattr(lowest, "_tempDataLen", 0)
    return int(waiting) + len(getattr(lowest, "dataBuffer", b"")) - int(getattr(lowest, "offset", 0))


def without_delay(transport: Any) -> None:
    """
    Let frames leave when they are sent (``TCP_NODELAY``), not when those before them are acknowledged.

    Autobahn 26.10 means to do so, but reads the option before it has it and swallows the error. A server that is
    silent acknowledges after 40 ms only: two or three frames would leave together.
    """
    set_no_delay = getattr(transport, "setTcpNoDelay", None)
    if set_no_delay is not None:
        set_no_delay(True)
