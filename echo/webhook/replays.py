"""Which tokens were used: bounded memory that forgets nobody who could still be believed."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256

#: Tokens. A hundred calls a second with ten webhooks each fill it in 50 s, and a webhook is a second old; 15 MB.
MOST_TOKENS = 50_000


@dataclass(frozen=True)
class Seen:
    """
    A token that was here before.

    Attributes:
        ago: how many seconds.
        is_same: whether it came with the same request.
    """

    ago: float
    is_same: bool


class Replays:
    """
    The tokens of the last while, by their names.

    A name is kept for so long that its token would be refused for its age by then. Whatever is as old as one that was
    forgotten, for that or because there are more than ``most``, is refused as if it had been seen: neither a full
    memory nor a clock that was set decides that a stranger is believed.
    """

    def __init__(self, keep: float, most: int = MOST_TOKENS) -> None:
        """Remember ``most`` names, each for ``keep`` seconds."""
        self._keep = keep
        self._most = most
        #: By the hash of the name: when it was seen first, when it was made, and what it came with; the oldest first.
        self._seen: OrderedDict[bytes, tuple[float, float, bytes]] = OrderedDict()
        #: What was made up to then may have been forgotten.
        self._forgotten = float("-inf")

    def __len__(self) -> int:
        """Tell how many names are remembered."""
        return len(self._seen)

    def note(self, jti: str, fingerprint: bytes, *, issued: float, now: float) -> Seen | None:
        """
        Note that a token is used.

        Args:
            jti: its name.
            fingerprint: of the request that it came with.
            issued: when it was made, by its own word; seconds since 1970.
            now: seconds of a monotonic clock.

        Returns:
            ``None`` the first time; else when that was, and whether the request was the same.
        """
        self._forget(now)
        name = sha256(jti.encode(errors="surrogatepass")).digest()[:16]
        if name in self._seen:
            first_seen, _, first = self._seen[name]
            return Seen(now - first_seen, first == fingerprint)
        if issued <= self._forgotten:
            return Seen(float("inf"), is_same=False)
        self._seen[name] = (now, issued, fingerprint)
        if len(self._seen) > self._most:
            self._forget_oldest()
        return None

    def _forget(self, now: float) -> None:
        while self._seen and now - next(iter(self._seen.values()))[0] > self._keep:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        _, (_, issued, _) = self._seen.popitem(last=False)
        self._forgotten = max(self._forgotten, issued)
