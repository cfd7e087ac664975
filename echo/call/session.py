"""
The call itself: what one WebSocket leg says and hears, how long it may stay silent, and how it ended.

A session does no I/O. The shell brings it what arrived, along with the time (seconds of a monotonic clock),
and tells it of the transport: ``receive_audio``, ``receive_text``, ``heard``, ``ponged``, ``congested``,
``drained``, ``tick``, ``lost``. What it wants done it asks of its :class:`~echo.call.connection.Connection`.
"""

from __future__ import annotations

from collections.abc import Callable

from echo.call.app import App, AppMaker, NoApp
from echo.call.choosing import REPLACED, is_of, wanted_app
from echo.call.codes import POLICY_VIOLATION
from echo.call.connection import Connection
from echo.call.figures import AudioFigures
from echo.call.flow import Flow
from echo.call.leaving import Leaving
from echo.call.messages import Start, TextLog, parse_start
from echo.call.pings import Pings
from echo.call.record import CallRecord
from echo.call.recorded import noting
from echo.call.report import CallReport, Ending, report_of
from echo.call.state import LIVE, State, Step
from echo.call.terms import CallTerms
from echo.call.timers import Timers
from echo.untrusted import clean

#: How many texts are looked at for the call's metadata. The provider sends it first; parsing each one that follows
#: would be work that a peer can order.
_TEXTS_UNTIL_START = 4

#: Looked up for every frame, where a member of an Enum costs more than a name.
_TALKING = State.TALKING


