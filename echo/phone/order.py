"""
What the phone is asked to do: one frozen dataclass for each kind of work.

The command line and the scenarios write orders; who makes the calls reads them. They say what was asked for and in
which unit, and nothing about how it is done: no reactor, no file is open yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from echo.phone.listening.far_end import CAPACITY, OLD_CAPACITY
from echo.untrusted import Json

#: How long a caller talks, in seconds, who has endless sound and was told no duration.
DEFAULT_DURATION: Final = 10.0

#: How long the phone listens on after its last frame, in seconds.
DEFAULT_TAIL: Final = 2.0

#: The rate, in hertz, where neither an NCCO nor the order names one; the one that most applications use.
DEFAULT_RATE: Final = 16000

#: Seconds from one key of several to the next: as fast as a practised thumb.
BETWEEN_KEYS: Final = 0.3

#: The provider's buffer today and before 2025, in frames.
BUFFERS: Final = (CAPACITY, OLD_CAPACITY)

HangUp = Literal["abrupt", "close"]
FarEndName = Literal["documented", "wsbridge"]
OnClear = Literal["drop", "answer"]
Expected = Literal["echo", "silence", "speech"]

#: The same as values; the first is what is done where nothing else is asked for, save for what is expected.
HANG_UPS: Final[tuple[HangUp, ...]] = get_args(HangUp)
FAR_ENDS: Final[tuple[FarEndName, ...]] = get_args(FarEndName)
ON_CLEAR: Final[tuple[OnClear, ...]] = get_args(OnClear)
EXPECTATIONS: Final[tuple[Expected, ...]] = get_args(Expected)


@dataclass(frozen=True)
class Output:
    """
    What a command shows, and how.

    Attributes:
        as_json: one JSON object on standard output, and nothing else there.
        quiet: neither a live line nor steps, and of the report only what failed.
        verbose: everything that there is to say.
    """

    as_json: bool = False
    quiet: bool = False
    verbose: bool = False


@dataclass(frozen=True)
class CallOrder:
    """
    One call, as it was asked for.

    Attributes:
        url: an answer URL (http, https) or a socket (ws, wss).
        post: ask for the NCCO by POST with a JSON body, where GET is the rule.
        caller: the number that calls, in digits; ``None`` for a made-up one.
        called: the number that is called, likewise.
        fallback: the URL to ask when the answer URL fails.
        event_url: where the events of the call go that no NCCO sends elsewhere.
        signature_secret: signs the webhooks when it is there.
        api_key: the ``api_key`` claim of signatures; ``None`` for a made-up one.
        application_id: the ``application_id`` claim of signatures, likewise.
        insecure: believe any TLS certificate.
        headers: the endpoint's ``headers``, for a socket; those of an NCCO are in the NCCO.
        authorization: for a socket: ``vonage``, or the value of the Authorization header as it is sent.
        subprotocol: offer ``WSBRIDGE``.
        leading_space: put a space before each text message, as the published module of the provider does.
        legacy: say the first text and the keys as before 2018-10-12, without ``event``.
        audio: the file that the caller plays, ``-`` for raw PCM from standard input.
        tone: the hertz of a tone that the caller plays.
        silence: the caller says nothing, in frames of zeros. Without audio, tone and silence it is the
            built-in signal.
        rate: samples a second, whatever the NCCO says; ``None`` for that of the NCCO, or ``DEFAULT_RATE``.
        duration: how long the caller talks, in seconds; ``None`` as long as the audio lasts, or
            ``DEFAULT_DURATION`` where it has no end.
        tail: how long the phone listens on after its last frame, in seconds.
        dtmf: the keys that are pressed, each with its time in seconds since the socket was opened, in order.
        mutes: spans in which the caller is muted, in seconds likewise, in order.
        hangup: end the connection without or with a Close frame.
        far_end: which provider listens: the one of the documents, or the published module.
        buffer: how many frames wait to be played, at most.
        notify_on_clear: what becomes of a ``notify`` that waits when a ``clear`` comes.
        record: the WAV file for what the caller hears.
        trace: the file for all messages with their times.
        expect: what must be heard; ``None`` to describe it only.
        limits: the largest values that pass, by the names in ``LATENCIES`` (in milliseconds) and ``COUNTS``.
    """

    url: str
    post: bool = False
    caller: str | None = None
    called: str | None = None
    fallback: str | None = None
    event_url: str | None = None
    signature_secret: str | None = field(default=None, repr=False)
    api_key: str | None = None
    application_id: str | None = None
    insecure: bool = False
    headers: Mapping[str, Json] = field(default_factory=dict)
    authorization: str | None = field(default=None, repr=False)
    subprotocol: bool = True
    leading_space: bool = False
    legacy: bool = False
    audio: str | None = None
    tone: float | None = None
    silence: bool = False
    rate: int | None = None
    duration: float | None = None
    tail: float = DEFAULT_TAIL
    dtmf: tuple[tuple[float, str], ...] = ()
    mutes: tuple[tuple[float, float], ...] = ()
    hangup: HangUp = "abrupt"
    far_end: FarEndName = "documented"
    buffer: int = BUFFERS[0]
    notify_on_clear: OnClear = "drop"
    record: str | None = None
    trace: str | None = None
    expect: Expected | None = None
    limits: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_socket(self) -> bool:
        """Tell a URL that is the socket itself from one that answers with an NCCO."""
        return self.url.lower().startswith(("ws://", "wss://"))


@dataclass(frozen=True)
class ApiOrder:
    """
    The REST API beside calls.

    Attributes:
        port: where it listens, on this machine; 0 for any that is free.
        public_key: the file of the application's public key, or of its private one.
        application_id: whose tokens are taken; ``None`` for any that the key proves.
        faults: what it does wrong, one request after the other, as in ``429:2``.
    """

    port: int
    public_key: str
    application_id: str | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class RestOrder:
    """
    Calls that applications place through the REST API.

    Attributes:
        call: what each of them does besides; its URL is not looked at.
        api: the API.
        calls: how many there are; ``None`` for as many as come until somebody stops it.
        output: what is shown.
    """

    call: CallOrder
    api: ApiOrder
    calls: int | None = None
    output: Output = Output()


@dataclass(frozen=True)
class TortureOrder:
    """
    Calls with faults, one fault after the other.

    Attributes:
        call: what each of the calls does besides.
        only: the faults to try, by name; empty for all of them.
        without: faults to leave out.
        output: what is shown.
    """

    call: CallOrder
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    output: Output = Output()


@dataclass(frozen=True)
class LoadOrder:
    """
    Many calls at once.

    Attributes:
        call: what each of them does; its ``limits`` are those of all calls together.
        calls: how many there are.
        arrivals: how many of them begin in a second, on average; ``None`` for all within the first second.
        poisson: let them begin at random, as calls do, rather than evenly.
        seed: what the random times begin from; ``None`` for others each time.
        max_failed: how many calls may fail.
        output: what is shown.
    """

    call: CallOrder
    calls: int
    arrivals: float | None = None
    poisson: bool = False
    seed: int | None = None
    max_failed: int = 0
    output: Output = Output()


@dataclass(frozen=True)
class RunOrder:
    """
    Scenarios to run, one after the other.

    Attributes:
        paths: the scenario files.
        url: call this URL, whatever the scenarios name; ``None`` for theirs.
        post: as in a :class:`CallOrder`, for every scenario.
        signature_secret: likewise.
        api_key: likewise.
        application_id: likewise.
        insecure: likewise.
        far_end: likewise; ``None`` for what the scenario says.
        output: what is shown.
    """

    paths: tuple[str, ...]
    url: str | None = None
    post: bool = False
    signature_secret: str | None = field(default=None, repr=False)
    api_key: str | None = None
    application_id: str | None = None
    insecure: bool = False
    far_end: FarEndName | None = None
    output: Output = Output()


#: Limits in milliseconds, with what they limit.
LATENCIES: Final[Mapping[str, str]] = {
    "max_p50": "the round trip of half of the frames",
    "max_p95": "the round trip of 95% of the frames",
    "max_p99": "the round trip of 99% of the frames",
    "max_round_trip": "the round trip of every frame",
    "max_jitter": "the jitter of what comes back (RFC 3550)",
    "max_gap": "the longest gap between frames that come back",
    "max_first_audio": "the time until the first audio comes back",
    "max_upgrade": "the time until the socket is open",
    "max_ncco": "the time until the NCCO is there",
}

#: Limits that are counted, with what they count.
COUNTS: Final[Mapping[str, str]] = {
    "max_underruns": "times that the caller's buffer ran empty",
    "max_lost": "frames that were said and not heard",
}
