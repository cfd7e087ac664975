"""Checks of the provider's rules on what an application sends."""

from __future__ import annotations

from echo.phone.listening.content import NOT_AUDIO
from echo.phone.listening.far_end import rate_of
from echo.phone.listening.hearing import Hearing
from echo.phone.verdict.check import Check, see, untried
from echo.phone.verdict.figures import counted, ms
from echo.untrusted import clean

#: How much the delay may grow during a call, in seconds.
MAX_GROWTH = 0.1

_FRAME_SECONDS = 0.02

#: From how many breaks on a pace is wrong, if they are in more than this share of the seconds with sound.
_BREAKS, _BROKEN = 10, 1 / 3


def cause(hearing: Hearing) -> str | None:
    """
    Name the check that explains why nothing else about the audio can be trusted, if one does.

    An application that sends one wrong thing is told of that one: whatever follows from it is not judged.
    """
    arrivals = hearing.arrivals
    offender = arrivals.first_offender
    holds = {
        "content": hearing.content.container is not None,
        "fragments": arrivals.fragmented > 0,
        "samples": (offender is not None and offender.size % 2 == 1) or _torn(hearing),
        "frame-size": arrivals.wrong_sized > 0,
        "byte-order": "swapped" in hearing.content.findings,
        "overflow": hearing.playback.overflowed > 0,
    }
    return next((name for name, held in holds.items() if held), None)


def _torn(hearing: Hearing) -> bool:
    """Whether the caller's audio comes back an odd number of bytes late."""
    shifted = hearing.content.findings.get("shifted")
    return shifted is not None and shifted.detail % 2 == 1 and not hearing.arrivals.wrong_sized


def frame_size(hearing: Hearing) -> Check:
    """Is every message one frame?"""
    name = "frame-size"
    first = hearing.arrivals.first_offender
    because = cause(hearing)
    if not hearing.arrivals.messages:
        return untried(name, "no audio came")
    if not hearing.arrivals.wrong_sized or first is None:
        size = hearing.audio.frame_bytes
        return Check(name, True, f"Every message has the {size} bytes of a frame at {hearing.audio.rate} Hz.")
    if because != name:
        return see(name, str(because))
    size, rate = hearing.audio.frame_bytes, hearing.audio.rate
    told = f"Message {first.index} has {first.size} bytes where a frame at {rate} Hz has {size}: "
    told += f"{_what_happens(hearing, first.size)}; cut audio into messages of exactly {size} bytes."
    return Check(name, False, told + _other_rate(first.size, rate) + _in_all(hearing))


_NOISE = "what follows is heard as loud noise"
_HOLE = "the provider plays it with a hole behind it, so the caller hears clicks"


def _what_happens(hearing: Hearing, size: int, short: str = _HOLE) -> str:
    """Tell what the provider's side does with a message of that size; ``short`` is what one does that is too short."""
    if hearing.far_end.strict:
        return "the provider ends the call over it"
    if size > hearing.audio.frame_bytes:
        return "the provider plays its beginning and loses the rest, so the caller hears scraps"
    return short


def _other_rate(size: int, rate: int) -> str:
    """Tell an application that takes another rate for granted."""
    other = rate_of(size)
    if other is None or other == rate:
        return ""
    return f" {size} bytes are a frame at {other} Hz: take the rate from the content-type of the first text message."


def _in_all(hearing: Hearing) -> str:
    """Tell how many messages are wrong, unless the call ended over the first."""
    wrong, messages = hearing.arrivals.wrong_sized, hearing.arrivals.messages
    return f" {wrong} of {messages} messages have a wrong size." if wrong > 1 else ""


def fragments(hearing: Hearing) -> Check:
    """Is every message in one piece?"""
    name = "fragments"
    first = hearing.arrivals.first_offender
    if not hearing.arrivals.messages:
        return untried(name, "no audio came")
    if not hearing.arrivals.fragmented or first is None:
        return Check(name, True, "No message is fragmented.")
    if cause(hearing) != name:
        return see(name, str(cause(hearing)))
    happens = "ends the call over it" if hearing.far_end.strict else "throws such messages away"
    told = f"Message {first.index} came in {first.pieces} WebSocket fragments"
    if first.pieces == 1:
        told = f"{counted(hearing.arrivals.fragmented, 'message')} came in WebSocket fragments"
    told += (
        f": the provider {happens}; send each frame as one unfragmented message, past proxies that split it."
    )
    return Check(name, False, told)


def samples(hearing: Hearing) -> Check:
    """Are all samples whole?"""
    name = "samples"
    if not hearing.arrivals.messages:
        return untried(name, "no audio came")
    if not hearing.arrivals.odd and not _torn(hearing):
        return Check(name, True, "Every message holds whole samples.")
    if cause(hearing) != name:
        return see(name, str(cause(hearing)))
    first = hearing.arrivals.first_offender
    told, happens = "The audio comes back an odd number of bytes late, so every sample is torn in two", _NOISE
    if first is not None:
        told = f"Message {first.index} has {first.size} bytes, so it ends in half a sample"
        happens = _what_happens(hearing, first.size, short=_NOISE)
    return Check(name, False, f"{told}: {happens}; keep an odd byte and put it before the next message.")


