"""Sending a frame by one system call, where Twisted's way takes three and a turn of the reactor."""

from __future__ import annotations

import os
from typing import Any

_KEYS_AT_A_TIME = 4096


class Keys:
    """Masking keys that nobody could foresee (RFC 6455 section 10.3), fetched from the system a thousand at a time."""

    __slots__ = ("_at", "_keys")

    def __init__(self) -> None:
        self._keys = b""
        self._at = 0

    def take(self) -> bytes:
        """Take four bytes."""
        at = self._at
        if at == len(self._keys):
            self._keys = os.urandom(_KEYS_AT_A_TIME)
            at = 0
        self._at = at + 4
        return self._keys[at : self._at]


def send(transport: Any, data: bytes) -> None:
    """
    Send at once what the socket takes, and leave the rest to Twisted.

    Only where nothing waits already, so that the order is kept; ``_tempDataBuffer`` is private to Twisted, and
    looked at here and in :func:`unsent` only. Another transport (TLS) has no ``writeSomeData`` and sends all in
    its own way.
    """
    # of its type: Twisted's TLS passes on whatever it does not have, and the frame would leave unencrypted
    write_some = transport.writeSomeData if hasattr(type(transport), "writeSomeData") else None
    if write_some is None or transport._tempDataBuffer or transport.dataBuffer:  # noqa: SLF001  see above
        transport.write(data)
        return
    sent = write_some(data)
    if sent != len(data):
        # not an int: the connection is lost, which Twisted finds out, and tells, when it tries itself
        transport.write(data[sent:] if isinstance(sent, int) else data)


def unsent(transport: Any) -> int:
    """Tell how many bytes wait to be sent; of TLS, how many that are encrypted."""
    while (lower := getattr(transport, "transport", None)) is not None:
        transport = lower
    waiting = getattr(transport, "_tempDataLen", 0)
    return int(waiting) + len(getattr(transport, "dataBuffer", b"")) - int(getattr(transport, "offset", 0))
