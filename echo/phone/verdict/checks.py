"""
All checks of a call, in the order in which things happen.

Their names are stable::

    answer       the answer URL gave an NCCO
    ncco         the linter found no error in it
    events       every event webhook got through
    upgrade      the socket opened
    protocol     the application kept to RFC 6455
    frame-size   every message is one frame of 20 ms
    fragments    every message came in one WebSocket frame
    samples      every message holds whole samples
    overflow     the provider's queue always had room
    commands     every text message is a command that the provider knows
    content      nothing but samples was sent as audio
    byte-order   the samples are little-endian
    delay        the delay of an echo grew by no more than 100 ms
    pace         audio comes fast enough to be heard without breaks
    stays        the application stayed as long as the caller talked
    ending       the call ended properly
    keys         every key was pressed and every mute begun before the end; never fails
    clock        the phone itself was on time; never fails
    heard        what was heard, told only; or ``echo``, ``silence``, ``speech`` if that was expected
    max-...      one for each limit
    files        all that was to be recorded is; only there if not, and judged where the files are written

One mistake is told once: a check that fails only because of another one is not tried, and says which to see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from echo.phone.listening.hearing import Hearing
from echo.phone.verdict import ending, limits, setup, sound, wanted
from echo.phone.verdict.check import Check, see, untried
from echo.phone.verdict.expectations import Expectations
from echo.phone.verdict.facts import Facts

_SOUND: Final[tuple[tuple[str, Callable[[Hearing], Check]], ...]] = (
    ("frame-size", sound.frame_size),
    ("fragments", sound.fragments),
    ("samples", sound.samples),
    ("overflow", sound.overflow),
    ("commands", sound.commands),
    ("content", sound.content),
    ("byte-order", sound.byte_order),
)


def judge(facts: Facts, expectations: Expectations) -> list[Check]:
    """Look at everything."""
    because = _blame(facts)
    checks = [setup.answer(facts), setup.ncco(facts), setup.events(facts), setup.upgrade(facts)]
    checks.append(ending.protocol(facts))
    checks += _of_sound(facts)
    checks += [ending.stays(facts), ending.ending(facts), ending.keys(facts), ending.clock(facts)]
    heard = _heard(facts, expectations, because, checks)
    checks = [_explained(check, heard) for check in checks]
    unheard = heard.name if heard.passed is False else None
    return [*checks, heard, *_limits(facts, expectations, because, unheard)]


def _explained(check: Check, heard: Check) -> Check:
    """Leave a stutter to the echo whose frames are wrong: those that do not come break the sound too."""
    explains = (
        check.name == "pace" and check.passed is False and heard.name == "echo" and heard.passed is False
    )
    return see(check.name, heard.name) if explains else check


def _limits(
    facts: Facts, expectations: Expectations, because: str | None, unheard: str | None
) -> list[Check]:
    excused = limits.Excuses(because, unheard, not ending.on_time(facts))
    return [limits.limit(facts, name, allowed, excused) for name, allowed in expectations.limits.items()]


def _blame(facts: Facts) -> str | None:
    """Name the check that explains what is heard, if one does."""
    because = None if facts.hearing is None else sound.cause(facts.hearing)
    if because is not None:
        return because
    if ending.broke_protocol(facts.ended):
        return "protocol"
    return "stays" if ending.stays(facts).passed is False else None


def _of_sound(facts: Facts) -> list[Check]:
    hearing = facts.hearing
    if hearing is None:
        return [untried(name, "there was no call") for name, _ in (*_SOUND, ("delay", None), ("pace", None))]
    delay = sound.delay(hearing, ending.phone_late(facts))
    pace = sound.pace(hearing, on_time=ending.on_time(facts))
    if delay.passed is False and pace.passed is False:
        pace = see(pace.name, delay.name)
    return [*(check(hearing) for _, check in _SOUND), delay, pace]


def _heard(facts: Facts, expectations: Expectations, because: str | None, before: list[Check]) -> Check:
    """Judge what is heard; an echo that only comes ever later is told of that alone."""
    check = wanted.heard(facts, expectations.hear, because)
    if check.passed is False and check.name == "echo" and _only_late(facts, before):
        return see(check.name, "delay")
    return check


def _only_late(facts: Facts, before: list[Check]) -> bool:
    """Tell whether nothing is wrong with an echo but its growing delay, which kept its end from coming."""
    if facts.hearing is None or not any(check.name == "delay" and check.passed is False for check in before):
        return False
    echoes = facts.hearing.echoes
    return echoes.lost == echoes.outstanding and not (echoes.repeated or echoes.reordered or echoes.altered)
