"""How a call stands or ended: a snapshot for the list of calls, and the one line that explains its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from echo.call import metered
from echo.call.codes import NO_CLOSE_FRAME
from echo.call.messages import Start
from echo.call.metered import Metered
from echo.privacy import SHOWN, Privacy
from echo.untrusted import Json, clean

if TYPE_CHECKING:
    from echo.call.session import CallSession

#: Who may end a call.
ENDED_BY = ("provider", "network", "echo")


@dataclass(frozen=True)
class Ending:
    """
    Who ended a call, and how.

    Attributes:
        by: one of :data:`ENDED_BY`: ``provider`` (a Close frame, or it hung up), ``network`` (the connection broke)
            or ``echo``.
        code: the close code (RFC 6455 section 7.4); 1005 for a Close frame without one, 1006 for none at all.
        reason: one sentence; the peer's own words, untrusted, where it sent them.
        limit: the name of the limit that ended it, if one did.
        wanted: whether the app hung up: then the whole call is to end, whatever the code.
    """

    by: str
    code: int
    reason: str
    limit: str = ""
    wanted: bool = False

    def __str__(self) -> str:
        """Tell it in one line of printable ASCII, as in ``provider (close code 1000: bye)``."""
        return self.told(SHOWN)

    def told(self, privacy: Privacy) -> str:
        """Tell the same, the peer's words by ``privacy``; with a Close frame of its, the reason is its own."""
        is_ours = self.by != "provider" or self.code == NO_CLOSE_FRAME
        said = self.reason if is_ours else privacy.words(self.reason)
        frame = "no close frame" if self.code == NO_CLOSE_FRAME else f"close code {self.code}"
        reason = f": {clean(said, 160)}" if said else ""
        return f"{self.by} ({frame}{reason})"


@dataclass(frozen=True, slots=True)
class CallReport:
    """
    One call as the list of calls shows it. Times in the unit of their name, counts in messages.

    Attributes:
        who: the peer's address.
        since: when the call began, seconds of the epoch.
        start: the first text message, untrusted; its ``metadata`` tells of the call.
        rate: samples a second.
        round_trip_ms: of the newest ping that was answered; ``None`` before there is one.
        at: when all this was so, seconds of the call's clock.
        metered: how loud it was and what else was measured; ``None`` where that was not asked for.
    """

    number: int
    who: str
    state: str
    since: float
    start: Start | None
    rate: int
    seconds: float
    frames_in: int
    frames_out: int
    dropped: int
    wrong_sized: int
    texts_in: int
    texts_unprinted: int
    longest_gap_ms: float
    jitter_ms: float
    queue_peak_ms: float
    ending: Ending | None
    round_trip_ms: float | None = None
    at: float = 0.0
    metered: Metered | None = None

    @property
    def metadata(self) -> dict[str, Json]:
        """What the provider said of the call, flattened headers and all; empty where it said nothing."""
        return self.start.metadata if self.start else {}


def report_of(call: CallSession, now: float) -> CallReport:
    """Tell how a call stands at ``now``, seconds of its clock, or how it ended."""
    figures, round_trip = call.figures, call.pings.latest
    return CallReport(
        number=call.number,
        who=call.who,
        state=call.state.value,
        since=call.since,
        start=call.start,
        rate=call.audio.rate,
        seconds=now - call.opened_at,
        frames_in=figures.frames_in,
        frames_out=figures.frames_out,
        dropped=call.flow.dropped,
        wrong_sized=figures.wrong_sized,
        texts_in=call.texts_in,
        texts_unprinted=call.text_log.left_out,
        longest_gap_ms=figures.longest_gap * 1000,
        jitter_ms=figures.jitter * 1000,
        queue_peak_ms=call.audio.milliseconds(call.flow.queue_peak),
        ending=call.ending,
        round_trip_ms=None if round_trip is None else round_trip * 1000,
        at=now,
        metered=None if call.meter is None else call.meter.metered(),
    )


def as_json(report: CallReport) -> dict[str, Json]:
    """Write a report for the list of calls. What the provider said is in it as it said it, phone numbers too."""
    ending = report.ending
    round_trip = report.round_trip_ms
    return {
        "number": report.number,
        "who": report.who,
        "state": report.state,
        "since": round(report.since, 3),
        "seconds": round(report.seconds, 3),
        "rate": report.rate,
        "frames_in": report.frames_in,
        "frames_out": report.frames_out,
        "dropped": report.dropped,
        "wrong_sized": report.wrong_sized,
        "texts_in": report.texts_in,
        "texts_unprinted": report.texts_unprinted,
        "longest_gap_ms": round(report.longest_gap_ms, 1),
        "jitter_ms": round(report.jitter_ms, 1),
        "queue_peak_ms": round(report.queue_peak_ms, 1),
        "round_trip_ms": None if round_trip is None else round(round_trip, 1),
        "metered": None if report.metered is None else metered.as_json(report.metered),
        "metadata": report.metadata,
        "ending": None
        if ending is None
        else {"by": ending.by, "code": ending.code, "reason": ending.reason, "limit": ending.limit},
    }


def explain(report: CallReport, privacy: Privacy = SHOWN) -> str:
    """Explain in one line how a call ended; the report of an ended call only."""
    ending = report.ending
    if ending is None:
        raise ValueError("the call has not ended")
    unprinted = f", {report.texts_unprinted} texts not printed" if report.texts_unprinted else ""
    sound = f"; {metered.explain(report.metered, privacy)}" if report.metered is not None else ""
    return (
        f"call {report.number} ended by {ending.told(privacy)} after {report.seconds:.1f} s: "
        f"{report.frames_in} frames in, {report.frames_out} out, {report.dropped} dropped, "
        f"{report.wrong_sized} wrong-sized, longest gap {report.longest_gap_ms:.0f} ms, "
        f"jitter {report.jitter_ms:.1f} ms, queue peak {report.queue_peak_ms:.0f} ms{unprinted}{sound}"
    )
