"""
Whether a call whose socket was lost is connected again.

The provider tells of a lost socket by the event ``disconnected`` and goes on as it is answered: an NCCO with a
``connect`` gives the caller a new socket after a moment of silence, anything else ends the call or lets the next action
run (Vonage, "Voice API: WebSockets"). A socket that the provider is asked to end by REST raises no such event, and
neither does a caller who hangs up. So the event tells of an accident, unless we closed the socket because we wanted to.
"""

from __future__ import annotations

from enum import Enum

from echo.call.codes import GOING_AWAY, INTERNAL_ERROR, NO_CLOSE_FRAME, TRY_AGAIN_LATER
from echo.call.record import CallRecord
from echo.call.report import Ending

#: What we end a socket by and not a call: the daemon goes and another one comes; a bug of ours; a place that another
#: needed, or a queue that a new socket begins empty; a connection that was as good as dead.
_ACCIDENTS = frozenset({GOING_AWAY, INTERNAL_ERROR, TRY_AGAIN_LATER, NO_CLOSE_FRAME})

#: Seconds in which attempts are counted.
MINUTE = 60.0


class Verdict(Enum):
    """What is done for a call whose socket was lost."""

    AGAIN = "connected again"
    HUNG_UP = "not connected again: the caller's leg is over"
    ON_PURPOSE = "not connected again: we have ended it"
    TOO_OFTEN = "not connected again: it was too often in a minute"


def judge(record: CallRecord, leg: str, now: float, most: int) -> Verdict:
    """
    Decide for the socket of name ``leg``, and count it; asked again, the answer is the same.

    Args:
        record: of the call; one that nobody has told of before is that of a call which outlived another process.
        leg: the leg that ``disconnected`` is about.
        now: seconds of the calls' clock.
        most: how many times in a minute a call is connected again.
    """
    recent = {known: at for known, at in record.redialled.items() if at > now - MINUTE}
    record.redialled = recent
    if leg in recent:
        return Verdict.AGAIN
    mine = record.callers_leg
    if mine is not None and mine.is_over:
        return Verdict.HUNG_UP
    if was_on_purpose(record.last_ending):
        return Verdict.ON_PURPOSE
    if len(recent) >= most:
        return Verdict.TOO_OFTEN
    recent[leg] = now
    return Verdict.AGAIN


def was_on_purpose(ending: Ending | None) -> bool:
    """Tell whether we ended a socket because we wanted no more of its call; ``None`` for one that is not known."""
    if ending is None or ending.by != "echo":
        return False
    return ending.wanted or ending.code not in _ACCIDENTS
