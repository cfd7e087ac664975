"""What became of each call, in few enough words that calls with the same fate can be counted."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final, Literal

from echo.phone.verdict.facts import Ended
from echo.untrusted import clean

#: ``completed``: the caller hung up. ``goodbye``: the application did before, as it may. ``ended early``: it left
#: in another way, or broke a rule for which the provider ends a call. ``not connected``: there was no call.
Fate = Literal["completed", "goodbye", "interrupted", "ended early", "not connected"]

FAILED: Final[tuple[Fate, ...]] = ("not connected", "ended early")

#: Who leaves within this time, in seconds, has not taken the call; as ``echo-phone call`` has it.
_TOO_SOON = 1.0

#: Close codes of an ordinary end, as ``echo-phone call`` has them.
_NORMAL = (1000, 1001, 1005)

#: Reasons that are told apart; an application may put a name of the call into each.
_KEPT = 50
_REST = "for other reasons"

#: Enough of an application's own words to know them.
_REASON_LENGTH = 80

#: Which message it was differs from call to call.
_MESSAGE_NUMBER = re.compile(r"^message \d+")


class Fates:
    """
    Counts the fates of calls.

    Attributes:
        counts: how many calls had each fate.
        reasons: of those that failed, by fate and reason; a bounded number of them.
    """

    def __init__(self) -> None:
        self.counts: Counter[Fate] = Counter()
        self.reasons: Counter[tuple[Fate, str]] = Counter()

    @property
    def failed(self) -> int:
        """Calls that were none, or that ended early."""
        return sum(self.counts[fate] for fate in FAILED)

    def add(self, fate: Fate, reason: str = "") -> None:
        """Count a call."""
        self.counts[fate] += 1
        if fate in FAILED:
            known = (fate, reason) in self.reasons or len(self.reasons) < _KEPT
            self.reasons[fate, reason if known else _REST] += 1


def fate_of(ended: Ended, *, interrupted: bool = False) -> tuple[Fate, str]:
    """Tell the fate of a call that was up, and the reason where it failed; words in it were made printable before."""
    if ended.by == "caller":
        return ("interrupted", "") if interrupted else ("completed", "")
    if ended.by == "phone":
        told = _MESSAGE_NUMBER.sub("a message", ended.reason)
        return "ended early", f"the provider ends it: {told}"
    if ended.by == "network":
        return "ended early", f"the connection broke{_words(ended.reason, ': {}')}"
    if ended.at < _TOO_SOON:
        return "ended early", f"the application closed it in its first second, {_code(ended)}"
    if ended.code not in _NORMAL:
        return "ended early", f"the application closed it {_code(ended)}"
    return "goodbye", ""


def without_url(problem: str, url: str) -> str:
    """Take the address from the beginning of a problem: each call may have one of its own."""
    return problem.removeprefix(f"{clean(url, 200)}: ")


def _code(ended: Ended) -> str:
    code = "without a Close frame" if ended.code is None else f"with code {ended.code}"
    return code + _words(ended.reason, ' and the reason "{}"')


def _words(reason: str, frame: str) -> str:
    return frame.format(reason[:_REASON_LENGTH]) if reason else ""
