"""Everything that one call showed: filled by who makes the call, read by the checks."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from echo.phone.listening.hearing import Hearing


class Finding(Protocol):
    """What the linter found in an NCCO (:mod:`echo.ncco.lint`); its ``str()`` is one sentence with the path."""

    @property
    def severity(self) -> str:
        """``error`` or ``warning``."""
        ...


@dataclass
class Setup:
    """
    How long it took until the call stood, in seconds; ``None`` for what was not done or did not come.

    Attributes:
        ncco: from the request to the whole NCCO, retries included.
        upgrade: from the connection attempt to the open socket.
        first_audio: from the open socket to the first binary message; found out by the hearing if not given.
    """

    ncco: float | None = None
    upgrade: float | None = None
    first_audio: float | None = None


@dataclass(frozen=True)
class Ended:
    """
    How the call ended.

    Attributes:
        by: ``caller`` hung up, ``application`` closed, ``phone`` gave up as the provider would (a broken rule),
            or the ``network`` broke; ``api``: the
            application ended it through the REST API.
        code: of the Close frame (1005 for one without code); ``None`` where the connection ended without.
        reason: the application's own words, untrusted, or the rule that was broken.
        at: seconds since the socket was opened.
    """

    by: str
    code: int | None
    reason: str
    at: float


@dataclass(frozen=True)
class Webhook:
    """
    One webhook with its result.

    Attributes:
        kind: ``answer``, ``fallback`` or ``event``.
        status: what the event tells, as in ``answered``; empty for an answer.
        url: where it went.
        http: the status of the response; ``None`` where there was none.
        seconds: from the first attempt to the end of the last.
        attempts: how many there were.
        problem: one sentence, if it failed.
        cut_off: the phone gave up on it because it had to go.
    """

    kind: str
    status: str
    url: str
    http: int | None
    seconds: float
    attempts: int = 1
    problem: str | None = None
    cut_off: bool = False


@dataclass(frozen=True)
class Reconnect:
    """
    A socket that was lost, and the next one that the application asked for in its place.

    Attributes:
        after: how long the lost one was open, in seconds.
        silence: from its end until the caller heard the application again, or the next one ended too.
    """

    after: float
    silence: float


@dataclass
class Facts:
    """
    One socket of a call, and what its call showed.

    Attributes:
        url: of the socket, or what was asked for if it never came to that.
        answer_url: where the NCCO came from, if it did.
        rate: samples a second.
        far_end: name of the far end.
        talked: what the caller said, as in ``the built-in signal``.
        setup: how long it took until the call stood.
        seconds: how long the socket was open.
        hearing: what came back; ``None`` without a socket.
        frames_out: frames that were sent.
        lateness: of each of them, how late it left, in seconds.
        finished: the caller said all that was planned.
        interrupted: a person stopped the call.
        ended: how it ended; ``None`` without a socket.
        problem: why there was no call; one sentence.
        failed_at: the check that ``problem`` belongs to: ``answer``, ``ncco`` or ``upgrade``.
        webhooks: those that were sent, in order.
        ncco: what the linter found.
        steps: the walk through the NCCO, as it was told.
        dtmf_sent: keys that were pressed.
        keys: how many were to be pressed on this socket, and ``keys_pressed`` of them were.
        mutes: how many times the caller was to be muted; ``mutes_begun`` of them began before the end.
        reconnected: this socket was lost, and the call went on by another one.
        reconnects: all such of the call.
    """

    url: str
    rate: int
    answer_url: str | None = None
    far_end: str = "documented"
    talked: str = "the built-in signal"
    setup: Setup = field(default_factory=Setup)
    seconds: float = 0.0
    hearing: Hearing | None = None
    frames_out: int = 0
    lateness: array[float] = field(default_factory=lambda: array("d"))
    finished: bool = True
    interrupted: bool = False
    ended: Ended | None = None
    problem: str | None = None
    failed_at: str = "upgrade"
    webhooks: list[Webhook] = field(default_factory=list)
    ncco: Sequence[Finding] = ()
    steps: list[str] = field(default_factory=list)
    dtmf_sent: str = ""
    keys: int = 0
    keys_pressed: int = 0
    mutes: int = 0
    mutes_begun: int = 0
    reconnected: Reconnect | None = None
    reconnects: Sequence[Reconnect] = ()

    @property
    def first_audio(self) -> float | None:
        """Seconds from the open socket to the first binary message, if one came."""
        if self.setup.first_audio is not None or self.hearing is None:
            return self.setup.first_audio
        first = self.hearing.arrivals.first_at
        return None if first is None else first - self.hearing.began
