"""Checks of what was expected to be heard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from echo.phone.listening.content import LOUD_DBFS, LOUD_STEPS
from echo.phone.listening.echoes import Echoes
from echo.phone.listening.hearing import Hearing
from echo.phone.verdict.check import Check, see, untried
from echo.phone.verdict.facts import Facts
from echo.phone.verdict.figures import counted, ms

#: What may be heard of an application that is expected to be silent, in dBFS.
SILENCE_DBFS: Final = -50.0

#: Seconds that an echo may take longer than those before it, and still be on its way.
_A_LITTLE: Final = 0.1


def heard(facts: Facts, expected: str | None, because: str | None) -> Check:
    """
    Judge what was heard, or tell it if nothing was expected.

    Args:
        facts: of the call.
        expected: ``echo``, ``silence``, ``speech`` or nothing.
        because: the check that explains all that is heard.
    """
    name = expected or "heard"
    hearing = facts.hearing
    if hearing is None:
        return untried(name, "there was no call")
    if expected is None:
        return Check(name, None, describe(hearing))
    return see(name, because) if because is not None else _JUDGES[expected](facts, hearing)


def describe(hearing: Hearing) -> str:
    """Tell what the caller heard."""
    kind, found = hearing.kind, hearing.content
    if kind == "nothing":
        return "The caller heard nothing."
    if kind == "silence":
        return f"The caller heard silence: nothing above {found.loudest:.0f} dBFS."
    if kind == "echo":
        return f"The caller heard an echo: {hearing.echoes.matched} of {said(hearing.echoes)} came back."
    seconds = hearing.playback.played * 0.02
    return f"The caller heard {kind} for {seconds:.1f} s, up to {found.loudest:.0f} dBFS."


def said(echoes: Echoes) -> str:
    """Write how many frames were said."""
    return f"{counted(echoes.said_count, 'frame')} said"


def _echo(facts: Facts, hearing: Hearing) -> Check:
    """Is every frame that was said heard, once, in order, unchanged?"""
    name, echoes = "echo", hearing.echoes
    if not echoes.said_count:
        return untried(name, "nothing was said")
    if not hearing.arrivals.messages and hearing.texts.unknown:
        return see(name, "commands")
    if not hearing.arrivals.messages:
        told = f"Nothing came back: the application sent no audio in {facts.seconds:.1f} s; "
        return Check(name, False, told + "send each binary message back as it comes.")
    if not echoes.matched:
        return Check(name, False, _no_echo(hearing))
    if not hearing.content.sound_said:
        return untried(
            name,
            "only digital silence was said, and an echo of it cannot be told from an application's own silence",
        )
    return _judged(facts, hearing)


def _judged(facts: Facts, hearing: Hearing) -> Check:
    """Judge an echo, of which there is some."""
    name, echoes = "echo", hearing.echoes
    wrong, waited = _wrong(echoes), _on_the_way(facts, hearing)
    if not wrong:
        return Check(name, True, f"All of {said(echoes)} came back, once, in order, unchanged.")
    told = f"{echoes.matched} of {said(echoes)} came back"
    if wrong == [f"{waited} lost"] and (facts.interrupted or not facts.finished):
        return Check(name, True, f"{told}; {waited} were on the way when the call was cut short.")
    remedy = "" if wrong == [f"{waited} lost"] else "; send each message back once, in order, as it came"
    return Check(name, False, f"{told}: {', '.join(wrong)}{remedy}.{_hint(echoes, waited)}")


def _no_echo(hearing: Hearing) -> str:
    """Tell why nothing matches."""
    shifted = hearing.content.findings.get("shifted")
    if shifted is None:
        messages = counted(hearing.arrivals.messages, "message")
        if hearing.kind == "silence":
            return f"The application sent silence, {messages} of it; send each message back as it comes."
        return f"None of {messages} that came is what was said; send each message back as it comes."
    told = f"What was said comes back cut at other places: each frame begins {shifted.detail} bytes late; "
    return told + "send the bytes of each message back together."


def _wrong(echoes: Echoes) -> list[str]:
    """List what is wrong with an echo."""
    altered = min(echoes.lost, echoes.altered)  # one for the other: it came, but not as it was said
    counts = {
        "lost": echoes.lost - altered,
        "altered": altered,
        "heard again": echoes.repeated,
        "out of order": echoes.reordered,
        "never said": echoes.altered - altered,
    }
    return [f"{count} {what}" for what, count in counts.items() if count]


def _on_the_way(facts: Facts, hearing: Hearing) -> int:
    """
    Tell how many frames would still have come back if the call had not ended.

    Those behind the last one that came back, if they were said no longer before the end than an echo takes: twice
    as long and a little, since the delay may have grown.
    """
    echoes = hearing.echoes
    since, trip = echoes.outstanding_since, echoes.last_trip
    if since is None or trip is None or hearing.began + facts.seconds - since > 2 * trip + _A_LITTLE:
        return 0
    return min(echoes.outstanding, echoes.lost)


def _hint(echoes: Echoes, waited: int) -> str:
    """Tell what was still on its way apart from what got lost."""
    if not waited or echoes.last_trip is None:
        return ""
    which = "the last one was" if waited == 1 else f"the last {waited} were"
    told = f" Of these {which} still on the way when the call ended, since an echo takes "
    return told + f"{ms(echoes.last_trip)}: listen longer (--tail)."


def _silence(_facts: Facts, hearing: Hearing) -> Check:
    """Is nothing heard that one could call a sound?"""
    loudest = hearing.content.loudest
    if loudest <= SILENCE_DBFS:
        return Check("silence", True, f"The caller heard nothing above {SILENCE_DBFS:.0f} dBFS.")
    told = f"The caller heard sound of {loudest:.0f} dBFS where silence was expected "
    return Check("silence", False, told + f"(nothing above {SILENCE_DBFS:.0f} dBFS).")


def _speech(_facts: Facts, hearing: Hearing) -> Check:
    """Is there sound enough for a word?"""
    loud, needed = hearing.content.loud_steps * 20, LOUD_STEPS * 20
    if hearing.content.loud_steps >= LOUD_STEPS:
        return Check(
            "speech", True, f"The caller heard {loud / 1000:.1f} s of sound above {LOUD_DBFS:.0f} dBFS."
        )
    told = f"The caller heard {loud} ms of sound above {LOUD_DBFS:.0f} dBFS where {needed} ms were expected"
    silent = "; the application sent no audio" if not hearing.arrivals.messages else ""
    return Check("speech", False, f"{told}{silent}.")


_JUDGES: Final[Mapping[str, Callable[[Facts, Hearing], Check]]] = {
    "echo": _echo,
    "silence": _silence,
    "speech": _speech,
}
