"""What the owner of a socket is told, and how the socket ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

#: Close codes that never travel (RFC 6455 section 7.4.1): a Close frame without a code, and no Close frame.
NO_CODE, NO_CLOSE_FRAME = 1005, 1006


@dataclass(frozen=True)
class SocketEnd:
    """
    How a connection ended.

    Attributes:
        by: ``application`` or ``phone`` for who ended it; ``network`` where it broke without a word.
        code: the close code; 1005 for a Close frame without one, 1006 for none.
        reason: the application's own words, untrusted, or ours.
    """

    by: str
    code: int
    reason: str


class Ears(Protocol):
    """What the owner of a socket is told; ``now`` is the time of the read in seconds."""

    def opened(self, now: float) -> None:
        """Begin: the upgrade is done."""
        ...

    def audio(self, payload: bytes, pieces: int, now: float) -> None:
        """Take a binary message that came in ``pieces`` frames."""
        ...

    def text(self, payload: bytes, now: float) -> None:
        """Take a text message."""
        ...

    def refused(self, problem: str) -> None:
        """There is no call: one clause that says why the upgrade failed."""
        ...

    def closed(self, end: SocketEnd, now: float) -> None:
        """The connection is over, or as good as over; told once, and only after ``opened``."""
        ...
