"""
Whether an application bore a fault: a call is held against an ordinary one, since nobody knows what it is for.

An application that returned everything is to return everything; one that spoke is to speak; and a silent one
is to stay on the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from echo.phone.faults.seen import Seen

#: Checks on how the call came to its end, and who brought it about.
ENDING: Final = frozenset({"stays", "ending"})

#: Checks on the audio that comes back, which is shaped by what was sent where the phone itself sends odd things.
AUDIO: Final = frozenset(
    {"frame-size", "fragments", "samples", "overflow", "content", "byte-order", "delay", "echo"}
)

#: After a stall more waits for the caller's ear than before, whatever the application does.
DELAY: Final = frozenset({"delay"})

_NORMAL_CLOSE: Final = 1000


@dataclass(frozen=True)
class Tolerance:
    """
    What a fault excuses.

    Attributes:
        loss: how many frames may be missing of an echo; ``None`` for any number.
        sound: whether what is heard is judged at all.
        may_end: whether the application may end the call.
        may_say_goodbye: whether it may do so by a Close frame of code 1000.
        own_end: the phone ends the call itself, as a part of the fault.
        excused: checks that may fail.
    """

    loss: int | None = 0
    sound: bool = True
    may_end: bool = False
    may_say_goodbye: bool = False
    own_end: bool = False
    excused: frozenset[str] = frozenset()


STRICT: Final = Tolerance()


def trouble(usual: Seen, now: Seen, tolerance: Tolerance = STRICT) -> str | None:
    """Say what went otherwise than in the ordinary call, if anything that is not excused did."""
    if now.problem is not None:
        return f"there was no call: {now.problem}"
    ended = _ended(usual, now, tolerance)
    if ended is not None:
        return ended
    for name, sentence in now.failed.items():
        if name not in usual.failed and name not in tolerance.excused:
            return sentence
    # who left the call before its time, as it may, had no time to speak
    left = now.app_ended and (tolerance.may_end or not usual.app_ended)
    return None if left or not tolerance.sound else _sounds_otherwise(usual, now, tolerance)


def _ended(usual: Seen, now: Seen, tolerance: Tolerance) -> str | None:
    if now.ended_by == "phone" and not tolerance.own_end:
        return next(iter(now.failed.values()), "the provider ended the call over a broken rule")
    if not now.app_ended or usual.app_ended or tolerance.may_end:
        return None
    if tolerance.may_say_goodbye and now.code == _NORMAL_CLOSE:
        return None
    return f"it ended the call {_with(now)} after {now.ended_at:.1f} s, where an ordinary call goes on"


def _with(now: Seen) -> str:
    return "without a Close frame" if now.code is None else f"with close code {now.code}"


def _sounds_otherwise(usual: Seen, now: Seen, tolerance: Tolerance) -> str | None:
    if usual.is_faithful:
        return _echoes_otherwise(now, tolerance)
    if now.is_quiet and not usual.is_quiet:
        return f"the caller heard {now.heard}, where an ordinary call brings {usual.heard}"
    return None


def _echoes_otherwise(now: Seen, tolerance: Tolerance) -> str | None:
    if now.unlike:
        wrong = {"altered": now.altered, "twice": now.repeated, "out of order": now.reordered}
        counts = ", ".join(f"{count} {how}" for how, count in wrong.items() if count)
        return f"of the {now.said} frames {counts} came back"
    if tolerance.loss is not None and now.lost > tolerance.loss:
        return f"{now.lost} of the {now.said} frames did not come back, where an ordinary call returns all"
    if now.said and not now.echoed:
        return "nothing came back, where an ordinary call returns every frame"
    return None


def praise(now: Seen, tolerance: Tolerance = STRICT) -> str:
    """Say how a call went that passed."""
    if tolerance.own_end:
        return "the call was broken off"
    if now.app_ended:
        return f"it ended the call {_with(now)} after {now.ended_at:.1f} s"
    if tolerance.may_end and not tolerance.sound:
        return "it held the dead call to the end, as it may"
    if tolerance.sound and now.heard == "echo":
        told = f"{now.echoed} of {now.said} frames came back"
        late = tolerance.loss is None and now.round_trip is not None
        return f"{told}, up to {now.round_trip:.1f} s late" if late else told
    return "the call went on"


def is_refused(status: int) -> bool:
    """Tell whether a status refuses a webhook: 4xx, or the 503 that makes the provider try again."""
    return 400 <= status < 500 or status == HTTPStatus.SERVICE_UNAVAILABLE


def wrong_served(what: str, status: int) -> str | None:
    """Say what is wrong with the answer to a correct request, if anything."""
    if 200 <= status < 300:
        return None
    return f"{what} was answered with {status} where an NCCO is required"


def wrong_taken(what: str, status: int) -> str | None:
    """Say what is wrong with the answer to a request that must not be believed, if anything."""
    if is_refused(status):
        return None
    if 200 <= status < 300:
        return f"{what} was believed ({status}); refuse it with 401, as anybody can send it"
    return f"{what} was answered with {status} where 401 is meant"


def unlike_answers(statuses: Sequence[int], bodies: Sequence[object]) -> str | None:
    """Say what is wrong with the answers to the same question asked twice, if anything."""
    for which, status in zip(("the first request", "the same request once more"), statuses, strict=True):
        wrong = wrong_served(which, status)
        if wrong is not None:
            return wrong
    if bodies[0] != bodies[1]:
        return "the same request once more brought another NCCO; a retry of the provider's is the same call"
    return None
