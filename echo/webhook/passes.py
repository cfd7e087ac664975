"""
One-time passes: what proves that a socket belongs to a call whose NCCO we served.

The address in an NCCO is known to the provider and to us, so what stands in its path is a key. A pass has 128 random
bits, opens one socket, and is good for a while only: a ``talk`` may come before the ``connect``, a stranger who finds
the address in a log of somebody's proxy comes later. What is kept is the hash of a pass: neither a dump of our memory
nor the time that a comparison takes tells one.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256

#: Bytes: what cannot be guessed.
PASS_BYTES = 16

#: Passes that may be open at once; calls that come faster than they connect are somebody's who never does. 20 MB.
MOST_PASSES = 50_000

#: A pass in the path of a socket, with its slash escaped as in JSON or in a query.
_IN_A_PATH = re.compile(r"((?:/|%2[Ff])socket(?:\\*/|%2[Ff]))[A-Za-z0-9_%-]+")


@dataclass(frozen=True)
class Pass:
    """
    Whom a pass was given to.

    Attributes:
        call: the conversation that it opens the socket of; ``None`` where the answer request named none.
        is_taken: whether that call was taken; its socket is let in where no new call is any more.
    """

    call: str | None
    is_taken: bool = True


class Passes:
    """The passes that were given out and not used."""

    def __init__(self, most: int = MOST_PASSES) -> None:
        """Begin with none; beyond ``most``, the oldest is void."""
        self._most = most
        #: By the hash of the pass: when it ends, and whose it is; the oldest first.
        self._open: OrderedDict[bytes, tuple[float, Pass]] = OrderedDict()

    def __len__(self) -> int:
        """Tell how many are open."""
        return len(self._open)

    def issue(self, owner: Pass, random: bytes, *, now: float, seconds: float) -> str:
        """
        Give out a pass.

        Args:
            owner: whom it is for, as :meth:`redeem` gives it back.
            random: :data:`PASS_BYTES` that nobody can foresee.
            now: seconds of a clock that nobody can set.
            seconds: how long it is good for.

        Returns:
            22 characters that may stand in a path.
        """
        self._expire(now)
        text = urlsafe_b64encode(random).rstrip(b"=").decode()
        self._open[_hash(text)] = (now + seconds, owner)
        if len(self._open) > self._most:
            self._open.popitem(last=False)
        return text

    def redeem(self, text: str, now: float) -> Pass | None:
        """Use a pass up; returns whose it is, or ``None`` for one that is unknown, used, or too old."""
        found = self._open.pop(_hash(text), None)
        if found is None:
            return None
        ends, owner = found
        return owner if now < ends else None

    def owner(self, text: str, now: float) -> Pass | None:
        """Tell whom a pass was given to that would open a socket; ``None`` for one that would not."""
        ends, owner = self._open.get(_hash(text), (now, None))
        return owner if now < ends else None

    def _expire(self, now: float) -> None:
        """Strike out those that have ended; one that was good for less than those before it waits for them."""
        while self._open:
            key, (ends, _) = next(iter(self._open.items()))
            if now < ends:
                return
            del self._open[key]


def without_passes(text: str) -> str:
    """Make of a text that holds addresses of sockets one that may be logged."""
    return _IN_A_PATH.sub(r"\1...", text) if "socket" in text else text


def _hash(text: str) -> bytes:
    return sha256(text.encode(errors="replace")).digest()[:16]
