"""What the API does wrong on purpose: to so many requests, then it is well again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from echo.phone.provider.rest.wishes import RefusedError, Reply, refusal

#: Seconds that a slow API takes for an answer: longer than anybody should wait.
SLOW: Final = 60.0

#: Seconds that a client is told to wait by 429.
RETRY_AFTER: Final = 1

#: What can go wrong, and what each is.
KINDS: Final = {
    "401": "answers 401, whatever the token",
    "429": f"answers 429 with Retry-After: {RETRY_AFTER}",
    "500": "answers 500",
    "503": "answers 503",
    "slow": f"does as it is told, and answers {SLOW:g} s later",
    "garbage": "does as it is told, and answers 200 with what is no JSON",
    "redirect": "answers 302 with another address",
    "drop": "closes the connection without an answer",
}

_FAULT = re.compile(r"([a-z0-9]+)(?::([0-9]{1,6}))?")


@dataclass(frozen=True)
class Fault:
    """
    One fault.

    Attributes:
        kind: one of ``KINDS``.
        times: to how many requests in a row.
    """

    kind: str
    times: int = 1


def parse_fault(text: str) -> Fault:
    """
    Read a fault: its kind, and to how many requests, as in ``429:2``.

    Raises:
        ValueError: with a sentence.
    """
    found = _FAULT.fullmatch(text)
    if found is None or found[1] not in KINDS:
        known = ", ".join(KINDS)
        raise ValueError(f"this is no fault of the API: write one of {known}, and how often, as in 429:2")
    return Fault(found[1], int(found[2] or 1))


class Faults:
    """Which fault meets which request: one after the other, in the order in which they were given."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        """Begin with the first."""
        self._left = [fault.kind for fault in faults for _ in range(fault.times)]

    def next(self) -> str | None:
        """Tell what becomes of the next request; ``None`` for nothing but what should."""
        return self._left.pop(0) if self._left else None


def instead(kind: str | None, elsewhere: str) -> Reply | None:
    """Tell what is answered in place of doing what was asked for; ``None`` where it is done all the same."""
    if kind in {"401", "429", "500"}:
        return _reply(refusal(int(kind), "a fault on purpose"))
    if kind == "503":
        return Reply(503)
    if kind == "redirect":
        return Reply(302, headers={"Location": elsewhere})
    return None


def _reply(error: RefusedError) -> Reply:
    reply = error.reply
    again = {"Retry-After": str(RETRY_AFTER)} if reply.status == 429 else {}
    return Reply(reply.status, reply.document, again)
