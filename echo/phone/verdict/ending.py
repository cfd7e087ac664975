"""Checks of how a call ends, of the WebSocket protocol, and of the phone's own clock."""

from __future__ import annotations

import math
from typing import Final

from echo.phone.verdict import protocol as rules
from echo.phone.verdict.check import Check, see, untried
from echo.phone.verdict.facts import Ended, Facts
from echo.phone.verdict.figures import counted, ms, percentile
from echo.untrusted import clean

#: Close codes of an application that is content: done, going away, no code (RFC 6455 section 7.4.1).
_NORMAL: Final = (1000, 1001, 1005)

#: What a socket may end by that is connected again: without a code, by one of those, or because the application goes
#: away for a while (the codes that IANA has registered as service restart and try again later).
_FOR_A_WHILE: Final = (None, *_NORMAL, 1012, 1013)

#: An application that closes the call within this many seconds has not taken it.
_TOO_SOON: Final = 1.0

#: How late 99 % of the frames, and the last of them, may leave for the phone's own figures to be good.
_LATE_P99, _LATE_MAX = 0.02, 0.1


def protocol(facts: Facts) -> Check:
    """Did the application keep to RFC 6455?"""
    name = "protocol"
    ended = facts.ended
    if facts.hearing is None or ended is None:
        return untried(name, "there was no call")
    if broke_protocol(ended):
        return Check(name, False, rules.told(_plain(ended.reason, 200)))
    return Check(name, True, "Every WebSocket frame was well formed.")


def broke_protocol(ended: Ended | None) -> bool:
    """Tell whether the phone closed the call by a code: it cuts it off without one over wrong audio."""
    return ended is not None and ended.by == "phone" and ended.code is not None


def stays(facts: Facts) -> Check:
    """Did the application stay as long as the caller talked?"""
    name = "stays"
    ended = facts.ended
    if ended is None:
        return untried(name, "there was no call")
    if ended.by == "phone":
        return untried(name, "the provider's side ended the call")
    return _stayed(facts, ended) or _left(ended)


def _stayed(facts: Facts, ended: Ended) -> Check | None:
    """Judge an end that is none of the application's, or comes late enough; ``None`` for any other."""
    name = "stays"
    if ended.by == "caller":
        return Check(name, True, "The application stayed until the caller hung up.")
    if ended.by == "api":
        return Check(name, True, f"{_how(ended)}, as it may.")
    if facts.reconnected is not None:
        silence = f"the caller heard nothing for {ms(facts.reconnected.silence)}"
        told = f"{_how(ended)}, and the call was connected again: {silence}"
        if ended.code in _FOR_A_WHILE:
            return Check(name, True, f"{told}.")
        return Check(name, False, f"{told}; look at what the application logged when it closed it.")
    if facts.finished:
        return Check(name, True, "The application stayed as long as the caller talked.")
    return None


def _left(ended: Ended) -> Check:
    """Judge an end in the middle of the caller's talk."""
    name = "stays"
    if ended.by == "network" or (ended.at >= _TOO_SOON and ended.code not in _NORMAL):
        told = f"{_how(ended)}, while the caller was still talking: the caller is cut off; "
        return Check(name, False, told + "look at what the application logged at that moment.")
    if ended.at < _TOO_SOON:
        told = f"{_how(ended)}: the caller hears nothing and is cut off; keep the socket open for the whole call, "
        return Check(name, False, told + "and see in the application's log whether it failed.")
    return Check(name, True, f"{_how(ended)}: it hung up before the caller did, as it may.")


def ending(facts: Facts) -> Check:
    """Who ended the call, and was it done properly?"""
    name = "ending"
    ended = facts.ended
    if ended is None:
        return untried(name, "there was no call")
    if stays(facts).passed is False:
        return see(name, "stays")
    if ended.by == "phone":
        return untried(name, f"the provider's side ended the call after {ended.at:.1f} s{_why(facts, ended)}")
    if ended.by == "caller":
        return Check(name, True, f"The caller hung up after {ended.at:.1f} s.")
    if ended.by == "api" or ended.code in _NORMAL or facts.reconnected is not None:
        return Check(name, True, f"{_how(ended)}.")
    told = f"{_how(ended)}, when the caller had finished and was listening on; "
    return Check(name, False, told + "close with 1000, and look at what the application logged.")


def _plain(reason: str, most: int) -> str:
    """Clean a reason that was not cleaned where it came in: a second time would double its backslashes."""
    return (
        reason if len(reason) <= most and reason.isascii() and reason.isprintable() else clean(reason, most)
    )


def _why(facts: Facts, ended: Ended) -> str:
    """Tell why the provider's side ended a call, where no other check does."""
    told = ended.code is not None or facts.hearing is None or facts.hearing.offence is not None
    return "" if told or not ended.reason else f": {_plain(ended.reason, 200)}"


def keys(facts: Facts) -> Check:
    """Was all pressed and muted that was to be? This never fails: it is the call that was too short."""
    name, ended = "keys", facts.ended
    if ended is None:
        return untried(name, "there was no call")
    if not facts.keys and not facts.mutes:
        return untried(name, "no keys were to be pressed")
    missed = _missed(facts.keys - facts.keys_pressed, facts.keys, "key", "pressed")
    missed += _missed(facts.mutes - facts.mutes_begun, facts.mutes, "mute", "begun")
    if missed:
        return Check(name, None, f"{' and '.join(missed)}: the call was over after {round(ended.at, 1):g} s.")
    pressed = f"{counted(facts.keys, 'key')} pressed" if facts.keys else counted(facts.mutes, "mute")
    return Check(name, True, f"All that was to be done was done: {pressed}.")


def _missed(number: int, of: int, what: str, done: str) -> list[str]:
    """Count what was not done any more."""
    return (
        [f"{number} of {counted(of, what)} {'was' if number == 1 else 'were'} not {done}"] if number else []
    )


def _how(ended: Ended) -> str:
    """Tell who ended the call, when, and with which code."""
    after = f"after {ms(ended.at)}"
    if ended.by == "network":
        return f"The connection broke {after}, without a Close frame"
    if ended.by == "api":
        return f"The application hung up through the REST API {after}"
    reason = f' and the reason "{_plain(ended.reason, 160)}"' if ended.reason else ""
    code = "without a Close frame" if ended.code is None else f"with code {ended.code}"
    return f"The application closed the call {after}, {code}{reason}"


def on_time(facts: Facts) -> bool:
    """Tell whether the phone sent its frames when they were due, so that its other figures can be trusted."""
    p99 = percentile(sorted(facts.lateness), 99)
    return p99 is None or (p99 <= _LATE_P99 and max(facts.lateness) <= _LATE_MAX)


def phone_late(facts: Facts) -> float:
    """Tell how late the phone's own frames left at most, in seconds; infinite if its clock is not to be trusted."""
    return max(facts.lateness, default=0.0) if on_time(facts) else math.inf


def clock(facts: Facts) -> Check:
    """Was the phone itself on time? This never fails: it would not be the application's fault."""
    name = "clock"
    p99 = percentile(sorted(facts.lateness), 99)
    if p99 is None:
        return untried(name, "nothing was said")
    figures = (
        f"99 % of the frames left within {ms(p99)} of their time, the latest after {ms(max(facts.lateness))}"
    )
    if on_time(facts):
        return Check(name, True, f"The phone kept time: {figures}.")
    told = f"The phone itself was late: {figures}; this machine is busy, "
    return Check(name, None, told + "and times of this call say little about the application.")