class CallSession(Leaving):
    """
    One call, from the open WebSocket to its end.

    Attributes:
        number: counts the daemon's calls; names this one in the log.
        who: the other end's address, as text.
        conversation: the call that the socket was opened for, where that was proven.
        since: when it began as people tell it, seconds of the epoch; ``opened_at`` is the same of the call's clock.
        start: the first text message, once it came.
        record: all that is known of the call, its other legs too; ``None`` until ``start`` has said whose socket it is.
        reel: what of it is being recorded; ``None`` while it is not.
        on_start: is told when ``start`` has come, before the app is.
        audio: the negotiated format; the daemon's own until the first text message says better.
        figures: what was counted of the audio in both directions.
        pings: ours to the peer.
        flow: the way out.
        text_log: writes the peer's texts.
        state: see ``echo.call.state``.
        ending: how it ended, once it did.
    """

    #: Those that each frame touches come first: side by side, a thousand calls' stay in a processor's cache.
    __slots__ = (  # noqa: RUF023  see above
        "_heard_at",
        "figures",
        "_answer_audio",
        "__weakref__",
        "_clock",
        "_connection",
        "_limits",
        "_log",
        "meter",
        "_terms",
        "text_log",
        "_timers",
        "app",
        "audio",
        "conversation",
        "flow",
        "number",
        "on_start",
        "pings",
        "record",
        "send_audio",
        "since",
        "start",
        "texts_in",
        "who",
    )

    def __init__(
        self,
        number: int,
        who: str,
        connection: Connection,
        terms: CallTerms,
        clock: Callable[[], float],
        *,
        conversation: str | None = None,
    ) -> None:
        """Begin a call on an open ``connection``; ``clock`` gives monotonic seconds."""
        limits = terms.limits
        now = clock()
        self.number = number
        self.who = who
        self.conversation = conversation
        self.since = terms.wall_clock()
        self.start: Start | None = None
        self.record: CallRecord | None = None
        self.reel = None
        self.on_start: Callable[[CallSession, Start, float], None] = _nobody_asks
        self.audio = terms.audio
        self.figures = AudioFigures(terms.audio.frame_bytes)
        self.pings = Pings()
        self.state = State.OPENED
        self.ending: Ending | None = None
        self.texts_in = 0
        self._clock = clock
        self._connection = connection
        self._limits = limits
        self._terms = terms
        self._log = terms.log
        self.text_log = TextLog(terms.log, limits, now)
        self._heard_at = now
        self._timers = Timers(limits, now)
        self.flow = Flow(
            connection,
            terms.policy,
            self.figures,
            self.close,
            queue_bytes=terms.audio.bytes_per_second * limits.queue_ms // 1000,
            queue_ms=limits.queue_ms,
            texts_allowed=limits.texts_queued,
        )
        # Straight through: a layer less for every frame.
        self.send_audio = self.flow.send_audio
        self.meter = terms.make_meter and terms.make_meter(terms.audio, self.figures, number)
        if self.meter is not None:
            self.send_audio = self.meter.saying(self.send_audio)
        self.app = self._answer(terms.make_app)
        #: Looked up once for all frames.
        self._answer_audio: Callable[[bytes], None] = self._way_to_app()

    # What the peer says.

    def receive_audio(self, payload: bytes, now: float) -> None:
        """Take one binary message; 20 ms of PCM when the peer keeps to the contract."""
        if self.state is not _TALKING and not self._hears_first(now):
            return
        self._heard_at = now
        self.figures.arrived(len(payload), now)
        answer = self._answer_audio  # see echo.seats for why not ``self._answer_audio(...)``
        answer(payload)

    def receive_text(self, payload: bytes, now: float) -> None:
        """Take one text message: valid UTF-8, of any meaning."""
        if self.state is not State.TALKING and not self._hears_first(now):
            return
        self._heard_at = now
        self.texts_in += 1
        self.text_log.write(self.name, payload, now)
        if self.reel is not None:
            self.reel.text(now, "in", payload.decode())
        if self.start is None and self.texts_in <= _TEXTS_UNTIL_START:
            self._begin(parse_start(payload), now)
            if self.state is not State.TALKING:
                return
        self.app.text(payload.decode())

    def heard(self, now: float) -> None:
        """Note that the peer lives: it pinged."""
        self._heard_at = now

    def ponged(self, payload: bytes, now: float) -> float | None:
        """Take a pong, which is a sign of life; returns the seconds since its ping, if it answers one of ours."""
        self._heard_at = now
        return self.pings.end(payload, now)

    # What the transport says.

    def congested(self) -> None:
        """Note that nothing more can be written for now; ten seconds of that end the call."""
        if self.state not in LIVE:
            return
        if self._timers.stuck_since is None:  # a transport may say so again, for each write while it is full
            self._timers.stuck_since = self._clock()
        self.flow.congested()
        self._connection.wake_at(self.next_deadline())

    def drained(self) -> None:
        """Note that everything was written."""
        self._timers.stuck_since = None
        self.flow.drained()

    # Time.

    @property
    def opened_at(self) -> float:
        """When the call began, in seconds of its clock."""
        return self._timers.opened_at

    def next_deadline(self) -> float:
        """Tell when ``tick`` must be called at the latest, unless something changes before."""
        return self._timers.next_deadline(self.state, self._heard_at)

    def tick(self, now: float) -> None:
        """Do what is due at ``now``, then ask to be woken again."""
        timers = self._timers
        if self.state is State.CLOSING and timers.is_closed_too_long(now):
            self._connection.abort()
        elif self.state in LIVE and (overdue := timers.overdue(self.state, self._heard_at, now)):
            self._end_for(overdue)
        elif self.state is not State.ENDED:
            if self.state is State.TALKING and timers.wants_ping(now):
                self._ping(now)
            self._connection.wake_at(self.next_deadline())

    @property
    def name(self) -> str:
        """What the log calls this call."""
        return f"call {self.number}"

    def report(self) -> CallReport:
        """Tell how the call stands, or how it ended."""
        return report_of(self, self._clock())

    # Within.

    def _answer(self, make_app: AppMaker) -> App:
        try:
            return make_app(self)
        except BaseException:  # noqa: BLE001  whatever an app raises: the call has a number by now: it ends as others do, told in the log
            self.failed("the app")
            return NoApp()

    def _hears_first(self, now: float) -> bool:
        """Move on at the first message; ``False`` when the call is over."""
        if self.state is not State.OPENED:
            return False
        self._move(Step.HEARD)
        self._heard_at = now
        self._connection.wake_at(self.next_deadline())  # may be sooner than what an opened call waits for
        self._begin_if_all()
        return True

    def _begin(self, start: Start | None, now: float) -> None:
        if start is None:
            return
        self.start = start
        if not is_of(start, self.conversation):
            self.close(POLICY_VIOLATION, "the token is another call's", "socket_auth")
            return
        self.on_start(self, start, now)
        if start.audio is not None:
            goes_on = self._cut_for(start.audio)
            self.audio = start.audio
            self.figures.frame_bytes = start.audio.frame_bytes
            self.flow.queue_bytes = start.audio.bytes_per_second * self._limits.queue_ms // 1000
            if self.meter is not None:
                self.meter.begin(start.audio)
            if goes_on:
                self.begin_recording()
        elif start.content_type is not None:
            said = clean(self._log.privacy.words(start.content_type), 64)
            self._log.warn(f"{self.name}: unknown content-type {said}, taken as {self.audio.content_type}")
        if self._terms.apps:
            make_app = wanted_app(self.name, start, self._terms)
            if make_app is not None:
                self._replace_app(make_app)

    def _replace_app(self, make_app: AppMaker) -> None:
        self.flow.policy = self._terms.policy_of(make_app)
        self.app.ended(REPLACED)
        self.app = self._answer(make_app)
        self._answer_audio = self._way_to_app()

    def _way_to_app(self) -> Callable[[bytes], None]:
        """Give what takes each frame: the app, and before it the meter and the recording, where there are such."""
        way: Callable[[bytes], None] = self.app.audio
        if self.meter is not None:
            way = self.meter.hearing(way)
        return way if self.reel is None else noting(way, self.reel.items.append, self._clock)

    def _as_call(self) -> CallSession:
        return self

    def _ping(self, now: float) -> None:
        self._timers.pinged_at = now
        payload = self._connection.ping()
        if payload:
            self.pings.begin(payload, now)


def _nobody_asks(_call: CallSession, _start: Start, _now: float) -> None:
    """Bind a call that is in no list to nothing."""
