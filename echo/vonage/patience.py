"""
How often the REST API is asked, and how long is waited before each further time.

Delays double, and each is drawn between half of it and the whole, so that those who were refused together do not come
back together. The API's own word (``Retry-After``) counts for more; who is told to wait for longer than it is of use
gives up at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

#: What is asked again. 502 and 504 are a gateway's, who does not know what became of the request behind it.
_NOT_NOW: Final = frozenset({429, 500, 503})


@dataclass(frozen=True)
class Patience:
    """
    How long is waited, in seconds.

    Attributes:
        connect: for the name and the connection, of each try.
        read: from then on for the whole answer, likewise.
        tries: in all.
        first: before the second try; twice as long before each further one.
        most: between two tries.
        longest: before a further try, where the API itself names a time.
    """

    connect: float = 5.0
    read: float = 10.0
    tries: int = 4
    first: float = 0.5
    most: float = 8.0
    longest: float = 30.0

    def delay(self, attempt: int, random: Callable[[], float], told: float | None = None) -> float | None:
        """
        Tell how long to wait behind a try that brought nothing.

        Args:
            attempt: which one it was, from 1.
            random: from 0 to 1.
            told: what the API asked for; see :func:`retry_after`.

        Returns:
            Seconds; ``None`` to give up.
        """
        if attempt >= self.tries or (told is not None and told > self.longest):
            return None
        whole = min(self.first * 2.0 ** (attempt - 1), self.most)
        return max(told or 0.0, whole * (1 + random()) / 2)


#: For whatever the daemon asks.
STANDARD: Final = Patience()


def is_worth_another(status: int, *, repeatable: bool) -> bool:
    """Tell whether a request is sent again behind an answer of this status; see :class:`Request`."""
    return status in _NOT_NOW or (status >= 500 and repeatable)


def retry_after(value: str | None, now: float) -> float | None:
    """
    Read the header ``Retry-After`` (RFC 9110 section 10.2.3): seconds, or a date.

    Args:
        value: the header, if there is one.
        now: seconds since 1970.

    Returns:
        The seconds to wait, 0 for a time that has passed; ``None`` for no such header, and for one that says nothing.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)