def overflow(hearing: Hearing) -> Check:
    """Was there always room in the provider's queue?"""
    name = "overflow"
    lost = hearing.playback.overflowed
    if not hearing.arrivals.messages:
        return untried(name, "no audio came")
    because = cause(hearing)
    if because not in {None, name}:
        return see(name, str(because))
    if not lost:
        peak = hearing.playback.queue_peak
        return Check(name, True, f"Never more than {counted(peak, 'message')} waited to be played.")
    capacity = hearing.far_end.capacity
    told = (
        f"{counted(lost, 'message')} came when {capacity} waited already and were dropped: the caller misses "
    )
    told += (
        f"{lost * _FRAME_SECONDS:.1f} s; stay less than {capacity * _FRAME_SECONDS:.0f} s ahead of what is "
    )
    return Check(name, False, told + "played, for instance by sending a frame every 18 to 20 ms.")


def commands(hearing: Hearing) -> Check:
    """Is every text message a command that the provider knows?"""
    name = "commands"
    texts = hearing.texts
    first = texts.first_unknown
    if not texts.count:
        return untried(name, "no text message came")
    if first is None:
        return Check(name, True, f"{counted(texts.count, 'text message')} came, all of them commands.")
    shown = f"The text message {clean(first.text, 60)}" if first.text.strip() else "An empty text message"
    told = f"{shown} {first.problem}: the provider ignores it; "
    told += "send only clear and notify commands, and no text of the provider's back."
    rest = f" {texts.unknown} of {texts.count} text messages are no commands." if texts.unknown > 1 else ""
    mute = "" if hearing.arrivals.messages else " No audio came: audio goes in binary messages."
    return Check(name, False, told + rest + mute)


def content(hearing: Hearing) -> Check:
    """Is all that is sent as audio audio?"""
    name = "content"
    if not hearing.arrivals.messages:
        return untried(name, "no audio came")
    found = hearing.content.container
    if found is None:
        return Check(name, True, "Nothing but samples was sent as audio.")
    kind, finding = found
    times = "" if finding.count == 1 else f" ({counted(finding.count, 'message')} of that kind)"
    told = f"Message {finding.index} is {NOT_AUDIO[kind]}, sent as audio{times}: the caller hears "
    return Check(name, False, told + _remedy(kind, ends=hearing.offence is not None))


def _remedy(kind: str, *, ends: bool) -> str:
    """Tell what is heard, and what to change."""
    heard = "nothing more, since the provider ends the call over its size" if ends else "a click or noise"
    if kind == "json":
        return f"{heard}; tell text messages from binary ones by their type, and send no text back as audio."
    if kind == "wav":
        return f"{heard}; leave the header out and send the samples alone."
    return f"{heard}; decode the file and send 16-bit little-endian samples."


def byte_order(hearing: Hearing) -> Check:
    """Are the bytes of each sample in their order?"""
    name = "byte-order"
    because = cause(hearing)
    if because == name:
        told = "What was said comes back with the two bytes of every sample swapped: the caller hears loud noise; "
        return Check(name, False, told + "samples are little-endian here, although the type is called L16.")
    if because not in {None, "overflow"}:
        return see(name, str(because))
    if not hearing.echoes.matched:
        return untried(name, "it shows only where what was said comes back")
    return Check(name, True, "The samples are little-endian, as they were said.")


def delay(hearing: Hearing, phone_late: float) -> Check:
    """
    Does the delay of an echo stay as it is?

    Args:
        hearing: of the call.
        phone_late: how late the phone itself was at most, in seconds: so much is not the application's fault.
    """
    name = "delay"
    because = cause(hearing)
    if because is not None:
        return see(name, because)
    echoes = hearing.echoes
    delays = echoes.delays
    if delays is None:
        return untried(name, "less than two seconds of what was said came back")
    if echoes.lost and echoes.ambiguous * 2 > echoes.matched:
        return untried(name, "some frames were lost of a sound that repeats, so one cannot tell which")
    growth = delays[1] - delays[0]
    told = f"The delay went from {ms(delays[0])} to {ms(delays[1])} during the call"
    if growth <= MAX_GROWTH:
        return Check(name, True, f"{told}.")
    if growth - phone_late <= MAX_GROWTH:
        return untried(name, "the phone itself was late, see clock")
    told += ", and the caller waits longer and longer; drop audio that is late instead of queueing it, "
    return Check(name, False, told + "and catch up after a stall.")


def pace(hearing: Hearing, *, on_time: bool) -> Check:
    """
    Does audio come fast enough to be heard without breaks?

    Pauses, bursts ahead, single stalls and the jitter of a line are no wrong pace; only breaks all along are.

    Args:
        hearing: of the call.
        on_time: whether the phone itself was.
    """
    name, heard = "pace", hearing.arrivals.pace
    if not hearing.arrivals.messages:
        return untried(name, "no audio came")
    because = cause(hearing)
    if because is not None:
        return see(name, because)
    if heard.breaks < _BREAKS or heard.broken <= heard.seconds * _BROKEN or heard.spacing is None:
        return Check(name, True, "Audio came fast enough to be heard without breaks all along.")
    if not on_time:
        return untried(name, "the phone itself was late, see clock")
    told = f"The caller hears the sound stutter: it broke off {heard.breaks} times, "
    told += f"for {ms(heard.missing / heard.breaks)} each, in {heard.broken} of {counted(heard.seconds, 'second')} "
    told += f"with sound; a frame of 20 ms came every {ms(heard.spacing)}. Send frame n at the beginning "
    return Check(name, False, told + "+ n * 20 ms, by the clock, in place of sleeping 20 ms after each.")
