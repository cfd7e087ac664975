"""All faults, in the order in which they are tried; ``echo-phone faults`` prints this table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from echo.phone.faults.forgery import Tampered
from echo.phone.faults.judging import AUDIO, DELAY, ENDING, Tolerance
from echo.phone.faults.sockets import HalfOpen, ResetMidFrame, StopReading
from echo.phone.faults.sound import (
    AudioBeforeText,
    Bursts,
    FragmentedAudio,
    OddSizedFrames,
    SilenceGaps,
    Stall,
)
from echo.phone.faults.texts import LargeHeaders, LateAnswers, key_storm
from echo.phone.faults.ways import AskedTwice, Forged, Need, OnCall, SlowHandshake, Way
from echo.phone.provider.signing import Replayed, Stale, Unsigned
from echo.phone.provider.terms import Answered


@dataclass(frozen=True)
class Fault:
    """
    One fault.

    Attributes:
        name: what the command line calls it.
        does: what the phone does, a sentence.
        should: what a good application does about it, a sentence.
        way: how it is tried and judged.
        requires: what it cannot be tried without.
    """

    name: str
    does: str
    should: str
    way: Way
    requires: tuple[Need, ...] = ()

    @property
    def needs(self) -> str:
        """What it cannot be tried without, in words; empty if nothing."""
        return " and ".join(need.value for need in self.requires)


_ODD_AUDIO = Tolerance(sound=False, excused=AUDIO)
_SIGNED = (Need.ANSWER_URL, Need.SECRET)
_REFUSES = "Refuse it with 401, or 503 to be asked again, and serve the one that is signed well."

#: For calls in which the phone itself sends what no provider may: what comes back of it must not end the call.
_PATIENT = {"far_end": "wsbridge"}

FAULTS: Final[tuple[Fault, ...]] = (
    Fault(
        "bursts",
        "Sends no frame for half a second and then 25 at once, over and over.",
        "Take every frame in its order; do not measure time by arrivals.",
        OnCall(Bursts, talk=1.5, tolerance=Tolerance(excused=DELAY)),
    ),
    Fault(
        "stall",
        "Falls silent for two seconds, then sends the last second of what was said at once.",
        "Stay on the line, and take up with what comes.",
        OnCall(Stall, talk=3.5, tolerance=Tolerance(excused=DELAY)),
    ),
    Fault(
        "silence-gaps",
        "Sends no frames while the caller is silent, as the platform once did.",
        "Take missing frames for silence, not for the end of the call.",
        OnCall(SilenceGaps, talk=2.0),
    ),
    Fault(
        "audio-before-text",
        "Sends five frames of audio before the first text message.",
        "Take or drop the early frames, and go on when the text comes.",
        OnCall(AudioBeforeText, tolerance=Tolerance(loss=AudioBeforeText.EARLY)),
    ),
    Fault(
        "fragmented-audio",
        "Cuts each message of audio into three WebSocket frames.",
        "Put the pieces of a message together, as every WebSocket library does.",
        OnCall(FragmentedAudio, changes=_PATIENT, tolerance=_ODD_AUDIO),
    ),
    Fault(
        "odd-sized-frames",
        "Sends messages that are longer or shorter than a frame, end in half a sample, or are empty.",
        "Stay on the line, whatever is done with such audio.",
        OnCall(OddSizedFrames, changes=_PATIENT, tolerance=_ODD_AUDIO),
    ),
    Fault(
        "stop-reading",
        "Talks on but reads nothing for 3.5 s, then reads again.",
        "Bound what waits for the slow call, by dropping or by ending it, and serve others meanwhile.",
        OnCall(
            StopReading,
            talk=4.5,
            tolerance=Tolerance(loss=None, may_end=True, excused=ENDING | DELAY | {"overflow"}),
            beside=1.0,
            small_window=True,
        ),
    ),
    Fault(
        "half-open",
        "Is gone without a word: neither reads nor sends nor answers pings, while TCP stays open.",
        "Serve others meanwhile, and close the dead call after some time.",
        OnCall(
            HalfOpen,
            talk=4.4,
            tolerance=Tolerance(sound=False, may_end=True, excused=ENDING | AUDIO),
            beside=1.0,
            small_window=True,
        ),
    ),
    Fault(
        "reset-mid-frame",
        "Sends half a frame, then resets the connection.",
        "Clean the call up, and take the next one.",
        OnCall(ResetMidFrame, tolerance=Tolerance(sound=False, own_end=True, excused=ENDING | AUDIO)),
    ),
    Fault(
        "leading-space",
        "Puts a space before each text message, as the provider's published module does.",
        "Parse the JSON all the same.",
        OnCall(changes={"leading_space": True}),
    ),
    Fault(
        "legacy-messages",
        "Writes the first text and a key press without an event, as before October 2018.",
        "Know the first text by its content-type, and a key by its digit.",
        OnCall(changes={"legacy": True, "dtmf": ((0.3, "5"),)}, tolerance=Tolerance(may_say_goodbye=True)),
    ),
    Fault(
        "dtmf-storm",
        "Presses 120 keys within half a second.",
        "Take them or drop some, and go on.",
        OnCall(
            talk=1.5, changes={"dtmf": key_storm(0.3, 120, 240)}, tolerance=Tolerance(may_say_goodbye=True)
        ),
    ),
    Fault(
        "large-headers",
        "Fills the headers in the first text up to the 512 bytes that may be, nested ones among them.",
        "Take what is known and ignore the rest.",
        OnCall(LargeHeaders),
    ),
    Fault(
        "late-cleared",
        "Presses keys, and answers clear and notify 1.2 s late.",
        "Go on meanwhile: never wait for an answer without a limit.",
        OnCall(
            LateAnswers,
            talk=2.0,
            changes={"dtmf": ((0.3, "1"), (1.0, "2"))},
            tolerance=Tolerance(may_say_goodbye=True),
        ),
    ),
    Fault(
        "answered-before-socket",
        "Posts the event answered of the socket before it opens the socket.",
        "Rely on no order between webhooks and the socket.",
        OnCall(answered=Answered.BEFORE_SOCKET),
        (Need.ANSWER_URL,),
    ),
    Fault(
        "socket-before-answered",
        "Posts the event answered of the socket only when the socket is closed again.",
        "Rely on no order between webhooks and the socket.",
        OnCall(answered=Answered.AFTER_SOCKET),
        (Need.ANSWER_URL,),
    ),
    Fault(
        "unsigned-webhook",
        "Asks the answer URL without a signature.",
        _REFUSES,
        Forged(Unsigned, "an unsigned request"),
        _SIGNED,
    ),
    Fault(
        "altered-webhook",
        "Asks the answer URL and alters the body, or for GET the token, after it was signed.",
        _REFUSES,
        Forged(Tampered, "a request that was altered after it was signed"),
        _SIGNED,
    ),
    Fault(
        "stale-webhook",
        "Asks the answer URL with a signature that is an hour old.",
        _REFUSES,
        Forged(Stale, "a request that was signed an hour ago"),
        _SIGNED,
    ),
    Fault(
        "replayed-webhook",
        "Asks the answer URL for another call with a token of the same name (jti).",
        _REFUSES,
        Forged(Replayed, "a request whose token was used before", same_signer=True),
        _SIGNED,
    ),
    Fault(
        "duplicate-answer",
        "Asks the answer URL twice for the same call, as after an answer that was lost.",
        "Give the same NCCO with status 200 both times.",
        AskedTwice(),
        (Need.ANSWER_URL,),
    ),
    Fault(
        "slow-tls",
        "Lets the first message of a TLS handshake come in twelve pieces within 3 s.",
        "Serve others meanwhile, and take or drop the slow one.",
        SlowHandshake(),
        (Need.TLS,),
    ),
)
