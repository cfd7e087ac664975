"""Sending a frame by one system call, where Twisted's way takes three and a turn of the reactor."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, Final

from echo.wire.frames import ClientFrames

#: Keys of a load, for each size of a frame. They come round again, but are foreseen by nobody who makes the audio,
#: which is what they are for (RFC 6455 section 10.3). Few enough to stay in the cache of a processor.
KEYS: Final = 64


@lru_cache(maxsize=3)
def masked(size: int) -> ClientFrames:
    """Give what writes all frames of one size."""
    return ClientFrames(size, [os.urandom(4) for _ in range(KEYS)])


def plain_socket(transport: Any) -> Any | None:
    """
    Give the socket of a transport of which every byte is the protocol's; ``None`` for another one (TLS).

    By its type: Twisted's TLS passes on whatever it does not have, and a frame would leave unencrypted.
    """
    return transport.getHandle() if hasattr(type(transport), "writeSomeData") else None


class Sender:
    """Sends to one transport: at once what the socket takes, and the rest by way of Twisted."""

    __slots__ = ("_send", "_transport")

    def __init__(self, transport: Any) -> None:
        """Prepare; anything but TCP (TLS) sends all in its own way."""
        socket = plain_socket(transport)
        self._transport = transport
        self._send = None if socket is None else socket.send

    def send(self, data: bytes) -> None:
        """
        Send, in order.

        At once only where nothing waits already; ``_tempDataBuffer`` is private to Twisted, and looked at here
        and in ``echo.phone.line.transport`` only.
        """
        transport = self._transport
        if self._send is None or transport._tempDataBuffer or transport.dataBuffer:  # noqa: SLF001  see above
            transport.write(data)
            return
        try:
            sent = self._send(data)
        except OSError:
            sent = 0  # no room, or no connection: Twisted finds out which, and tells, when it tries itself
        if sent != len(data):
            transport.write(data[sent:])
